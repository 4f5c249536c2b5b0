// Mixed instances policies: how many instances are On-Demand and how many Spot, which types are
// tried, and of which kind there are too many.
#pragma once

#include "services/autoscaling/records.h"
#include "services/autoscaling/service.h"

namespace stormglass::autoscaling {

/// What the policy wants On-Demand of a capacity: the base, and a share of the rest, rounded up.
std::int64_t on_demand_of(const Mixed& policy, std::int64_t capacity);
/// Is the next launch Spot, with these members present?
bool next_is_spot(const Group& group, const std::vector<Member>& present);
/// How large a type is: what its price follows here, where there is no market.
using TypeSizes = std::map<std::string, std::pair<std::int64_t, std::int64_t>>;  // vCPUs, MiB.
TypeSizes type_sizes(wire::Request& request, ec2::api::Api& ec2, const Group& group);
/// Types in the order they are tried, by the allocation strategy of the kind; one without a type
/// means the template's own.
std::vector<Override> candidates(const Group& group, const std::vector<Member>& present,
                                 const TypeSizes& sizes);
/// Which kind a smaller group should give up; nothing: there is no policy.
std::optional<bool> surplus_is_spot(const Group& group, const std::vector<Member>& alive);

/// Checked and recorded; the group's template follows.
Result<void> set_mixed(wire::Request& request, ec2::api::Api& ec2, Group& group,
                       const api::MixedInstancesPolicy& given);
api::MixedInstancesPolicy describe(const Group& group, const Mixed& policy);

}  // namespace stormglass::autoscaling
