// What a scaling policy makes of a group: pure functions, so that every rule is tested without alarms
// or instances. The rules are AWS's:
// - nothing leaves the bounds;
// - who is warming up is no capacity yet when growing, so that one breach is answered once;
// - nobody is removed while somebody warms up, and who is on its way out still counts when shrinking;
// - target tracking grows in proportion at once and shrinks gradually, never so far that its own metric
//   would be above the target again.
#pragma once

#include "services/autoscaling/records.h"

namespace stormglass::autoscaling {

inline constexpr std::string_view target_tracking = "TargetTrackingScaling";
inline constexpr std::string_view step_scaling = "StepScaling";
inline constexpr std::string_view simple_scaling = "SimpleScaling";

/// A group as its policies see it.
struct Capacity {
    std::int64_t desired = 0, min_size = 0, max_size = 0;
    std::int64_t serving = 0;  // In service and warm.
    std::int64_t warming = 0;  // On the way into service, or in service but not warm.
    std::int64_t leaving = 0;  // On the way out.
};

struct Decision {
    std::int64_t desired = 0;  // As it was: nothing is to change.
    std::string why;           // Then why not.
};

/// Target tracking takes in one call at most this part of the group out of service, at least one.
inline constexpr std::int64_t gradual_part = 10;
/// The low alarm's threshold, as a part of the target.
inline constexpr double low_threshold = 0.9;

/// How long an instance of the group warms up before this policy counts it.
base::Seconds warmup_of(const Group& group, const Policy& policy);
Capacity capacity_of(const Group& group, const std::vector<Member>& present, base::Seconds warmup,
                     base::Time now);

enum class Breach { above, below };  // Which of the policy's two alarms.
Decision decide_tracking(const Policy& policy, const Capacity& capacity, double metric,
                         Breach breach);
/// `distance`: the metric minus the alarm's threshold.
Decision decide_step(const Policy& policy, const Capacity& capacity, double distance);
Decision decide_simple(const Policy& policy, const Capacity& capacity);

/// The adjustment in instances, by its type and MinAdjustmentMagnitude, with AWS's rounding.
std::int64_t adjusted(const Policy& policy, std::int64_t base, std::int64_t adjustment);

}  // namespace stormglass::autoscaling
