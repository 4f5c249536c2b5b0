// One instance's way through its life: launched, hooked, in service, put aside, drained, terminated.
#include "services/autoscaling/lookup.h"
#include "services/autoscaling/plan.h"

namespace stormglass::autoscaling {
namespace {

bool lacks_target_group(const View& view, const Member& member) {
    return std::any_of(view.group.target_groups.begin(), view.group.target_groups.end(),
                       [&](const auto& arn) { return !contains(member.registered, arn); });
}

bool may_register(const View& view) {
    return view.has_balancers && !is_suspended(view.group, "AddToLoadBalancer");
}

bool has_hooks(const View& view, std::string_view transition) {
    return std::any_of(view.hooks.begin(), view.hooks.end(),
                       [&](const Hook& one) { return one.transition == transition; });
}

/// True while a lifecycle action is under way.
bool plan_waits(const Member& member, base::Time now, Actions& actions) {
    for (const auto& wait : member.waits) {
        if (wait.until <= now) actions.push_back({Do::expire_wait, member.id, wait.hook});
    }
    return !member.waits.empty();
}

std::string why_down(const View& view, const Member& member) {
    const auto seen = view.instances.find(member.id);
    const bool told = seen != view.instances.end() && !seen->second.reason.empty();
    return told ? seen->second.reason : view.state_of(member);
}

/// After its hooks: into the target groups, then into service.
void plan_entry(const View& view, const Member& member, Actions& actions) {
    if (may_register(view) && lacks_target_group(view, member)) {
        actions.push_back({Do::register_targets, member.id, {}});
    } else {
        actions.push_back({Do::settle, member.id, {}});
    }
}

void plan_pending(const View& view, const Member& member, base::Time now, Actions& actions) {
    const std::string state = view.state_of(member);
    if (member.adopt) {
        actions.push_back({Do::adopt, member.id, {}});
    } else if (is_down(state)) {
        actions.push_back({Do::abandon_launch, member.id, why_down(view, member)});
    } else if (member.abandoned) {
        actions.push_back({Do::abandon_launch, member.id, "Lifecycle Action was abandoned"});
    } else if (member.lifecycle == "Pending:Wait") {
        if (!plan_waits(member, now, actions)) {
            actions.push_back({Do::proceed_launch, member.id, {}});
        }
    } else if (state == "running" && member.lifecycle == "Pending" && !member.launch_hooked &&
               has_hooks(view, launching_transition)) {
        actions.push_back({Do::hold_launch, member.id, {}});
    } else if (state == "running") {
        plan_entry(view, member, actions);
    } else if (std::max(member.launched, member.pending) + pending_max < now) {
        actions.push_back({Do::abandon_launch, member.id, "the instance did not start in time"});
    }
}

/// "EC2", "status", "ELB", or empty.
std::string failed_check(const View& view, const Member& member, base::Time now) {
    if (is_down(view.state_of(member))) return "EC2";
    if (view.is_impaired(member) && member.impaired &&
        *member.impaired + impaired_patience <= now) {
        return "status";
    }
    const bool in_grace = member.in_service + base::Seconds(view.group.grace_seconds) > now;
    if (view.group.health_check_type != "ELB" || in_grace) return "";
    const bool bad = std::any_of(
        member.registered.begin(), member.registered.end(),
        [&](const auto& arn) { return view.target_state(arn, member.id) == "unhealthy"; });
    return bad ? "ELB" : "";
}

void plan_in_service(const View& view, const Member& member, base::Time now, Actions& actions) {
    const auto seen = view.instances.find(member.id);
    if (member.is_spot && !member.at_risk && seen != view.instances.end() && seen->second.at_risk) {
        actions.push_back({Do::mark_at_risk, member.id, {}});
    }
    if (view.is_impaired(member) != member.impaired.has_value()) {
        actions.push_back(
            {Do::note_checks, member.id, view.is_impaired(member) ? "impaired" : "ok"});
    }
    if (member.health == "Healthy" && !is_suspended(view.group, "HealthCheck")) {
        const std::string cause = failed_check(view, member, now);
        if (!cause.empty()) actions.push_back({Do::mark_unhealthy, member.id, cause});
    }
    const bool gone = std::any_of(
        member.registered.begin(), member.registered.end(),
        [&](const auto& arn) { return !contains(view.group.target_groups, arn); });
    if (gone) actions.push_back({Do::leave_targets, member.id, {}});
    if (view.state_of(member) == "running" && may_register(view) &&
        lacks_target_group(view, member)) {
        actions.push_back({Do::register_targets, member.id, {}});
    }
}

bool is_drained(const View& view, const Member& member, base::Time now) {
    base::Seconds delay{0};
    bool waiting = false;
    for (const auto& arn : member.registered) {
        const auto state = view.target_state(arn, member.id);
        waiting = waiting || (!state.empty() && state != "unused");
        const auto known = view.drain_delays.find(arn);
        if (known != view.drain_delays.end()) delay = std::max(delay, known->second);
    }
    return !waiting || member.terminating + delay + drain_margin < now;
}

/// Out of its target groups; true once users' connections have ended, or it serves nobody anyway.
bool plan_drain(const View& view, const Member& member, base::Time now, Actions& actions) {
    const bool registered = !member.registered.empty() && view.has_balancers;
    if (registered && !member.draining) {
        actions.push_back({Do::drain, member.id, {}});
        return false;
    }
    return !registered || view.group.deleting || view.serves_nobody(member) ||
           is_drained(view, member, now);
}

/// Hooks are for instances that served: not for a launch that failed, nor for a group that goes.
bool has_termination_hook(const View& view, const Member& member) {
    return !member.termination_hooked && !view.group.deleting &&
           member.in_service != base::Time{} && has_hooks(view, terminating_transition);
}

void plan_terminating(const View& view, const Member& member, base::Time now, Actions& actions) {
    if (member.lifecycle == "Terminating:Wait") {
        if (view.group.deleting || !plan_waits(member, now, actions)) {
            actions.push_back({Do::proceed_termination, member.id, {}});
        }
        return;
    }
    if (!plan_drain(view, member, now, actions)) return;
    if (member.lifecycle == "Terminating" && !member.terminate_sent &&
        has_termination_hook(view, member)) {
        actions.push_back({Do::hold_termination, member.id, {}});
    } else if (is_ended(view.state_of(member))) {
        actions.push_back({Do::finish, member.id, {}});
    } else if (!member.terminate_sent) {
        actions.push_back({Do::terminate, member.id, {}});
    }
}

}  // namespace

void plan_member(const View& view, const Member& member, base::Time now, Actions& actions) {
    if (is_terminating(member)) return plan_terminating(view, member, now, actions);
    if (is_pending(member)) return plan_pending(view, member, now, actions);
    if (member.lifecycle == "InService") return plan_in_service(view, member, now, actions);
    // Standby is not looked at, but EC2 forgets what ended, and so does the group.
    const bool forgotten = view.state_of(member) == "gone";
    if (member.lifecycle == "Standby" && forgotten) {
        actions.push_back({Do::let_go, member.id, {}});
    } else if (member.lifecycle == "EnteringStandby" && plan_drain(view, member, now, actions)) {
        actions.push_back({Do::enter_standby, member.id, {}});
    } else if (member.lifecycle == "Detaching" && plan_drain(view, member, now, actions)) {
        actions.push_back({Do::let_go, member.id, {}});
    }
}

}  // namespace stormglass::autoscaling
