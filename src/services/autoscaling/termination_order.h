// Which instances go first when a group shrinks.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html
#pragma once

#include "services/autoscaling/records.h"

namespace stormglass::autoscaling {

/// What the order depends on, beside the members.
struct TerminationRules {
    std::vector<std::string> policies;
    TemplateRef current;             // With the version's number.
    std::vector<std::string> zones;  // The group's own.
    std::optional<bool> give_spot;  // Mixed instances: the kind there are too many of.
    base::Time now{};
};

/// Up to `count` of `alive`, in order: unhealthy ones, then those outside the group's zones, then
/// from the fullest zone by the policies. Protected instances are never chosen.
std::vector<std::string> choose_victims(std::vector<Member> alive, std::int64_t count,
                                        const TerminationRules& rules);

}  // namespace stormglass::autoscaling
