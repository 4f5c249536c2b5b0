// How many instances a group should have now, and which go first. What holds by its own doing: never
// more alive than the maximum (rebalancing: plus AWS's margin), never a shrink below the desired capacity.
#include "services/autoscaling/lookup.h"
#include "services/autoscaling/plan.h"
#include "services/autoscaling/purchase.h"
#include "services/autoscaling/termination_order.h"

namespace stormglass::autoscaling {
namespace {

constexpr std::int64_t percent = 100;
constexpr std::int64_t margin_percent = 10;  // AWS's, for rebalancing.

std::int64_t part_of(std::int64_t whole, std::int64_t percentage) {
    return whole * percentage / percent;
}

bool is_serving(const Member& one) {
    return one.lifecycle == "InService" && one.health == "Healthy";
}

bool is_risky(const Member& one) { return is_serving(one) && one.at_risk; }

std::vector<Member> alive_members(const View& view) {
    std::vector<Member> alive;
    std::copy_if(view.members.begin(), view.members.end(), std::back_inserter(alive), is_alive);
    return alive;
}

TerminationRules rules_of(const View& view, base::Time now) {
    TerminationRules rules{.policies = view.group.termination_policies, .current = view.current,
                           .zones = {}, .give_spot = {}, .now = now};
    for (const auto& place : view.group.places) rules.zones.push_back(place.zone);
    rules.give_spot = surplus_is_spot(view.group, alive_members(view));
    return rules;
}

/// The zones that lack instances, when all is in service but one zone has two more than another, or
/// an instance is in no zone of ours; else empty.
std::vector<std::string> poor_zones(const View& view, const std::vector<Member>& alive,
                                    base::Time now) {
    std::map<std::string, std::int64_t> in_zone;
    for (const auto& place : view.group.places) {
        if (!is_avoided(view.group, view.lost_zones, place.zone, now)) in_zone[place.zone] = 0;
    }
    bool stray = false;
    for (const auto& one : alive) {
        if (!is_serving(one)) return {};
        const auto zone = in_zone.find(one.zone);
        if (zone != in_zone.end()) ++zone->second;
        stray = stray || (zone == in_zone.end() &&
                          !is_avoided(view.group, view.lost_zones, one.zone, now));
    }
    std::int64_t least = INT64_MAX, most = 0;
    for (const auto& [zone, count] : in_zone) {
        least = std::min(least, count);
        most = std::max(most, count);
    }
    std::vector<std::string> poor;
    if (!stray && most - least < 2) return poor;
    for (const auto& [zone, count] : in_zone) {
        if (count == least) poor.push_back(zone);
    }
    return poor;
}

void plan_rebalance(const View& view, const std::vector<Member>& alive, base::Time now,
                    Actions& actions) {
    const Group& group = view.group;
    const auto have = static_cast<std::int64_t>(alive.size());
    const bool moving = std::any_of(view.members.begin(), view.members.end(), is_terminating);
    if (moving || view.refresh || is_suspended(group, "AZRebalance") ||
        is_suspended(group, "Terminate") || have >= group.max_size + rebalance_margin(group)) {
        return;
    }
    const auto poor = poor_zones(view, alive, now);
    if (!poor.empty()) {
        actions.push_back({Do::rebalance, {}, fmt::format("{}", fmt::join(poor, " "))});
    }
}

/// May another unhealthy instance leave, with `serving` healthy ones and `leaving` on their way out?
/// Without a policy a tenth of the group leaves at a time; with one, the healthy ones decide.
bool may_leave(const View& view, std::int64_t serving, std::int64_t moving, bool is_quiet) {
    const Group& group = view.group;
    if (!group.min_healthy) return moving < std::max<std::int64_t>(1, group.desired / 10);
    const auto least = (group.desired * *group.min_healthy + percent - 1) / percent;
    // When nothing more is on its way, waiting would be for ever.
    return serving >= least || is_quiet;
}

}  // namespace

std::int64_t rebalance_margin(const Group& group) {
    return std::max<std::int64_t>(1, part_of(group.max_size, margin_percent));
}

std::int64_t replacement_surge(const Group& group, const std::vector<Member>& present) {
    if (group.max_healthy.value_or(percent) <= percent) return 0;
    if (is_suspended(group, "ReplaceUnhealthy") || is_suspended(group, "Terminate")) return 0;
    const auto sick = std::count_if(present.begin(), present.end(), [](const Member& one) {
        return one.lifecycle == "InService" && one.health != "Healthy";
    });
    const auto extra =
        std::max<std::int64_t>(1, part_of(group.desired, *group.max_healthy - percent));
    return std::max<std::int64_t>(
        0, std::min<std::int64_t>({extra, sick, group.max_size - group.desired}));
}

std::int64_t risk_surge(const Group& group, const std::vector<Member>& present) {
    if (!group.capacity_rebalance.value_or(false)) return 0;
    const auto risky = std::count_if(present.begin(), present.end(), is_risky);
    const auto room = group.max_size + rebalance_margin(group) - group.desired;
    return std::max<std::int64_t>(0, std::min<std::int64_t>(risky, room));
}

/// Once enough others serve, what will be interrupted goes before EC2 takes it.
void plan_risky(const View& view, Actions& actions) {
    const Group& group = view.group;
    if (!group.capacity_rebalance.value_or(false) || is_suspended(group, "Terminate")) return;
    auto serving = std::count_if(view.members.begin(), view.members.end(), [](const Member& one) {
        return is_serving(one) && !is_risky(one);
    });
    for (const auto& member : view.members) {
        if (!is_risky(member) || serving < group.desired) continue;
        actions.push_back({Do::begin_termination, member.id,
                           "an EC2 instance rebalance recommendation."});
    }
}

/// Those that EC2 says are down or impaired serve nobody and go at once; others as may_leave() says.
void plan_replacements(const View& view, Actions& actions) {
    const Group& group = view.group;
    if (is_suspended(group, "ReplaceUnhealthy") || is_suspended(group, "Terminate")) return;
    const auto alive = alive_count(view.members);
    const auto serving = std::count_if(view.members.begin(), view.members.end(), is_serving);
    std::int64_t moving = std::count_if(
        view.members.begin(), view.members.end(), [](const Member& one) {
            return is_pending(one) || is_terminating(one);
        });
    const auto wanted = group.desired + replacement_surge(group, view.members);
    for (const auto& member : view.members) {
        if (member.lifecycle != "InService" || member.health == "Healthy") continue;
        const bool down = view.serves_nobody(member);
        const bool quiet = moving == 0 && (alive >= wanted || is_suspended(group, "Launch"));
        if (!down && !may_leave(view, serving, moving, quiet)) continue;
        if (!down) ++moving;
        actions.push_back(
            {Do::begin_termination, member.id, health_response(member.health_cause)});
    }
}

void plan_capacity(const View& view, base::Time now, Actions& actions) {
    const Group& group = view.group;
    const auto alive = alive_members(view);
    const auto have = static_cast<std::int64_t>(alive.size());
    const auto wanted = group.desired + std::max({refresh_surge(group, view.refresh),
                                           replacement_surge(group, view.members),
                                           risk_surge(group, view.members)});
    const bool launches = !is_suspended(group, "Launch") && now >= group.retry_at;
    if (have < wanted) {
        for (auto i = have; launches && i < wanted; ++i) actions.push_back({Do::launch, {}, {}});
        return;
    }
    // Whoever was launched to balance the zones serves first; only then another one goes.
    const auto coming = std::count_if(alive.begin(), alive.end(), [](const Member& one) {
        return is_pending(one) && !one.extra.empty();
    });
    const auto surplus = have - wanted - coming;
    if (surplus > 0 && !is_suspended(group, "Terminate")) {
        for (const auto& id : choose_victims(alive, surplus, rules_of(view, now))) {
            actions.push_back({Do::shrink, id, {}});
        }
    } else if (have == wanted && launches) {
        plan_rebalance(view, alive, now, actions);
    }
}

}  // namespace stormglass::autoscaling
