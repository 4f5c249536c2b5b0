#include "services/autoscaling/group_figures.h"

#include "services/autoscaling/lookup.h"
#include "services/autoscaling/scale.h"

namespace stormglass::autoscaling {
namespace {

template <class Condition>
double count(const std::vector<Member>& present, Condition condition) {
    return static_cast<double>(std::count_if(present.begin(), present.end(), condition));
}

/// Whose figures count for the group: past the default warm-up, if the group has one.
bool is_counted(const Group& group, const Member& member, base::Time now) {
    const base::Seconds warmup{group.warmup_seconds.value_or(0)};
    return member.lifecycle == "InService" && member.in_service + warmup <= now;
}

}  // namespace

const std::vector<std::string>& figure_names() {
    static const std::vector<std::string> names{
        "GroupMinSize", "GroupMaxSize", "GroupDesiredCapacity", "GroupInServiceInstances",
        "GroupPendingInstances", "GroupStandbyInstances", "GroupTerminatingInstances",
        "GroupTotalInstances", "GroupInServiceCapacity", "GroupPendingCapacity",
        "GroupStandbyCapacity", "GroupTerminatingCapacity", "GroupTotalCapacity"};
    return names;
}

std::map<std::string, double> figures_of(const Group& group, const std::vector<Member>& present) {
    const double in_service =
        count(present, [](const Member& one) { return one.lifecycle == "InService"; });
    const double pending = count(present, is_pending);
    const double standby =
        count(present, [](const Member& one) { return one.lifecycle.ends_with("Standby"); });
    const double terminating = count(present, is_terminating);
    const double total = in_service + pending + standby + terminating;
    // Capacities count units; every instance here is one.
    return {{"GroupMinSize", static_cast<double>(group.min_size)},
            {"GroupMaxSize", static_cast<double>(group.max_size)},
            {"GroupDesiredCapacity", static_cast<double>(group.desired)},
            {"GroupInServiceInstances", in_service},
            {"GroupInServiceCapacity", in_service},
            {"GroupPendingInstances", pending},
            {"GroupPendingCapacity", pending},
            {"GroupStandbyInstances", standby},
            {"GroupStandbyCapacity", standby},
            {"GroupTerminatingInstances", terminating},
            {"GroupTerminatingCapacity", terminating},
            {"GroupTotalInstances", total},
            {"GroupTotalCapacity", total}};
}

Result<std::vector<services::GroupFigures>> Scaling::group_figures(store::Tx& tx, base::Time now) {
    std::vector<services::GroupFigures> all;
    std::vector<Group> found;
    TRY(groups.scan(tx, {}, [&](const std::vector<std::string>& parts, Group& group) {
        all.push_back({.account = parts.at(0), .region = parts.at(1), .group = group.name});
        found.push_back(std::move(group));
    }));
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto present = TRY(members.all(
            tx, {all[i].account, all[i].region, all[i].group}));
        const auto figures = figures_of(found[i], present);
        for (const auto& name : found[i].enabled_metrics) {
            const auto figure = figures.find(name);
            if (figure != figures.end()) all[i].figures.insert(*figure);
        }
        for (const auto& one : present) {
            if (is_counted(found[i], one, now)) all[i].counted_instances.push_back(one.id);
        }
    }
    return all;
}

}  // namespace stormglass::autoscaling
