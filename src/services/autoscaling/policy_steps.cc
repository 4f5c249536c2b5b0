#include "services/autoscaling/policy_steps.h"

#include <cmath>

#include "services/autoscaling/lookup.h"

namespace stormglass::autoscaling {
namespace {

constexpr std::size_t steps_max = 20;

double lower_of(const Step& step) { return step.lower.value_or(-HUGE_VAL); }
double upper_of(const Step& step) { return step.upper.value_or(HUGE_VAL); }

Result<void> check_step(const Step& step) {
    if (!step.lower && !step.upper) {
        return validation_error("At least one of MetricIntervalLowerBound and "
                                "MetricIntervalUpperBound must be specified in a StepAdjustment");
    }
    if (lower_of(step) >= upper_of(step)) {
        return validation_error("MetricIntervalLowerBound must be less than "
                                "MetricIntervalUpperBound");
    }
    return {};
}

/// In order of their intervals.
Result<void> check_intervals(const std::vector<Step>& steps) {
    for (std::size_t i = 1; i < steps.size(); ++i) {
        const double before = upper_of(steps[i - 1]), after = lower_of(steps[i]);
        if (after < before) {
            return validation_error("StepAdjustment intervals must not overlap");
        }
        if (after > before) {
            return validation_error("StepAdjustment intervals must not have a gap between them");
        }
    }
    if (steps.front().lower && *steps.front().lower < 0) {
        return validation_error("A StepAdjustment with an unspecified lower bound is required when "
                                "another has a negative lower bound");
    }
    if (steps.back().upper && *steps.back().upper > 0) {
        return validation_error("A StepAdjustment with an unspecified upper bound is required when "
                                "another has a positive upper bound");
    }
    return {};
}

}  // namespace

Result<void> read_steps(const api::PutScalingPolicyInput& input, Policy& policy) {
    if (input.step_adjustments.empty()) {
        return validation_error("At least one StepAdjustment must be specified for policy type "
                                "StepScaling");
    }
    if (input.step_adjustments.size() > steps_max) {
        return validation_error(fmt::format("At most {} StepAdjustments may be specified.",
                                            steps_max));
    }
    if (input.scaling_adjustment || input.cooldown) {
        return validation_error("ScalingAdjustment and Cooldown are not supported by policies of "
                                "type StepScaling");
    }
    for (const auto& step : input.step_adjustments) {
        policy.steps.push_back({.lower = step.metric_interval_lower_bound,
                                .upper = step.metric_interval_upper_bound,
                                .adjustment = step.scaling_adjustment.value_or(0)});
        TRY(check_step(policy.steps.back()));
    }
    auto ordered = policy.steps;
    std::sort(ordered.begin(), ordered.end(),
              [](const Step& a, const Step& b) { return lower_of(a) < lower_of(b); });
    return check_intervals(ordered);
}

}  // namespace stormglass::autoscaling
