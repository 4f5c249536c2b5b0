// The reconciler's rarer steps: hooks begin, instances go aside or leave, scheduled actions run.
#include "services/autoscaling/lifecycle.h"
#include "services/autoscaling/lookup.h"
#include "services/autoscaling/reconciler.h"
#include "services/autoscaling/schedules.h"

namespace stormglass::autoscaling {

Result<void> Reconciler::hold(wire::Request& request, const Group& group, Member& member,
                              std::string_view transition, Lines& lines) {
    TRY(begin_waits(request, random_, member, transition));
    save(request, member);
    for (const auto& hook : TRY(hooks_of(request, group.name))) {
        if (hook.transition != transition) continue;
        lines.push_back(fmt::format("{} waits for lifecycle hook {}", member.id, hook.name));
        const auto refused = TRY(tell_hook(request, peers_, hook, member));
        if (!refused.empty()) lines.push_back("notification refused: " + refused);
    }
    auto activity = TRY(find_activity(
        request, group, is_pending(member) ? member.launch_activity : member.termination_activity));
    if (!activity) return {};
    activity->status = "MidLifecycleAction";
    save(request, *activity);
    return {};
}

Result<void> Reconciler::adopt(wire::Request& request, const Group& group, Member& member) {
    ec2::api::CreateTagsInput input;
    input.resources.push_back(member.id);
    auto& tag = input.tags.emplace_back();
    tag.key = "aws:autoscaling:groupName";
    tag.value = group.name;
    const auto tagged = peers_.ec2.create_tags(request, input);
    if (!tagged && tagged.error().domain != Domain::aws) return std::unexpected(tagged.error());
    member.adopt = false;  // If it is gone, that is seen next.
    save(request, member);
    return {};
}

Result<void> Reconciler::set_aside(wire::Request& request, const Group& group, Member& member,
                                   Lines& lines) {
    if (member.lifecycle != "EnteringStandby") return {};
    member.lifecycle = "Standby";
    member.registered.clear();
    member.draining = false;
    save(request, member);
    lines.push_back(member.id + " is in standby");
    auto activity = TRY(find_activity(request, group, member.transition_activity));
    if (activity) end_activity(request, *activity, "Successful", "");
    return {};
}

/// The instance stays, without the group's tag.
Result<void> Reconciler::let_go(wire::Request& request, const Group& group, Member& member,
                                Lines& lines) {
    if (member.lifecycle != "Detaching" && member.lifecycle != "Standby") return {};
    forget(request, member);
    ec2::api::DeleteTagsInput input;
    input.resources.push_back(member.id);
    input.tags.emplace_back().key = "aws:autoscaling:groupName";
    const auto untagged = peers_.ec2.delete_tags(request, input);  // What is gone has no tags.
    if (!untagged && untagged.error().domain != Domain::aws) {
        return std::unexpected(untagged.error());
    }
    lines.push_back(member.id + " is no more in the group");
    auto activity = TRY(find_activity(request, group, member.transition_activity));
    if (activity && !activity->end) end_activity(request, *activity, "Successful", "");
    return {};
}

Result<void> Reconciler::run_schedule(wire::Request& request, const std::string& name,
                                      const std::string& action, Lines& lines) {
    Group group = TRY(need_group(request, name));
    auto schedule =
        TRY(schedules.get(request.tx(), {request.account, request.region, name, action}));
    if (!schedule || schedule->next > request.now) return {};
    const auto due = schedule->next;
    TRY(advance(request, *schedule));
    if (is_suspended(group, "ScheduledActions")) return {};  // This time is over.
    lines.push_back("scheduled action " + action + ": " + apply(request, group, *schedule, due));
    save(request, group);
    return {};
}

}  // namespace stormglass::autoscaling
