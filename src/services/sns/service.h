// SNS: topics, their policies, who subscribed to them, and what is published.
#pragma once

#include "api/sns.h"
#include "base/random.h"
#include "services/common/ports.h"
#include "services/common/timeline.h"
#include "services/iam/policy/cache.h"
#include "services/sns/publish_door.h"
#include "services/sns/queue.h"

namespace stormglass::sns {

inline constexpr std::size_t message_bytes_max = 256 * 1024;
inline constexpr std::size_t subject_max = 100;

/// One instance serves every thread; all state is in the store.
class Service final : public api::Api, public services::Notifications, public PublishDoor {
public:
    Service(base::Random& random, services::Timeline& timeline)
        : random_(random), timeline_(timeline) {}
#include "api/sns_overrides.inc"

    /// For other services. The caller of `request` is the service itself (an internal request), a
    /// user on whose behalf a service acts (via_service), or a user.
    Result<void> publish(wire::Request& request, const std::string& topic_arn,
                         const std::string& subject, const std::string& message) override;
    Result<std::string> publish_as_service(wire::Request& request,
                                           const ServiceNotice& notice) override;

private:
    /// Queues the message for all who want it, in the request's transaction; its id.
    Result<std::string> accept(wire::Request& request, const Topic& topic, Message message);

    base::Random& random_;
    services::Timeline& timeline_;
    policy::PolicyCache policies_;
};

}  // namespace stormglass::sns
