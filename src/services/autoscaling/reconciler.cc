#include "services/autoscaling/reconciler.h"

#include "services/autoscaling/lifecycle.h"
#include "services/autoscaling/lookup.h"
#include "services/autoscaling/members.h"
#include "services/autoscaling/policy_alarms.h"

namespace stormglass::autoscaling {
namespace {

Result<void> count_refresh_failure(wire::Request& request, const Member& member) {
    if (member.refresh_id.empty()) return {};
    auto refresh = TRY(active_refresh(request, member.group));
    if (!refresh || refresh->id != member.refresh_id) return {};
    ++refresh->failed_instances;
    save(request, *refresh);
    return {};
}

}  // namespace

Result<std::unique_ptr<wire::Request>> Reconciler::begin(wire::TxMode mode, const Where& where) {
    auto request = wire::make_internal_request(store_, mode, "autoscaling", where.account,
                                               where.region, clock_.now());
    if (request) return request;
    return fail(Domain::store, "Busy", "the store's writer lock did not come free");
}

void Reconciler::show(const Where& where, const Lines& lines) {
    for (const auto& line : lines) {
        timeline_.add({.time = clock_.now(), .kind = "scaling", .subject = where.group,
                       .text = line, .region = where.region});
    }
}

Result<void> Reconciler::tell(wire::Request& request, const Group& group,
                              const Activity& activity, std::string_view event, Lines& lines) {
    lines.push_back(activity.status == "Failed" ? activity.description + " " + activity.message
                                                : activity.description + " " + activity.status);
    for (const auto& one : TRY(notify(request, peers_, group, activity, event))) {
        lines.push_back("notification refused: " + one);
    }
    return {};
}

Result<base::Millis> Reconciler::reconcile() {
    std::vector<Where> all;
    const auto tx = store_.read();
    TRY(groups.scan(*tx, {}, [&](const std::vector<std::string>& parts, Group& group) {
        all.push_back({parts.at(0), parts.at(1), group.name});
    }));
    Result<base::Millis> outcome = rest;
    for (const auto& where : all) {
        auto done = reconcile_group(where);
        if (!done) outcome = std::unexpected(std::move(done).error());
    }
    return outcome;
}

Result<void> Reconciler::reconcile_group(const Where& where) {
    std::optional<View> view;
    {
        const auto request = TRY(begin(wire::TxMode::read, where));
        const auto group =
            TRY(groups.get(request->tx(), {where.account, where.region, where.group}));
        if (!group) return {};
        view = TRY(observe(*request, peers_, *group));
    }
    for (const auto& action : plan(*view, clock_.now())) {
        const auto done = act(where, *view, action);
        auto& shown = shown_errors_[where.group + "/" + action.member];
        const std::string text = done ? std::string() : done.error().message;
        if (!done && done.error().domain != Domain::aws) return done;
        if (text != shown && !text.empty()) show(where, {action.member + ": " + text});
        shown = text;
    }
    if (view->refresh) TRY(refresh_group(where, *view));
    return {};
}

Result<void> Reconciler::refresh_group(const Where& where, const View& view) {
    const auto step = step_refresh(view, clock_.now());
    if (!step.changed) return {};
    const auto request = TRY(begin(wire::TxMode::write, where));
    const auto now = TRY(active_refresh(*request, where.group));
    if (!now || now->status != view.refresh->status ||
        now->rollback_wanted != view.refresh->rollback_wanted) {
        return {};  // Cancelled or to be rolled back meanwhile.
    }
    Refresh refresh = step.refresh;
    refresh.failed_instances = refresh.status == "RollbackInProgress" &&
                                       now->status != refresh.status
                                   ? 0
                                   : now->failed_instances;
    save(*request, refresh);
    Group group = TRY(need_group(*request, where.group));
    if (step.adopt) group.launch_template = *step.adopt;
    if (refresh.status != now->status) {
        group.failures = 0;
        group.retry_at = request->now;
    }
    save(*request, group);
    Lines lines;
    if (refresh.status != now->status) {
        lines.push_back("instance refresh " + refresh.id + ": " + refresh.status + " " +
                        refresh.reason);
    }
    for (const auto& id : step.victims) {
        auto member =
            TRY(members.get(request->tx(), {where.account, where.region, where.group, id}));
        if (!member || is_terminating(*member)) continue;
        TRY(begin_termination(*request, random_, group, *member,
                              taken_out(request->now, "an instance refresh.")));
        lines.push_back("instance refresh takes out " + id);
    }
    TRY(request->commit());
    show(where, lines);
    return {};
}

Result<void> Reconciler::act(const Where& where, const View& view, const Action& action) {
    if (action.what == Do::launch || action.what == Do::rebalance) return launch(where, action);
    const auto request = TRY(begin(wire::TxMode::write, where));
    Lines lines;
    if (action.what == Do::end_group) {
        const Group group = TRY(need_group(*request, where.group));
        TRY(end_group(*request, group, lines));
    } else if (action.what == Do::run_schedule) {
        TRY(run_schedule(*request, where.group, action.text, lines));
    } else {
        TRY(act_on_member(*request, view, action, lines));
    }
    TRY(request->commit());
    show(where, lines);
    return {};
}

Result<void> Reconciler::act_on_member(wire::Request& request, const View& view,
                                       const Action& action, Lines& lines) {
    Group group = TRY(need_group(request, view.group.name));
    auto found = TRY(members.get(request.tx(), {request.account, request.region, group.name,
                                                action.member}));
    if (!found) return {};
    switch (action.what) {
        case Do::hold_launch:
        case Do::proceed_launch:
        case Do::expire_wait:
        case Do::hold_termination:
        case Do::proceed_termination:
            return act_on_wait(request, group, *found, action, lines);
        default:
            return move_on(request, group, *found, action, lines);
    }
}

/// Hooks: each step only from the state in which it was planned.
Result<void> Reconciler::act_on_wait(wire::Request& request, const Group& group, Member& member,
                                     const Action& action, Lines& lines) {
    const std::string& state = member.lifecycle;
    if (action.what == Do::hold_launch && state == "Pending") {
        return hold(request, group, member, launching_transition, lines);
    }
    if (action.what == Do::hold_termination && state == "Terminating") {
        return hold(request, group, member, terminating_transition, lines);
    }
    if (action.what == Do::expire_wait) {
        const auto wait = find_wait(member, action.text);
        if (wait == member.waits.end() || wait->until > request.now) return {};
        lines.push_back(member.id + ": lifecycle hook " + action.text + " timed out");
        complete_wait(member, action.text, wait->default_result);
    } else if (action.what == Do::proceed_launch && state == "Pending:Wait") {
        member.lifecycle = "Pending:Proceed";
    } else if (action.what == Do::proceed_termination && state == "Terminating:Wait") {
        member.lifecycle = "Terminating:Proceed";
    }
    save(request, member);
    return {};
}

Result<void> Reconciler::move_on(wire::Request& request, Group& group, Member& member,
                                 const Action& action, Lines& lines) {
    const bool alive = is_alive(member);
    switch (action.what) {
        case Do::note:
            member.observed = action.text;
            save(request, member);
            return {};
        case Do::register_targets:
            return alive ? register_targets(request, group, member) : Result<void>{};
        case Do::leave_targets:
            return leave_targets(request, group, member);
        case Do::adopt:
            return adopt(request, group, member);
        case Do::settle:
            return is_pending(member) ? settle(request, group, member, lines) : Result<void>{};
        case Do::abandon_launch:
            return is_pending(member) ? abandon(request, group, member, action.text, lines)
                                      : Result<void>{};
        case Do::note_checks:
            member.impaired.reset();
            if (action.text == "impaired") member.impaired = request.now;
            save(request, member);
            return {};
        case Do::mark_at_risk:
            member.at_risk = true;
            save(request, member);
            lines.push_back(member.id + " will be interrupted by EC2");
            return {};
        case Do::mark_unhealthy:
            member.health = "Unhealthy";
            member.health_cause = action.text;
            save(request, member);
            lines.push_back(member.id + " is unhealthy: " + health_response(action.text));
            return {};
        case Do::begin_termination:
        case Do::shrink:
            return is_terminating(member) ? Result<void>{}
                                          : take_out(request, group, member, action, lines);
        case Do::drain:
            return drain(request, group, member);
        case Do::enter_standby:
            return set_aside(request, group, member, lines);
        case Do::let_go:
            return let_go(request, group, member, lines);
        case Do::terminate:
            return terminate(request, group, member);
        case Do::finish:
            return finish(request, group, member, lines);
        default:
            return {};
    }
}

Result<void> Reconciler::leave_targets(wire::Request& request, const Group& group,
                                       Member& member) {
    Lines gone;
    for (const auto& arn : member.registered) {
        if (!contains(group.target_groups, arn)) gone.push_back(arn);
    }
    TRY(deregister(request, member, gone));
    std::erase_if(member.registered, [&](const auto& arn) { return contains(gone, arn); });
    save(request, member);
    return {};
}

Result<void> Reconciler::register_targets(wire::Request& request, const Group& group,
                                          Member& member) {
    for (const auto& arn : group.target_groups) {
        if (contains(member.registered, arn)) continue;
        elbv2::api::RegisterTargetsInput input;
        input.target_group_arn = arn;
        input.targets.emplace_back().id = member.id;
        TRY(peers_.elbv2->register_targets(request, input));
        member.registered.push_back(arn);
    }
    save(request, member);
    return {};
}

/// A target group that is gone has no targets: nothing to do there.
Result<void> Reconciler::deregister(wire::Request& request, Member& member, const Lines& arns) {
    for (const auto& arn : arns) {
        elbv2::api::DeregisterTargetsInput input;
        input.target_group_arn = arn;
        input.targets.emplace_back().id = member.id;
        const auto done = peers_.elbv2->deregister_targets(request, input);
        if (!done && done.error().domain != Domain::aws) return std::unexpected(done.error());
    }
    return {};
}

Result<void> Reconciler::settle(wire::Request& request, Group& group, Member& member,
                                Lines& lines) {
    member.lifecycle = "InService";
    member.in_service = request.now;
    member.extra.clear();
    save(request, member);
    if (group.failures != 0) {
        group.failures = 0;
        save(request, group);
    }
    auto activity = TRY(find_activity(request, group, member.launch_activity));
    if (!activity) return {};
    end_activity(request, *activity, "Successful", "");
    if (!activity->description.starts_with("Launching")) return {};  // Attached, or from standby.
    return tell(request, group, *activity, "EC2_INSTANCE_LAUNCH", lines);
}

Result<void> Reconciler::abandon(wire::Request& request, Group& group, Member& member,
                                 const std::string& why, Lines& lines) {
    auto activity = TRY(find_activity(request, group, member.launch_activity));
    if (activity) {
        end_activity(request, *activity, "Failed",
                     member.abandoned
                         ? "Instance failed to complete user's Lifecycle Action: " + why
                         : "Instance became unhealthy while waiting for instance to be in "
                           "InService state. Termination Reason: " + why);
        TRY(tell(request, group, *activity, "EC2_INSTANCE_LAUNCH_ERROR", lines));
    }
    TRY(count_refresh_failure(request, member));
    if (!member.abandoned) {  // Else the zone is not to blame.
        std::erase_if(group.avoided, [&](const Avoided& one) { return one.zone == member.zone; });
        group.avoided.push_back({member.zone, request.now + zone_avoided});
    }
    ++group.failures;
    group.retry_at = request.now + retry_first;
    save(request, group);
    member.health = "Unhealthy";
    TRY(begin_termination(request, random_, group, member,
                          taken_out(request.now, member.abandoned ? "a user's lifecycle action."
                                                                  : health_response("EC2"))));
    return {};
}

Result<void> Reconciler::take_out(wire::Request& request, Group& group, Member& member,
                                  const Action& action, Lines& lines) {
    const auto capacity = alive_count(TRY(members_of(request, group.name)));
    std::string why = taken_out(request.now, action.text);
    if (action.what == Do::shrink) {
        const bool wanted = capacity <= group.desired && is_alive(member);
        if (wanted && !group.deleting) return {};  // Wanted again meanwhile.
        why = shrinking_cause(request.now, group, capacity, member.id);
    } else {
        TRY(count_refresh_failure(request, member));
        ++group.to_replace;
        save(request, group);
    }
    auto activity = TRY(begin_termination(request, random_, group, member, std::move(why)));
    if (action.what == Do::shrink) {
        activity.details = scaling_details(group, member.subnet_id, member.zone);
        save(request, activity);
    }
    lines.push_back(activity.description + ": " + activity.cause);
    return {};
}

Result<void> Reconciler::drain(wire::Request& request, const Group& group, Member& member) {
    TRY(deregister(request, member, member.registered));
    member.draining = true;
    save(request, member);
    auto activity = TRY(find_activity(request, group, is_terminating(member)
                                                          ? member.termination_activity
                                                          : member.transition_activity));
    if (!activity) return {};
    activity->status = "WaitingForELBConnectionDraining";
    activity->progress = 50;
    save(request, *activity);
    return {};
}

Result<void> Reconciler::terminate(wire::Request& request, const Group& group, Member& member) {
    ec2::api::TerminateInstancesInput input;
    input.instance_ids.push_back(member.id);
    TRY(peers_.ec2.terminate_instances(request, input));
    member.terminate_sent = true;
    save(request, member);
    auto activity = TRY(find_activity(request, group, member.termination_activity));
    if (!activity) return {};
    activity->status = "InProgress";
    activity->progress = 70;
    save(request, *activity);
    return {};
}

Result<void> Reconciler::finish(wire::Request& request, const Group& group, Member& member,
                                Lines& lines) {
    forget(request, member);
    auto activity = TRY(find_activity(request, group, member.termination_activity));
    if (!activity) return {};
    end_activity(request, *activity, "Successful", "");
    return tell(request, group, *activity, "EC2_INSTANCE_TERMINATE", lines);
}

/// Activities stay, for IncludeDeletedGroups.
Result<void> Reconciler::end_group(wire::Request& request, const Group& group, Lines& lines) {
    if (!TRY(members_of(request, group.name)).empty()) return {};
    const store::Parts prefix{request.account, request.region, group.name};
    for (const auto& one : TRY(policies.all(request.tx(), prefix))) {
        TRY(delete_alarms(request, peers_, one));
    }
    TRY(policies.erase_all(request.tx(), prefix));
    TRY(hooks.erase_all(request.tx(), prefix));
    TRY(schedules.erase_all(request.tx(), prefix));
    TRY(notifications.erase_all(request.tx(), prefix));
    TRY(refreshes.erase_all(request.tx(), prefix));
    groups.erase(request.tx(), prefix);
    lines.push_back("deleted");
    return {};
}

}  // namespace stormglass::autoscaling
