#include "services/autoscaling/scale.h"

#include "services/autoscaling/activities.h"
#include "services/autoscaling/lookup.h"
#include "services/autoscaling/policy_alarms.h"
#include "services/autoscaling/scale_decide.h"

namespace stormglass::autoscaling {
namespace {

using Trigger = services::ScalingPolicies::Trigger;

constexpr std::string_view group_mark = ":autoScalingGroupName/", policy_mark = ":policyName/";

/// By its ARN, which names group and policy.
Result<Policy> need_policy(wire::Request& request, const std::string& arn) {
    const auto group_at = arn.find(group_mark), policy_at = arn.rfind(policy_mark);
    if (group_at != std::string::npos && policy_at != std::string::npos && policy_at > group_at) {
        const auto begin = group_at + group_mark.size();
        const std::string group = arn.substr(begin, policy_at - begin);
        const std::string name = arn.substr(policy_at + policy_mark.size());
        auto policy = TRY(policies.get(request.tx(),
                                       {request.account, request.region, group, name}));
        if (policy && policy->arn == arn) return std::move(*policy);
    }
    return validation_error("PolicyARN not found - " + arn);
}

/// With target tracking every policy that may scale in must agree before anybody leaves. Returns
/// who does not.
Result<std::string> who_objects(wire::Request& request, const Peers& peers, const Policy& policy) {
    for (const auto& other : TRY(policies.all(
             request.tx(), {request.account, request.region, policy.group}))) {
        if (other.type != target_tracking || other.name == policy.name || !other.enabled ||
            other.disable_scale_in) {
            continue;
        }
        if (TRY(alarm_state(request, peers, other.alarm_low)) != "ALARM") return other.name;
    }
    return std::string();
}

Result<Decision> decide(wire::Request& request, const Peers& peers, const Policy& policy,
                        const Capacity& capacity, const Trigger& trigger) {
    if (policy.type == simple_scaling) return decide_simple(policy, capacity);
    if (policy.type == step_scaling) {
        return decide_step(policy, capacity, trigger.metric_value - trigger.threshold);
    }
    if (trigger.alarm_name == policy.alarm_high) {
        return decide_tracking(policy, capacity, trigger.metric_value, Breach::above);
    }
    if (trigger.alarm_name != policy.alarm_low) {
        return Decision{capacity.desired, "target tracking listens to its own alarms only"};
    }
    auto decision = decide_tracking(policy, capacity, trigger.metric_value, Breach::below);
    if (decision.desired == capacity.desired) return decision;
    const auto objector = TRY(who_objects(request, peers, policy));
    if (objector.empty()) return decision;
    return Decision{capacity.desired, "policy " + objector + " is not ready to scale in"};
}

/// Simple policies wait for what is under way, and then for the cooldown of the one before.
Result<std::string> cooling(wire::Request& request, const Group& group,
                            const std::vector<Member>& present) {
    const bool moving = std::any_of(present.begin(), present.end(), [](const Member& one) {
        return is_pending(one) || is_terminating(one);
    });
    if (moving || alive_count(present) != group.desired) {
        return std::string("a scaling activity is in progress");
    }
    base::Time since = group.last_scaled;
    TRY(activities.scan(request.tx(), {request.account, request.region, group.name},
                        [&](const Activity& one) { since = std::max(since, one.end.value_or(since)); }));
    const base::Seconds cooldown{group.cooldown.value_or(group.default_cooldown)};
    return since + cooldown > request.now ? std::string("the cooldown is not over") : std::string();
}

void change(Group& group, const Policy& policy, std::int64_t desired, base::Time now) {
    group.desired = desired;
    group.last_scaled = group.retry_at = now;
    group.cooldown.reset();
    if (policy.type == simple_scaling) group.cooldown = policy.cooldown;
}

std::string change_text(const Policy& policy, std::int64_t from, std::int64_t to) {
    return fmt::format("policy {} changing the desired capacity from {} to {}.", policy.name, from,
                       to);
}

/// Why an alarm does not even get as far as a decision; or nothing.
Result<std::string> obstacle(wire::Request& request, const Group& group, const Policy& policy,
                             const std::vector<Member>& present) {
    if (group.deleting) return std::string("the group is being deleted");
    if (!policy.enabled) return std::string("the policy is disabled");
    if (is_suspended(group, "AlarmNotification")) {
        return std::string("the AlarmNotification process is suspended");
    }
    if (policy.type == simple_scaling) return cooling(request, group, present);
    return std::string();
}

std::string nothing(const std::string& why) { return "No scaling activity: " + why; }

}  // namespace

Result<std::string> Scaling::run(wire::Request& request, const Trigger& trigger) {
    const Policy policy = TRY(need_policy(request, trigger.policy_arn));
    Group group = TRY(need_group(request, policy.group));
    const auto all = TRY(members_of(request, group.name));
    const auto hindered = TRY(obstacle(request, group, policy, all));
    if (!hindered.empty()) return nothing(hindered);
    const auto capacity = capacity_of(group, all, warmup_of(group, policy), request.now);
    const auto decision = TRY(decide(request, peers_, policy, capacity, trigger));
    if (decision.desired == group.desired) return nothing(decision.why);
    const std::string text =
        fmt::format("a monitor alarm {} in state {} triggered {}", trigger.alarm_name,
                    trigger.alarm_state, change_text(policy, group.desired, decision.desired));
    group.cause = fmt::format("At {} {}  ", moment(request.now), text);
    group.invoking_alarm = TRY(invoking_alarm(request, peers_, trigger.alarm_name));
    change(group, policy, decision.desired, request.now);
    save(request, group);
    timeline_.add({request.now, "scaling", group.name, text, request.region});
    return text;
}

namespace {

/// By name and group, or by ARN.
Result<Policy> named_policy(wire::Request& request, const api::ExecutePolicyInput& input) {
    if (input.policy_name.starts_with("arn:")) return need_policy(request, input.policy_name);
    if (!input.auto_scaling_group_name) {
        return validation_error("AutoScalingGroupName is required when PolicyName is not an ARN");
    }
    TRY(need_group(request, *input.auto_scaling_group_name));
    auto policy = TRY(policies.get(request.tx(), {request.account, request.region,
                                                  *input.auto_scaling_group_name,
                                                  input.policy_name}));
    if (!policy) return validation_error("PolicyName not found - " + input.policy_name);
    return std::move(*policy);
}

Result<void> check_execution(const Group& group, const Policy& policy,
                             const api::ExecutePolicyInput& input) {
    if (group.deleting) {
        return api::scaling_activity_in_progress("You cannot execute a policy of an "
                                                 "AutoScalingGroup that is pending delete.");
    }
    if (policy.type == target_tracking) {
        return validation_error("ExecutePolicy is not supported for policies of type "
                                "TargetTrackingScaling");
    }
    if (!policy.enabled) return validation_error("The policy " + policy.name + " is disabled");
    const bool measured = input.metric_value && input.breach_threshold;
    if (policy.type == step_scaling && !measured) {
        return validation_error("MetricValue and BreachThreshold are required for policies of "
                                "type StepScaling");
    }
    if (policy.type == simple_scaling && (input.metric_value || input.breach_threshold)) {
        return validation_error("MetricValue and BreachThreshold are not supported for policies "
                                "of type SimpleScaling");
    }
    return {};
}

}  // namespace

Result<api::ExecutePolicyOutput> Service::execute_policy(wire::Request& request,
                                                         const api::ExecutePolicyInput& input) {
    const Policy policy = TRY(named_policy(request, input));
    Group group = TRY(need_group(request, policy.group));
    TRY(check_execution(group, policy, input));
    const auto all = TRY(members_of(request, group.name));
    if (policy.type == simple_scaling && input.honor_cooldown.value_or(false)) {
        const auto why = TRY(cooling(request, group, all));
        if (!why.empty()) return api::scaling_activity_in_progress("Scaling is blocked: " + why + ".");
    }
    const auto capacity = capacity_of(group, all, warmup_of(group, policy), request.now);
    const Trigger trigger{.policy_arn = policy.arn,
                          .metric_value = input.metric_value.value_or(0),
                          .threshold = input.breach_threshold.value_or(0)};
    const auto decision = TRY(decide(request, peers_, policy, capacity, trigger));
    if (decision.desired == group.desired) return api::ExecutePolicyOutput{};
    group.cause = fmt::format("At {} a user request executed {}  ", moment(request.now),
                              change_text(policy, group.desired, decision.desired));
    group.invoking_alarm.clear();
    change(group, policy, decision.desired, request.now);
    save(request, group);
    return api::ExecutePolicyOutput{};
}

}  // namespace stormglass::autoscaling
