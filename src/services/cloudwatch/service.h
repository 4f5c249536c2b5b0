// CloudWatch: metrics, alarms and dashboards as the API sees them. What happens by itself is the
// reconcilers' (alarm_loop.h, rollup.h, measure.h).
#pragma once

#include "api/cloudwatch.h"
#include "base/random.h"
#include "services/cloudwatch/transitions.h"
#include "services/common/timeline.h"

namespace stormglass::cloudwatch {

/// One instance serves every thread; all state is in the store.
class Service final : public api::Api {
public:
    Service(base::Random& random, services::Timeline& timeline, sns::PublishDoor& topics)
        : random_(random), transitions_(random, timeline, topics) {}
#include "api/cloudwatch_overrides.inc"

private:
    base::Random& random_;
    Transitions transitions_;
};

}  // namespace stormglass::cloudwatch
