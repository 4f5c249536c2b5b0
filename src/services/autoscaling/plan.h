// From what is seen of a group to what should be done next: a pure function, so that every decision
// can be tested without time or machines passing.
#pragma once

#include "services/autoscaling/observe.h"

namespace stormglass::autoscaling {

enum class Do {
    note,               // Record what was seen of the member (text).
    register_targets,   // With every target group it lacks.
    leave_targets,      // Deregister from target groups that were detached.
    adopt,              // An attached instance gets the group's tag.
    hold_launch,        // Pending becomes Pending:Wait: the launch hooks begin.
    proceed_launch,     // Pending:Wait becomes Pending:Proceed.
    expire_wait,        // A lifecycle action (text: its hook) timed out.
    settle,             // Pending becomes InService.
    abandon_launch,     // It never came up (text: why).
    note_checks,        // Its EC2 status checks fail (text: "impaired"), or pass again ("ok").
    mark_at_risk,       // EC2 will interrupt it.
    mark_unhealthy,     // text: "EC2", "status" or "ELB".
    begin_termination,  // text: the response to what.
    shrink,             // begin_termination because there are too many.
    drain,              // Deregister everywhere.
    enter_standby,      // Drained: EnteringStandby becomes Standby.
    let_go,             // Drained: a detached instance is the group's no more.
    hold_termination,   // Terminating becomes Terminating:Wait: the termination hooks begin.
    proceed_termination,
    terminate,          // Tell EC2.
    finish,             // It is gone.
    launch,             // One more.
    rebalance,          // One more, in the emptiest zone only (text: the zones that have too few).
    run_schedule,       // A scheduled action (text: its name) is due.
    end_group,
};

struct Action {
    Do what;
    std::string member, text;
    bool operator==(const Action&) const = default;
};
using Actions = std::vector<Action>;

inline constexpr base::Millis pending_max = std::chrono::minutes(15);  // Then a launch has failed.
inline constexpr base::Seconds drain_margin{30};  // Beyond the deregistration delay.
/// How long status checks may fail before the instance counts as lost (AWS: "a few minutes").
inline constexpr base::Seconds impaired_patience{30};

std::vector<Action> plan(const View& view, base::Time now);

// The parts of plan().
/// What is next for one member.
void plan_member(const View& view, const Member& member, base::Time now, Actions& actions);
/// Replacing what is unhealthy, launching, shrinking, rebalancing.
void plan_replacements(const View& view, Actions& actions);
void plan_risky(const View& view, Actions& actions);
void plan_capacity(const View& view, base::Time now, Actions& actions);

/// How many instances may be alive beyond the maximum while zones are rebalanced: AWS's margin.
std::int64_t rebalance_margin(const Group& group);
/// Launches beyond the desired capacity that let unhealthy instances be replaced before they leave
/// (an instance maintenance policy above 100 %). Never beyond the maximum size.
std::int64_t replacement_surge(const Group& group, const std::vector<Member>& present);

/// Launches beyond the desired capacity in the place of Spot instances that will be interrupted, for
/// groups that rebalance capacity. The margin of rebalancing is theirs too.
std::int64_t risk_surge(const Group& group, const std::vector<Member>& present);

/// An instance refresh's next state, and the members to take out of service for it.
struct RefreshStep {
    Refresh refresh;
    std::vector<std::string> victims;
    bool changed = false;
    std::optional<TemplateRef> adopt;  // The group's template from now on.
};
inline constexpr std::int64_t refresh_failures_max = 3;
inline constexpr base::Seconds refresh_stall_max{3600};

RefreshStep step_refresh(const View& view, base::Time now);
/// How many instances a refresh may hold beyond the desired capacity.
std::int64_t refresh_surge(const Group& group, const std::optional<Refresh>& refresh);
/// Why a member is taken out of service, after its cause is known.
std::string health_response(const std::string& health_cause);

}  // namespace stormglass::autoscaling
