// Elastic Load Balancing (v2): Application Load Balancers, their listeners and rules, target groups
// and targets. What is real is brought about by the Reconciler.
#pragma once

#include "api/ec2.h"
#include "api/elbv2.h"
#include "base/random.h"
#include "services/common/object_delivery.h"
#include "services/common/ports.h"
#include "services/elbv2/observed.h"
#include "services/elbv2/records.h"

namespace stormglass::elbv2 {

/// What the service is built from; all outlive it.
struct ServiceParts {
    base::Random& random;
    ec2::api::Api& ec2;                    // Subnets, security groups, instances.
    services::Certificates* certificates;  // Null: HTTPS listeners are refused.
    const Observed& observed;              // What the reconciler saw last.
    services::ObjectDelivery* deliveries = nullptr;  // Null: access logs are refused.
};

/// The operations named in operations.txt. One instance serves every worker thread; all state is
/// in the store.
class Service final : public api::Api {
public:
    explicit Service(ServiceParts parts) : parts_(parts) {}
#include "api/elbv2_overrides.inc"

private:
    /// Checks that the certificates exist, the first being the default one.
    Result<std::vector<std::string>> check_certificates(
        wire::Request& request, const wire::List<api::Certificate>& certificates);
    /// Tells acm which certificates the balancer uses, after `before` were used.
    Result<void> tell_certificate_use(wire::Request& request, const std::string& balancer_arn,
                                      const std::vector<std::string>& before);
    Result<void> delete_rules_and_listener(wire::Request& request, const Listener& listener);
    Result<void> change_protocol(wire::Request& request, const api::ModifyListenerInput& input,
                                 Listener& listener);

    ServiceParts parts_;
};

}  // namespace stormglass::elbv2
