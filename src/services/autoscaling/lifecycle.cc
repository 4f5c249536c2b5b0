#include "services/autoscaling/lifecycle.h"

#include "services/autoscaling/lookup.h"

namespace stormglass::autoscaling {
namespace {

constexpr std::int64_t heartbeats_max = 100;
constexpr std::int64_t wait_max_seconds = 48 * 3600;

base::Json message_head(wire::Request& request, const Hook& hook) {
    return {{"AccountId", request.account},
            {"AutoScalingGroupName", hook.group},
            {"LifecycleHookName", hook.name},
            {"Service", "AWS Auto Scaling"},
            {"Time", base::iso8601_millis(request.now)}};
}

Result<std::string> publish(wire::Request& request, const Peers& peers, const Hook& hook,
                            const base::Json& message) {
    if (hook.target_arn.empty() || peers.notifications == nullptr) return std::string();
    const auto sent = peers.notifications->publish(
        request, hook.target_arn,
        fmt::format("Auto Scaling:  Lifecycle action '{}'", hook.name), message.dump());
    return sent ? std::string() : hook.target_arn + ": " + sent.error().message;
}

}  // namespace

base::Seconds global_timeout(const Hook& hook) {
    return base::Seconds(std::min(wait_max_seconds, hook.heartbeat * heartbeats_max));
}

std::vector<HookWait>::iterator find_wait(Member& member, const std::string& hook) {
    return std::find_if(member.waits.begin(), member.waits.end(),
                        [&](const HookWait& one) { return one.hook == hook; });
}

void complete_wait(Member& member, const std::string& hook, std::string_view result) {
    if (result == "ABANDON") {
        member.abandoned = is_pending(member);
        member.waits.clear();
    } else {
        std::erase_if(member.waits, [&](const HookWait& one) { return one.hook == hook; });
    }
}

Result<void> begin_waits(wire::Request& request, base::Random& random, Member& member,
                         std::string_view transition) {
    for (const auto& hook : TRY(hooks_of(request, member.group))) {
        if (hook.transition != transition) continue;
        member.waits.push_back({.hook = hook.name,
                                .token = random.uuid(),
                                .default_result = hook.default_result,
                                .heartbeat = hook.heartbeat,
                                .until = request.now + base::Seconds(hook.heartbeat),
                                .latest = request.now + global_timeout(hook)});
    }
    const bool launch = transition == launching_transition;
    (launch ? member.launch_hooked : member.termination_hooked) = true;
    if (!member.waits.empty()) member.lifecycle = launch ? "Pending:Wait" : "Terminating:Wait";
    return {};
}

Result<std::string> tell_hook(wire::Request& request, const Peers& peers, const Hook& hook,
                              const Member& member) {
    auto message = message_head(request, hook);
    const bool launch = hook.transition == launching_transition;
    for (const auto& wait : member.waits) {
        if (wait.hook == hook.name) message["LifecycleActionToken"] = wait.token;
    }
    message["RequestId"] = message["LifecycleActionToken"];
    message["EC2InstanceId"] = member.id;
    message["LifecycleTransition"] = hook.transition;
    message["Origin"] = launch ? "EC2" : "AutoScalingGroup";
    message["Destination"] = launch ? "AutoScalingGroup" : "EC2";
    if (!hook.metadata.empty()) message["NotificationMetadata"] = hook.metadata;
    return publish(request, peers, hook, message);
}

Result<std::string> test_hook(wire::Request& request, const Peers& peers, const Group& group,
                              const Hook& hook) {
    auto message = message_head(request, hook);
    message["Event"] = "autoscaling:TEST_NOTIFICATION";
    message["AutoScalingGroupARN"] = group.arn;
    message["RequestId"] = request.request_id;
    return publish(request, peers, hook, message);
}

}  // namespace stormglass::autoscaling
