// Scaling policies: put, delete, describe. Alarms run them (scale.h).
#include "services/autoscaling/lookup.h"
#include "services/autoscaling/policy_alarms.h"
#include "services/autoscaling/policy_input.h"

namespace stormglass::autoscaling {
namespace {

constexpr std::size_t policies_max = 50;  // Of one group.

template <class List>
bool among(const List& list, const std::string& name, const std::string& other) {
    return list.empty() || std::find(list.begin(), list.end(), name) != list.end() ||
           std::find(list.begin(), list.end(), other) != list.end();
}

}  // namespace

Result<api::PutScalingPolicyOutput> Service::put_scaling_policy(
    wire::Request& request, const api::PutScalingPolicyInput& input) {
    const Group group = TRY(need_group(request, input.auto_scaling_group_name));
    if (group.deleting) {
        return validation_error("You cannot put a policy on an AutoScalingGroup that is pending "
                                "delete.");
    }
    Policy policy = TRY(wanted_policy(group, input));
    const auto all = TRY(policies.all(request.tx(), {request.account, request.region, group.name}));
    std::optional<Policy> before;
    for (const auto& one : all) {
        if (one.name == policy.name) before = one;
    }
    if (!before && all.size() >= policies_max) {
        return api::limit_exceeded(fmt::format("A group may have at most {} scaling policies.",
                                               policies_max));
    }
    policy.arn = before ? before->arn
                        : request.arn("autoscaling",
                                      fmt::format("scalingPolicy:{}:autoScalingGroupName/{}:"
                                                  "policyName/{}",
                                                  random_.uuid(), group.name, policy.name));
    TRY(put_alarms(request, peers_, random_, policy, before));
    policies.put(request.tx(), {request.account, request.region, group.name, policy.name}, policy);
    api::PutScalingPolicyOutput output;
    output.policy_arn = policy.arn;
    output.alarms = TRY(alarms_of(request, peers_, policy));
    return output;
}

Result<api::DeletePolicyOutput> Service::delete_policy(wire::Request& request,
                                                       const api::DeletePolicyInput& input) {
    for (const auto& one : TRY(policies.all(request.tx(), {request.account, request.region}))) {
        if (input.auto_scaling_group_name && one.group != *input.auto_scaling_group_name) continue;
        if (one.arn != input.policy_name &&
            (one.name != input.policy_name || !input.auto_scaling_group_name)) {
            continue;
        }
        TRY(delete_alarms(request, peers_, one));
        policies.erase(request.tx(), {request.account, request.region, one.group, one.name});
        return api::DeletePolicyOutput{};
    }
    return validation_error("PolicyName not found - null");
}

Result<api::DescribePoliciesOutput> Service::describe_policies(
    wire::Request& request, const api::DescribePoliciesInput& input) {
    if (input.auto_scaling_group_name) TRY(need_group(request, *input.auto_scaling_group_name));
    auto all = TRY(policies.all(request.tx(), {request.account, request.region}));
    std::erase_if(all, [&](const Policy& one) {
        if (input.auto_scaling_group_name && one.group != *input.auto_scaling_group_name) return true;
        return !among(input.policy_names, one.name, one.arn) ||
               !among(input.policy_types, one.type, one.type);
    });
    const auto one = TRY(page(std::move(all), input.next_token, input.max_records));
    api::DescribePoliciesOutput output;
    for (const auto& policy : one.items) {
        auto& item = output.scaling_policies.emplace_back(describe(policy));
        item.alarms = TRY(alarms_of(request, peers_, policy));
    }
    if (!one.next.empty()) output.next_token = one.next;
    return output;
}

}  // namespace stormglass::autoscaling
