// Target groups of a group. The reconciler registers and deregisters its instances.
#include "services/autoscaling/group_input.h"
#include "services/autoscaling/lookup.h"

namespace stormglass::autoscaling {
namespace {

/// Adding until every instance in service is registered; then Added, or InService with ELB checks.
std::string state_of(const Group& group, const std::vector<Member>& all, const std::string& arn) {
    bool any = false;
    for (const auto& one : all) {
        if (!is_alive(one)) continue;
        if (!contains(one.registered, arn)) return "Adding";
        any = any || one.lifecycle == "InService";
    }
    return any && group.health_check_type == "ELB" ? "InService" : "Added";
}

}  // namespace

Result<api::AttachLoadBalancerTargetGroupsOutput> Service::attach_load_balancer_target_groups(
    wire::Request& request, const api::AttachLoadBalancerTargetGroupsInput& input) {
    Group group = TRY(need_group(request, input.auto_scaling_group_name));
    TRY(check_target_groups(request, peers_.elbv2, input.target_group_arns));
    for (const auto& arn : input.target_group_arns) {
        if (!contains(group.target_groups, arn)) group.target_groups.push_back(arn);
    }
    save(request, group);
    return api::AttachLoadBalancerTargetGroupsOutput{};
}

Result<api::DetachLoadBalancerTargetGroupsOutput> Service::detach_load_balancer_target_groups(
    wire::Request& request, const api::DetachLoadBalancerTargetGroupsInput& input) {
    Group group = TRY(need_group(request, input.auto_scaling_group_name));
    for (const auto& arn : input.target_group_arns) {
        if (!contains(group.target_groups, arn)) {
            return validation_error("Trying to remove Target Groups that are not part of the group: "
                                    + arn);
        }
    }
    std::erase_if(group.target_groups,
                  [&](const auto& arn) { return contains(input.target_group_arns, arn); });
    save(request, group);
    return api::DetachLoadBalancerTargetGroupsOutput{};
}

Result<api::DescribeLoadBalancerTargetGroupsOutput>
Service::describe_load_balancer_target_groups(
    wire::Request& request, const api::DescribeLoadBalancerTargetGroupsInput& input) {
    const Group group = TRY(need_group(request, input.auto_scaling_group_name));
    const auto all = TRY(members_of(request, group.name));
    const auto one = TRY(page(group.target_groups, input.next_token, input.max_records));
    api::DescribeLoadBalancerTargetGroupsOutput output;
    for (const auto& arn : one.items) {
        output.load_balancer_target_groups.push_back(
            {.load_balancer_target_group_arn = arn, .state = state_of(group, all, arn)});
    }
    if (!one.next.empty()) output.next_token = one.next;
    return output;
}

}  // namespace stormglass::autoscaling
