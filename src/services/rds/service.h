// Relational Database Service for engine `mysql`: subnet groups, parameter groups, instances,
// events and their subscriptions. What is real is brought about by the Reconciler.
#pragma once

#include <functional>

#include "api/ec2.h"
#include "api/kms.h"
#include "api/rds.h"
#include "base/random.h"
#include "services/common/ports.h"
#include "services/common/timeline.h"
#include "services/rds/records.h"

namespace stormglass::rds {

/// ec2's DescribeSubnets.
using DescribeSubnets = std::function<Result<ec2::api::DescribeSubnetsOutput>(
    wire::Request&, const ec2::api::DescribeSubnetsInput&)>;

/// What the service is built from; all outlive it.
struct ServiceParts {
    base::Random& random;
    services::Timeline& timeline;
    DescribeSubnets describe_subnets;
    services::ManagedInterfaces& interfaces;
    kms::api::Api* kms = nullptr;  // Null: data keys are kept by the daemon's own key ring.
    /// The newest part of a server's log: "error", "general" or "slowquery". Reconciler::read_log.
    std::function<Result<std::string>(const std::string& server_id, const std::string& log)>
        read_log;
};

/// The operations named in operations.txt. One instance serves every worker thread; all state is
/// in the store.
class Service final : public api::Api {
public:
    explicit Service(ServiceParts parts) : parts_(std::move(parts)) {}
#include "api/rds_overrides.inc"

private:
    /// A new instance, with fresh data or a snapshot's.
    Result<Instance> make_instance(wire::Request& request,
                                   const api::CreateDBInstanceInput& input,
                                   const Snapshot* snapshot);
    static void take_over(const Snapshot& snapshot, Instance& made);

    ServiceParts parts_;
};

}  // namespace stormglass::rds
