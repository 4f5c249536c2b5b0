// Where a balancer's access log goes in S3, under which names, and as whom it is written.
#pragma once

#include "services/common/object_delivery.h"
#include "services/elbv2/records.h"

namespace stormglass::elbv2 {

/// One node's destination. Kept beside its log files, so that they still arrive when the balancer
/// is gone.
struct LogDestination {
    std::string account, region, balancer_arn, balancer_name, balancer_id, node_address;
    std::string bucket, prefix;
};
STORMGLASS_JSON(LogDestination, account, region, balancer_arn, balancer_name, balancer_id,
                node_address, bucket, prefix)

/// `node_address` is left empty.
LogDestination log_destination(const std::string& account, const std::string& region,
                               const LoadBalancer& balancer);
services::DeliverySender log_sender(const LogDestination& to);
/// The object of one interval that ended at `end`.
std::string log_key(const LogDestination& to, base::Time end, const std::string& random);

/// Writes ELBAccessLogTestFile, as AWS does before it accepts the attributes; its words when that
/// is refused. `delivery` null: access logs are not offered.
Result<void> try_log_destination(services::ObjectDelivery* delivery, const LogDestination& to,
                                 base::Time now);

}  // namespace stormglass::elbv2
