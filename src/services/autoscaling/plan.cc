#include "services/autoscaling/plan.h"

#include "services/autoscaling/lookup.h"
#include "services/autoscaling/termination_order.h"

namespace stormglass::autoscaling {
namespace {

using Actions = std::vector<Action>;

bool contains(const std::vector<std::string>& list, const std::string& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

bool lacks_target_group(const View& view, const Member& member) {
    return std::any_of(view.group.target_groups.begin(), view.group.target_groups.end(),
                       [&](const auto& arn) { return !contains(member.registered, arn); });
}

bool may_register(const View& view) {
    return view.has_balancers && !is_suspended(view.group, "AddToLoadBalancer");
}

void plan_pending(const View& view, const Member& member, base::Time now, Actions& actions) {
    const std::string state = view.state_of(member);
    if (is_down(state)) {
        const auto seen = view.instances.find(member.id);
        const bool told = seen != view.instances.end() && !seen->second.reason.empty();
        actions.push_back({Do::abandon_launch, member.id, told ? seen->second.reason : state});
    } else if (state == "running" && may_register(view) && lacks_target_group(view, member)) {
        actions.push_back({Do::register_targets, member.id, {}});
    } else if (state == "running") {
        actions.push_back({Do::settle, member.id, {}});
    } else if (member.launched + pending_max < now) {
        actions.push_back({Do::abandon_launch, member.id, "the instance did not start in time"});
    }
}

/// "EC2", "ELB", or empty.
std::string failed_check(const View& view, const Member& member, base::Time now) {
    if (is_down(view.state_of(member))) return "EC2";
    const bool in_grace = member.in_service + base::Seconds(view.group.grace_seconds) > now;
    if (view.group.health_check_type != "ELB" || in_grace) return "";
    const bool bad = std::any_of(
        member.registered.begin(), member.registered.end(),
        [&](const auto& arn) { return view.target_state(arn, member.id) == "unhealthy"; });
    return bad ? "ELB" : "";
}

void plan_in_service(const View& view, const Member& member, base::Time now, Actions& actions) {
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

void plan_terminating(const View& view, const Member& member, base::Time now, Actions& actions) {
    const std::string state = view.state_of(member);
    const bool registered = !member.registered.empty() && view.has_balancers;
    if (registered && !member.draining) {
        actions.push_back({Do::drain, member.id, {}});
    } else if (is_ended(state)) {
        actions.push_back({Do::finish, member.id, {}});
    } else if (!member.terminate_sent &&
               (!registered || is_down(state) || view.group.deleting ||
                is_drained(view, member, now))) {
        actions.push_back({Do::terminate, member.id, {}});
    }
}

/// Unhealthy instances leave first and are launched anew later. Those that EC2 says are down serve
/// nobody and go at once; others a tenth of the group (at least one) at a time.
void plan_replacements(const View& view, Actions& actions) {
    const Group& group = view.group;
    if (is_suspended(group, "ReplaceUnhealthy") || is_suspended(group, "Terminate")) return;
    std::int64_t moving = std::count_if(
        view.members.begin(), view.members.end(),
        [](const Member& one) { return one.lifecycle != "InService"; });
    const std::int64_t batch = std::max<std::int64_t>(1, group.desired / 10);
    for (const auto& member : view.members) {
        if (member.lifecycle != "InService" || member.health == "Healthy") continue;
        if (!is_down(view.state_of(member)) && moving++ >= batch) continue;
        actions.push_back(
            {Do::begin_termination, member.id, health_response(member.health_cause)});
    }
}

std::vector<Member> alive_members(const View& view) {
    std::vector<Member> alive;
    std::copy_if(view.members.begin(), view.members.end(), std::back_inserter(alive), is_alive);
    return alive;
}

TerminationRules rules_of(const View& view, base::Time now) {
    TerminationRules rules{.policies = view.group.termination_policies, .current = view.current,
                           .zones = {}, .now = now};
    for (const auto& place : view.group.places) rules.zones.push_back(place.zone);
    return rules;
}

bool is_avoided(const Group& group, const std::string& zone, base::Time now) {
    return std::any_of(group.avoided.begin(), group.avoided.end(), [&](const Avoided& one) {
        return one.zone == zone && one.until > now;
    });
}

/// All is in service, but one zone has two more than another, or an instance is in no zone of ours.
bool is_lopsided(const View& view, const std::vector<Member>& alive, base::Time now) {
    std::map<std::string, std::int64_t> in_zone;
    for (const auto& place : view.group.places) {
        if (!is_avoided(view.group, place.zone, now)) in_zone[place.zone] = 0;
    }
    bool stray = false;
    for (const auto& one : alive) {
        if (one.lifecycle != "InService" || one.health != "Healthy") return false;
        const auto zone = in_zone.find(one.zone);
        if (zone != in_zone.end()) ++zone->second;
        stray = stray || (zone == in_zone.end() && !is_avoided(view.group, one.zone, now));
    }
    std::int64_t least = INT64_MAX, most = 0;
    for (const auto& [zone, count] : in_zone) {
        least = std::min(least, count);
        most = std::max(most, count);
    }
    return !in_zone.empty() && (stray || most - least >= 2);
}

void plan_capacity(const View& view, base::Time now, Actions& actions) {
    const Group& group = view.group;
    const auto alive = alive_members(view);
    const auto have = static_cast<std::int64_t>(alive.size());
    const auto wanted = group.desired + refresh_surge(group, view.refresh);
    const bool launches = !is_suspended(group, "Launch") && now >= group.retry_at;
    if (have < wanted) {
        for (auto i = have; launches && i < wanted; ++i) actions.push_back({Do::launch, {}, {}});
        return;
    }
    if (have > wanted && !is_suspended(group, "Terminate")) {
        for (const auto& id : choose_victims(alive, have - wanted, rules_of(view, now))) {
            actions.push_back({Do::shrink, id, {}});
        }
        return;
    }
    if (have == wanted && have < group.max_size && launches && !view.refresh &&
        have == static_cast<std::int64_t>(view.members.size()) &&
        !is_suspended(group, "AZRebalance") && !is_suspended(group, "Terminate") &&
        is_lopsided(view, alive, now)) {
        actions.push_back({Do::rebalance, {}, {}});
    }
}

void plan_deletion(const View& view, Actions& actions) {
    for (const auto& member : view.members) {
        if (is_alive(member)) actions.push_back({Do::shrink, member.id, {}});
    }
    if (view.members.empty()) actions.push_back({Do::end_group, {}, {}});
}

}  // namespace

std::string health_response(const std::string& cause) {
    if (cause == "ELB") return "an ELB system health check failure.";
    if (cause == "user") return "a user health-check.";
    return "an EC2 health check indicating it has been terminated or stopped.";
}

std::vector<Action> plan(const View& view, base::Time now) {
    Actions actions;
    for (const auto& member : view.members) {
        auto observed = describe_observed(view, member);
        if (observed != member.observed) actions.push_back({Do::note, member.id, observed});
        if (!is_alive(member)) plan_terminating(view, member, now, actions);
        if (view.group.deleting) continue;
        if (member.lifecycle == "Pending") plan_pending(view, member, now, actions);
        if (member.lifecycle == "InService") plan_in_service(view, member, now, actions);
    }
    if (view.group.deleting) {
        plan_deletion(view, actions);
        return actions;
    }
    plan_replacements(view, actions);
    plan_capacity(view, now, actions);
    return actions;
}

}  // namespace stormglass::autoscaling
