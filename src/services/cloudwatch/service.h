// CloudWatch: alarms, dashboards, and the custom metrics that callers put.
#pragma once

#include "api/cloudwatch.h"
#include "base/random.h"
#include "services/common/ports.h"
#include "services/common/timeline.h"

namespace stormglass::cloudwatch {

struct Alarm;

/// One instance serves every thread; all state is in the store.
class Service final : public api::Api {
public:
    Service(base::Random& random, services::Timeline& timeline,
            services::Notifications& notifications)
        : random_(random), timeline_(timeline), notifications_(notifications) {}
#include "api/cloudwatch_overrides.inc"

private:
    /// Runs the actions of the alarm's new state; what fails is said in history and timeline.
    void run_actions(wire::Request& request, const Alarm& alarm, const std::string& old_state);

    base::Random& random_;
    services::Timeline& timeline_;
    services::Notifications& notifications_;
};

}  // namespace stormglass::cloudwatch
