#include "services/autoscaling/plan.h"

#include "services/autoscaling/lookup.h"

namespace stormglass::autoscaling {
namespace {

/// Instances of a group that goes are not drained and have no hooks.
void plan_deletion(const View& view, Actions& actions) {
    for (const auto& member : view.members) {
        if (!is_terminating(member)) actions.push_back({Do::shrink, member.id, {}});
    }
    if (view.members.empty()) actions.push_back({Do::end_group, {}, {}});
}

void plan_schedules(const View& view, base::Time now, Actions& actions) {
    for (const auto& one : view.schedules) {
        if (one.next <= now) actions.push_back({Do::run_schedule, {}, one.name});
    }
}

}  // namespace

std::string health_response(const std::string& cause) {
    if (cause == "ELB") return "an ELB system health check failure.";
    if (cause == "user") return "a user health-check.";
    if (cause == "status") return "an EC2 instance status checks failure.";
    return "an EC2 health check indicating it has been terminated or stopped.";
}

std::vector<Action> plan(const View& view, base::Time now) {
    Actions actions;
    for (const auto& member : view.members) {
        auto observed = describe_observed(view, member);
        if (observed != member.observed) actions.push_back({Do::note, member.id, observed});
        if (!view.group.deleting || is_terminating(member)) {
            plan_member(view, member, now, actions);
        }
    }
    if (view.group.deleting) {
        plan_deletion(view, actions);
        return actions;
    }
    plan_schedules(view, now, actions);
    plan_replacements(view, actions);
    plan_risky(view, actions);
    plan_capacity(view, now, actions);
    return actions;
}

}  // namespace stormglass::autoscaling
