// SNS: topics, their policies, and who subscribed to them.
#pragma once

#include "api/sns.h"
#include "base/random.h"
#include "services/common/ports.h"
#include "services/common/timeline.h"
#include "services/iam/policy/cache.h"

namespace stormglass::sns {

/// One instance serves every thread; all state is in the store.
class Service final : public api::Api, public services::Notifications {
public:
    Service(base::Random& random, services::Timeline& timeline)
        : random_(random), timeline_(timeline) {}
#include "api/sns_overrides.inc"

    /// For other services. The caller of `request` is the service itself (an internal request), a
    /// user on whose behalf a service acts (via_service), or a user.
    Result<void> publish(wire::Request& request, const std::string& topic_arn,
                         const std::string& subject, const std::string& message) override;

private:
    base::Random& random_;
    services::Timeline& timeline_;
    policy::PolicyCache policies_;
};

}  // namespace stormglass::sns
