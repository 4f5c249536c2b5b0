// A target's health in DescribeTargetHealth's words, from what nodes reported and nothing else.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "services/elbv2/networks.h"
#include "services/elbv2/observed.h"
#include "services/elbv2/records.h"

namespace stormglass::elbv2 {

struct Health {
    std::string state, reason, description;
    bool operator==(const Health&) const = default;
};

/// All that decides about a group's targets, gathered once.
struct GroupFacts {
    bool used = false;               // A rule of some balancer forwards to it.
    std::vector<ZoneSubnet> zones;   // Of that balancer.
    std::vector<NodeSeen> nodes;     // Of that balancer, as observed.
    std::map<std::string, InstanceFacts> instances;  // For groups of type instance.
    std::set<std::string> lost_zones;                // Nothing in them can be reached.
};

/// Zones of the region that are without power or cut off.
Result<std::set<std::string>> lost_zones(wire::Request& request);

/// Healthy if at least one node says so.
Health health_of(const TargetGroup& group, const Target& target, const GroupFacts& facts);
Health not_registered();

Result<GroupFacts> gather_facts(wire::Request& request, ec2::api::Api& ec2,
                                const Observed& observed, const TargetGroup& group);

}  // namespace stormglass::elbv2
