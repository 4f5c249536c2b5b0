#include "services/autoscaling/scale_decide.h"

#include <cmath>

#include "services/autoscaling/lookup.h"

namespace stormglass::autoscaling {
namespace {

constexpr double percent = 100;
constexpr double rounding_slack = 1e-9;  // 3 * 50 / 50 is 3, whatever the processor says.

std::int64_t bounded(const Capacity& capacity, std::int64_t wanted) {
    return std::clamp(wanted, capacity.min_size, std::max(capacity.min_size, capacity.max_size));
}

Decision unchanged(const Capacity& capacity, std::string why) {
    return {capacity.desired, std::move(why)};
}

Decision grown(const Capacity& capacity, std::int64_t wanted) {
    const auto desired = bounded(capacity, wanted);
    if (desired > capacity.desired) return {desired, {}};
    if (wanted > desired) {
        return unchanged(capacity, fmt::format("the group is at its maximum size of {}",
                                               capacity.max_size));
    }
    return unchanged(capacity, capacity.warming > 0
                                   ? "enough instances are warming up already"
                                   : "the group has that many instances already");
}

Decision shrunk(const Capacity& capacity, std::int64_t wanted) {
    const auto desired = bounded(capacity, wanted);
    if (capacity.warming > 0) return unchanged(capacity, "instances are warming up");
    if (desired < capacity.desired) return {desired, {}};
    if (wanted < desired) {
        return unchanged(capacity, fmt::format("the group is at its minimum size of {}",
                                               capacity.min_size));
    }
    return unchanged(capacity, capacity.leaving > 0 ? "instances are terminating already"
                                                    : "no instance can be spared");
}

/// How many instances bring the metric to its target, if it falls as they become more.
std::int64_t needed_for(std::int64_t serving, double metric, double target) {
    const double needed = static_cast<double>(serving) * metric / target;
    constexpr double most = 1e9;  // Beyond every group's maximum, within every integer.
    if (!std::isfinite(needed) || needed > most) return static_cast<std::int64_t>(most);
    return static_cast<std::int64_t>(std::ceil(std::max(needed, 0.0) - rounding_slack));
}

bool is_within(const Step& step, double distance) {
    // The bound nearer to the threshold belongs to the step.
    if (distance >= 0) {
        return distance >= step.lower.value_or(-HUGE_VAL) && distance < step.upper.value_or(HUGE_VAL);
    }
    return distance > step.lower.value_or(-HUGE_VAL) && distance <= step.upper.value_or(HUGE_VAL);
}

/// The exact or relative adjustment, where growing counts from what serves and shrinking from all
/// that is still there.
Decision adjust(const Policy& policy, const Capacity& capacity, std::int64_t adjustment) {
    if (policy.adjustment_type == "ExactCapacity") {
        return adjustment >= capacity.desired ? grown(capacity, adjustment)
                                              : shrunk(capacity, adjustment);
    }
    if (adjustment >= 0) {
        const auto base = std::min(capacity.serving, capacity.desired);
        return grown(capacity, base + adjusted(policy, base, adjustment));
    }
    const auto base = capacity.desired + capacity.leaving;
    return shrunk(capacity, base + adjusted(policy, base, adjustment));
}

}  // namespace

std::int64_t adjusted(const Policy& policy, std::int64_t base, std::int64_t adjustment) {
    if (policy.adjustment_type != "PercentChangeInCapacity") return adjustment;
    const double exact = static_cast<double>(base) * static_cast<double>(adjustment) / percent;
    // Towards zero, but what is not nothing is at least one.
    auto change = static_cast<std::int64_t>(exact);
    if (exact > 0) change = std::max<std::int64_t>(change, 1);
    if (exact < 0) change = std::min<std::int64_t>(change, -1);
    const auto least = policy.min_magnitude.value_or(policy.min_step.value_or(0));
    if (adjustment > 0) return std::max(change, least);
    return adjustment < 0 ? std::min(change, -least) : 0;
}

base::Seconds warmup_of(const Group& group, const Policy& policy) {
    if (policy.warmup) return base::Seconds(*policy.warmup);
    return base::Seconds(group.warmup_seconds.value_or(group.default_cooldown));
}

Capacity capacity_of(const Group& group, const std::vector<Member>& present, base::Seconds warmup,
                     base::Time now) {
    Capacity capacity{
        .desired = group.desired, .min_size = group.min_size, .max_size = group.max_size};
    for (const auto& one : present) {
        capacity.leaving += is_terminating(one);
        const bool is_warm = one.lifecycle == "InService" && one.in_service + warmup <= now;
        if (is_warm) {
            ++capacity.serving;
        } else {
            capacity.warming += is_alive(one);
        }
    }
    return capacity;
}

Decision decide_tracking(const Policy& policy, const Capacity& capacity, double metric,
                         Breach breach) {
    const double target = *policy.target_value;
    const auto needed = needed_for(capacity.serving, metric, target);
    if (breach == Breach::above) {
        if (metric <= target) return unchanged(capacity, "the metric is not above its target");
        if (capacity.serving > 0) return grown(capacity, needed);
        return grown(capacity, capacity.warming > 0 ? capacity.desired : 1);
    }
    if (policy.disable_scale_in) return unchanged(capacity, "the policy does not scale in");
    if (metric >= target * low_threshold) {
        return unchanged(capacity, "the metric is not low enough");
    }
    const auto present = capacity.desired + capacity.leaving;
    const auto part = std::max<std::int64_t>(1, present / gradual_part);
    return shrunk(capacity, std::max(needed, present - part));
}

Decision decide_step(const Policy& policy, const Capacity& capacity, double distance) {
    for (const auto& step : policy.steps) {
        if (is_within(step, distance)) return adjust(policy, capacity, step.adjustment);
    }
    return unchanged(capacity, "no step adjustment is for this breach");
}

/// Cooldowns keep simple policies from acting twice; warming and leaving instances are no matter.
Decision decide_simple(const Policy& policy, const Capacity& capacity) {
    Capacity settled = capacity;
    settled.serving = capacity.desired;
    settled.warming = settled.leaving = 0;
    return adjust(policy, settled, policy.adjustment.value_or(0));
}

}  // namespace stormglass::autoscaling
