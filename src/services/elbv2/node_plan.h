// From records to what a balancer node is told.
#pragma once

#include "services/elbv2/health.h"
#include "services/elbv2/records.h"
#include "services/common/ports.h"

namespace stormglass::elbv2 {

/// One balancer with all that its nodes need; read in one transaction.
struct BalancerPlan {
    LoadBalancer balancer;
    std::vector<lb::ListenerConfig> listeners;       // Certificates and keys included.
    std::vector<lb::TargetGroupConfig> groups;       // Without targets in zones not enabled.
    std::vector<TargetGroup> group_records;
    std::map<std::string, std::vector<Target>> targets;  // By group ARN; all registrations.
    std::map<std::string, InstanceFacts> instances;
    std::set<std::string> lost_zones;   // Nothing in them can be reached; their targets are left out.
    std::vector<std::string> troubles;  // Listeners that cannot be served, and why.
};

/// Null certificates: HTTPS listeners are trouble.
Result<BalancerPlan> plan_balancer(wire::Request& request, ec2::api::Api& ec2,
                                   services::Certificates* certificates,
                                   const LoadBalancer& balancer);
lb::LoadBalancerConfig node_config(const BalancerPlan& plan, const Node& node,
                                   const std::string& access_log_folder);
bool wants_access_log(const LoadBalancer& balancer);

}  // namespace stormglass::elbv2
