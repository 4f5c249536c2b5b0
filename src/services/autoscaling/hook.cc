// Lifecycle hooks: put, described, deleted, completed, kept alive.
#include "services/autoscaling/group_input.h"
#include "services/autoscaling/lifecycle.h"
#include "services/autoscaling/lookup.h"

namespace stormglass::autoscaling {
namespace {

constexpr std::size_t hooks_max = 50;  // Of one group.
constexpr std::int64_t heartbeat_least = 30, heartbeat_most = 7200;

Result<void> check_hook(const Hook& hook) {
    if (hook.transition != launching_transition && hook.transition != terminating_transition) {
        return validation_error("Unknown lifecycle transition: " + hook.transition);
    }
    if (hook.default_result != "CONTINUE" && hook.default_result != "ABANDON") {
        return validation_error("Invalid lifecycle action result: " + hook.default_result);
    }
    if (hook.heartbeat < heartbeat_least || hook.heartbeat > heartbeat_most) {
        return validation_error("HeartbeatTimeout must be from 30 to 7200 seconds");
    }
    if (hook.target_arn.empty()) return {};
    if (!hook.target_arn.starts_with("arn:aws:sns:")) {
        return unsupported("lifecycle hooks that notify anything but an SNS topic");
    }
    if (hook.role_arn.empty()) {
        return validation_error("Please provide a valid role ARN for the notification target");
    }
    return {};
}

/// Input is PutLifecycleHookInput or LifecycleHookSpecification; what is not given stays.
template <class Input>
void read(const Input& input, Hook& hook) {
    hook.heartbeat = input.heartbeat_timeout.value_or(hook.heartbeat);
    hook.default_result = input.default_result.value_or(hook.default_result);
    hook.target_arn = input.notification_target_arn.value_or(hook.target_arn);
    hook.role_arn = input.role_arn.value_or(hook.role_arn);
    hook.metadata = input.notification_metadata.value_or(hook.metadata);
}

/// The member whose lifecycle action is meant, by token or by instance.
Result<Member> acting_member(wire::Request& request, const std::string& group,
                             const std::string& hook, const std::optional<std::string>& token,
                             const std::optional<std::string>& instance) {
    if (!token && !instance) {
        return validation_error("Please provide either a lifecycle action token or an instance ID");
    }
    for (auto& one : TRY(members_of(request, group))) {
        const auto wait = find_wait(one, hook);
        if (wait == one.waits.end()) continue;
        if ((!token || wait->token == *token) && (!instance || one.id == *instance)) {
            return std::move(one);
        }
    }
    return validation_error(fmt::format("No active Lifecycle Action found with {} {}",
                                        instance ? "instance ID" : "token",
                                        instance ? *instance : *token));
}

api::LifecycleHook describe(const Hook& hook) {
    api::LifecycleHook item;
    item.lifecycle_hook_name = hook.name;
    item.auto_scaling_group_name = hook.group;
    item.lifecycle_transition = hook.transition;
    if (!hook.target_arn.empty()) item.notification_target_arn = hook.target_arn;
    if (!hook.role_arn.empty()) item.role_arn = hook.role_arn;
    if (!hook.metadata.empty()) item.notification_metadata = hook.metadata;
    item.heartbeat_timeout = hook.heartbeat;
    item.global_timeout = global_timeout(hook).count();
    item.default_result = hook.default_result;
    return item;
}

Result<void> keep_hook(wire::Request& request, const Peers& peers, const Group& group,
                       const Hook& hook) {
    TRY(check_hook(hook));
    const auto all = TRY(hooks_of(request, group.name));
    const bool known = std::any_of(all.begin(), all.end(),
                                   [&](const Hook& one) { return one.name == hook.name; });
    if (!known && all.size() >= hooks_max) {
        return api::limit_exceeded("There are too many lifecycle hooks in the group");
    }
    save(request, hook);
    const auto refused = TRY(test_hook(request, peers, group, hook));
    if (refused.empty()) return {};
    return validation_error("Unable to publish test message to notification target " + refused);
}

}  // namespace

Result<void> keep_hooks(wire::Request& request, const Peers& peers, const Group& group,
                        const api::CreateAutoScalingGroupInput& input) {
    for (const auto& one : input.lifecycle_hook_specification_list) {
        Hook hook{.name = one.lifecycle_hook_name, .group = group.name,
                  .transition = one.lifecycle_transition};
        read(one, hook);
        TRY(keep_hook(request, peers, group, hook));
    }
    return {};
}

Result<api::PutLifecycleHookOutput> Service::put_lifecycle_hook(
    wire::Request& request, const api::PutLifecycleHookInput& input) {
    const Group group = TRY(need_group(request, input.auto_scaling_group_name));
    const auto known = TRY(hooks.get(request.tx(), {request.account, request.region, group.name,
                                                    input.lifecycle_hook_name}));
    if (!known && !input.lifecycle_transition) {
        return validation_error("Valid requests must contain LifecycleTransition");
    }
    Hook hook = known.value_or(Hook{.name = input.lifecycle_hook_name, .group = group.name});
    hook.transition = input.lifecycle_transition.value_or(hook.transition);
    read(input, hook);
    TRY(keep_hook(request, peers_, group, hook));
    return api::PutLifecycleHookOutput{};
}

/// Actions under way end as if completed with ABANDON at launch, CONTINUE at termination.
Result<api::DeleteLifecycleHookOutput> Service::delete_lifecycle_hook(
    wire::Request& request, const api::DeleteLifecycleHookInput& input) {
    const Group group = TRY(need_group(request, input.auto_scaling_group_name));
    const store::Parts key{request.account, request.region, group.name, input.lifecycle_hook_name};
    if (!TRY(hooks.get(request.tx(), key))) {
        return validation_error(fmt::format("No Lifecycle Hook found with name {}",
                                            input.lifecycle_hook_name));
    }
    hooks.erase(request.tx(), key);
    for (auto& one : TRY(members_of(request, group.name))) {
        if (find_wait(one, input.lifecycle_hook_name) == one.waits.end()) continue;
        complete_wait(one, input.lifecycle_hook_name, is_pending(one) ? "ABANDON" : "CONTINUE");
        save(request, one);
    }
    return api::DeleteLifecycleHookOutput{};
}

Result<api::DescribeLifecycleHooksOutput> Service::describe_lifecycle_hooks(
    wire::Request& request, const api::DescribeLifecycleHooksInput& input) {
    const Group group = TRY(need_group(request, input.auto_scaling_group_name));
    api::DescribeLifecycleHooksOutput output;
    output.lifecycle_hooks.present = true;
    const auto& names = input.lifecycle_hook_names;
    for (const auto& one : TRY(hooks_of(request, group.name))) {
        if (names.empty() || contains(names, one.name)) {
            output.lifecycle_hooks.push_back(describe(one));
        }
    }
    return output;
}

Result<api::DescribeLifecycleHookTypesOutput> Service::describe_lifecycle_hook_types(
    wire::Request&, const api::DescribeLifecycleHookTypesInput&) {
    api::DescribeLifecycleHookTypesOutput output;
    for (const auto one : {launching_transition, terminating_transition}) {
        output.lifecycle_hook_types.emplace_back(one);
    }
    return output;
}

Result<api::CompleteLifecycleActionOutput> Service::complete_lifecycle_action(
    wire::Request& request, const api::CompleteLifecycleActionInput& input) {
    TRY(need_group(request, input.auto_scaling_group_name));
    const auto& result = input.lifecycle_action_result;
    if (result != "CONTINUE" && result != "ABANDON") {
        return validation_error("Invalid lifecycle action result: " + result);
    }
    Member member = TRY(acting_member(request, input.auto_scaling_group_name,
                                      input.lifecycle_hook_name, input.lifecycle_action_token,
                                      input.instance_id));
    complete_wait(member, input.lifecycle_hook_name, result);
    save(request, member);
    return api::CompleteLifecycleActionOutput{};
}

Result<api::RecordLifecycleActionHeartbeatOutput> Service::record_lifecycle_action_heartbeat(
    wire::Request& request, const api::RecordLifecycleActionHeartbeatInput& input) {
    TRY(need_group(request, input.auto_scaling_group_name));
    Member member = TRY(acting_member(request, input.auto_scaling_group_name,
                                      input.lifecycle_hook_name, input.lifecycle_action_token,
                                      input.instance_id));
    const auto wait = find_wait(member, input.lifecycle_hook_name);
    wait->until = std::min(request.now + base::Seconds(wait->heartbeat), wait->latest);
    save(request, member);
    return api::RecordLifecycleActionHeartbeatOutput{};
}

}  // namespace stormglass::autoscaling
