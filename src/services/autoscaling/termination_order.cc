#include "services/autoscaling/termination_order.h"

#include <algorithm>
#include <map>

#include "base/strings.h"

namespace stormglass::autoscaling {
namespace {

bool outside(const Member& one, const TerminationRules& rules) {
    return std::find(rules.zones.begin(), rules.zones.end(), one.zone) == rules.zones.end();
}

/// Lower goes first. The template in use counts as the newest.
std::int64_t template_age(const Member& one, const TerminationRules& rules) {
    if (one.launch_template == rules.current) return INT64_MAX;
    if (one.launch_template.id != rules.current.id) return -1;
    return base::parse_integer(one.launch_template.version).value_or(0);
}

/// Milliseconds to the end of the running hour.
std::int64_t to_next_hour(const Member& one, base::Time now) {
    constexpr std::int64_t hour = 3'600'000;
    return hour - (now - one.launched).count() % hour;
}

std::int64_t rank(const Member& one, const std::string& policy, const TerminationRules& rules) {
    const std::int64_t launched = one.launched.time_since_epoch().count();
    if (policy == "OldestInstance") return launched;
    if (policy == "NewestInstance") return -launched;
    if (policy == "OldestLaunchTemplate") return template_age(one, rules);
    if (policy == "AllocationStrategy") {
        return rules.give_spot && one.is_spot == *rules.give_spot ? 0 : 1;
    }
    if (policy == "ClosestToNextInstanceHour") return to_next_hour(one, rules.now);
    return 0;  // OldestLaunchConfiguration tells nothing apart here.
}

std::vector<std::string> expanded(const std::vector<std::string>& policies) {
    std::vector<std::string> all;
    for (const auto& one : policies) {
        if (one == "Default") {
            all.insert(all.end(), {"AllocationStrategy", "OldestLaunchTemplate", "ClosestToNextInstanceHour"});
        } else {
            all.push_back(one);
        }
    }
    return all;
}

/// The next to go: unhealthy, then outside, then of the fullest zone.
std::vector<Member>::iterator next_victim(std::vector<Member>& left,
                                          const std::vector<std::string>& policies,
                                          const TerminationRules& rules,
                                          const std::map<std::string, std::int64_t>& in_zone) {
    const auto key = [&](const Member& one) {
        std::vector<std::int64_t> ranks{one.health == "Healthy", !outside(one, rules),
                                        -in_zone.at(one.zone)};
        for (const auto& policy : policies) ranks.push_back(rank(one, policy, rules));
        return ranks;
    };
    return std::min_element(left.begin(), left.end(), [&](const Member& a, const Member& b) {
        const auto first = key(a), second = key(b);
        return first != second ? first < second : a.id < b.id;
    });
}

}  // namespace

std::vector<std::string> choose_victims(std::vector<Member> alive, std::int64_t count,
                                        const TerminationRules& rules) {
    std::map<std::string, std::int64_t> in_zone;  // Protected ones count.
    for (const auto& one : alive) ++in_zone[one.zone];
    std::erase_if(alive, [](const Member& one) { return one.is_protected; });
    const auto order = expanded(rules.policies);
    std::vector<std::string> chosen;
    while (static_cast<std::int64_t>(chosen.size()) < count && !alive.empty()) {
        const auto victim = next_victim(alive, order, rules, in_zone);
        chosen.push_back(victim->id);
        --in_zone[victim->zone];
        alive.erase(victim);
    }
    return chosen;
}

}  // namespace stormglass::autoscaling
