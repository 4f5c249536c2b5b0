// From what is seen of a group to what should be done next: a pure function, so that every decision
// can be tested without time or machines passing.
#pragma once

#include "services/autoscaling/observe.h"

namespace stormglass::autoscaling {

enum class Do {
    note,               // Record what was seen of the member (text).
    register_targets,   // With every target group it lacks.
    leave_targets,      // Deregister from target groups that were detached.
    settle,             // Pending becomes InService.
    abandon_launch,     // It never came up (text: why).
    mark_unhealthy,     // text: "EC2" or "ELB".
    begin_termination,  // text: the response to what.
    shrink,             // begin_termination because there are too many.
    drain,              // Deregister everywhere.
    terminate,          // Tell EC2.
    finish,             // It is gone.
    launch,             // One more.
    rebalance,          // One more, in the emptiest zone only.
    end_group,
};

struct Action {
    Do what;
    std::string member, text;
    bool operator==(const Action&) const = default;
};

inline constexpr base::Millis pending_max = std::chrono::minutes(15);  // Then a launch has failed.
inline constexpr base::Seconds drain_margin{30};  // Beyond the deregistration delay.

std::vector<Action> plan(const View& view, base::Time now);

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
