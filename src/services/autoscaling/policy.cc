// Scaling policies, stored and described. Nothing triggers them in this version: no alarm is created.
#include "services/autoscaling/lookup.h"

namespace stormglass::autoscaling {
namespace {

constexpr std::size_t policies_max = 50;  // Of one group.
constexpr std::string_view target_tracking = "TargetTrackingScaling";

Result<void> read_tracking(const api::PutScalingPolicyInput& input, Policy& policy) {
    if (!input.target_tracking_configuration || !input.target_tracking_configuration->target_value) {
        return validation_error("TargetTrackingConfiguration is required for policies of type "
                                "TargetTrackingScaling");
    }
    const auto& config = *input.target_tracking_configuration;
    policy.target_value = config.target_value;
    policy.disable_scale_in = config.disable_scale_in.value_or(false);
    const bool predefined = config.predefined_metric_specification.has_value();
    if (predefined == config.customized_metric_specification.has_value()) {
        return validation_error("Exactly one of PredefinedMetricSpecification and "
                                "CustomizedMetricSpecification must be specified");
    }
    if (predefined) {
        policy.predefined_metric = config.predefined_metric_specification->predefined_metric_type;
        policy.resource_label = config.predefined_metric_specification->resource_label;
        if (policy.predefined_metric == "ALBRequestCountPerTarget" && !policy.resource_label) {
            return validation_error("ResourceLabel is required for ALBRequestCountPerTarget");
        }
        return {};
    }
    const auto& metric = *config.customized_metric_specification;
    if (!metric.metrics.empty()) return unsupported("metric math in scaling policies");
    CustomMetric custom{.name = metric.metric_name.value_or(""),
                        .space = metric.namespace_.value_or(""),
                        .statistic = metric.statistic.value_or(""),
                        .unit = metric.unit,
                        .period = metric.period};
    for (const auto& one : metric.dimensions) {
        custom.dimensions.push_back({one.name.value_or(""), one.value.value_or("")});
    }
    policy.custom_metric = std::move(custom);
    return {};
}

Result<void> read_steps(const api::PutScalingPolicyInput& input, Policy& policy) {
    if (input.step_adjustments.empty()) {
        return validation_error("At least one StepAdjustment must be specified for policy type "
                                "StepScaling");
    }
    for (const auto& step : input.step_adjustments) {
        policy.steps.push_back({.lower = step.metric_interval_lower_bound,
                                .upper = step.metric_interval_upper_bound,
                                .adjustment = step.scaling_adjustment.value_or(0)});
    }
    policy.metric_aggregation = input.metric_aggregation_type.value_or("Average");
    policy.warmup = input.estimated_instance_warmup;
    return {};
}

Result<void> read_adjustment(const api::PutScalingPolicyInput& input, Policy& policy) {
    if (!input.adjustment_type) {
        return validation_error("AdjustmentType is required for policies of type " + policy.type);
    }
    policy.adjustment_type = input.adjustment_type;
    policy.min_step = input.min_adjustment_step;
    policy.min_magnitude = input.min_adjustment_magnitude;
    if (policy.type == "StepScaling") return read_steps(input, policy);
    if (!input.scaling_adjustment) {
        return validation_error("ScalingAdjustment is required for policies of type SimpleScaling");
    }
    policy.adjustment = input.scaling_adjustment;
    policy.cooldown = input.cooldown;
    return {};
}

Result<Policy> wanted_policy(const api::PutScalingPolicyInput& input) {
    Policy policy{.name = input.policy_name, .group = input.auto_scaling_group_name};
    policy.type = input.policy_type.value_or("SimpleScaling");
    policy.enabled = input.enabled.value_or(true);
    if (policy.type == target_tracking) {
        if (input.adjustment_type || input.scaling_adjustment || !input.step_adjustments.empty()) {
            return validation_error("AdjustmentType, ScalingAdjustment and StepAdjustments are not "
                                    "supported by policies of type TargetTrackingScaling");
        }
        TRY(read_tracking(input, policy));
        policy.warmup = input.estimated_instance_warmup;
        return policy;
    }
    if (policy.type != "SimpleScaling" && policy.type != "StepScaling") {
        return unsupported("policies of type " + policy.type);
    }
    TRY(read_adjustment(input, policy));
    return policy;
}

api::TargetTrackingConfiguration tracking_of(const Policy& policy) {
    api::TargetTrackingConfiguration config;
    config.target_value = policy.target_value;
    config.disable_scale_in = policy.disable_scale_in;
    if (policy.predefined_metric) {
        auto& metric = config.predefined_metric_specification.emplace();
        metric.predefined_metric_type = policy.predefined_metric;
        metric.resource_label = policy.resource_label;
    }
    if (policy.custom_metric) {
        auto& metric = config.customized_metric_specification.emplace();
        metric.metric_name = policy.custom_metric->name;
        metric.namespace_ = policy.custom_metric->space;
        if (!policy.custom_metric->statistic.empty()) {
            metric.statistic = policy.custom_metric->statistic;
        }
        metric.unit = policy.custom_metric->unit;
        metric.period = policy.custom_metric->period;
        for (const auto& one : policy.custom_metric->dimensions) {
            metric.dimensions.push_back({.name = one.name, .value = one.value});
        }
    }
    return config;
}

api::ScalingPolicy describe(const Policy& policy) {
    api::ScalingPolicy item;
    item.auto_scaling_group_name = policy.group;
    item.policy_name = policy.name;
    item.policy_arn = policy.arn;
    item.policy_type = policy.type;
    item.adjustment_type = policy.adjustment_type;
    item.min_adjustment_step = policy.min_step;
    item.min_adjustment_magnitude = policy.min_magnitude;
    item.scaling_adjustment = policy.adjustment;
    item.cooldown = policy.cooldown;
    item.step_adjustments.present = item.alarms.present = true;
    for (const auto& step : policy.steps) {
        item.step_adjustments.push_back({.metric_interval_lower_bound = step.lower,
                                         .metric_interval_upper_bound = step.upper,
                                         .scaling_adjustment = step.adjustment});
    }
    item.metric_aggregation_type = policy.metric_aggregation;
    item.estimated_instance_warmup = policy.warmup;
    if (policy.type == target_tracking) item.target_tracking_configuration = tracking_of(policy);
    item.enabled = policy.enabled;
    return item;
}

template <class List>
bool among(const List& list, const std::string& name, const std::string& other) {
    return list.empty() || std::find(list.begin(), list.end(), name) != list.end() ||
           std::find(list.begin(), list.end(), other) != list.end();
}

}  // namespace

Result<api::PutScalingPolicyOutput> Service::put_scaling_policy(
    wire::Request& request, const api::PutScalingPolicyInput& input) {
    TRY(need_group(request, input.auto_scaling_group_name));
    Policy policy = TRY(wanted_policy(input));
    const auto& group = policy.group;
    const auto all = TRY(policies.all(request.tx(), {request.account, request.region, group}));
    for (const auto& one : all) {
        if (one.name == policy.name) policy.arn = one.arn;
    }
    if (policy.arn.empty() && all.size() >= policies_max) {
        return api::limit_exceeded(fmt::format("A group may have at most {} scaling policies.",
                                               policies_max));
    }
    if (policy.arn.empty()) {
        policy.arn = request.arn(
            "autoscaling", fmt::format("scalingPolicy:{}:autoScalingGroupName/{}:policyName/{}",
                                       random_.uuid(), group, policy.name));
    }
    policies.put(request.tx(), {request.account, request.region, group, policy.name}, policy);
    api::PutScalingPolicyOutput output;
    output.policy_arn = policy.arn;
    output.alarms.present = true;
    return output;
}

Result<api::DeletePolicyOutput> Service::delete_policy(wire::Request& request,
                                                       const api::DeletePolicyInput& input) {
    for (const auto& one : TRY(policies.all(request.tx(), {request.account, request.region}))) {
        if (input.auto_scaling_group_name && one.group != *input.auto_scaling_group_name) continue;
        if (one.arn != input.policy_name &&
            (one.name != input.policy_name || !input.auto_scaling_group_name)) {
            continue;
        }
        policies.erase(request.tx(), {request.account, request.region, one.group, one.name});
        return api::DeletePolicyOutput{};
    }
    return validation_error("PolicyName not found - null");
}

Result<api::DescribePoliciesOutput> Service::describe_policies(
    wire::Request& request, const api::DescribePoliciesInput& input) {
    if (input.auto_scaling_group_name) TRY(need_group(request, *input.auto_scaling_group_name));
    auto all = TRY(policies.all(request.tx(), {request.account, request.region}));
    std::erase_if(all, [&](const Policy& one) {
        if (input.auto_scaling_group_name && one.group != *input.auto_scaling_group_name) return true;
        return !among(input.policy_names, one.name, one.arn) ||
               !among(input.policy_types, one.type, one.type);
    });
    const auto one = TRY(page(std::move(all), input.next_token, input.max_records));
    api::DescribePoliciesOutput output;
    for (const auto& policy : one.items) output.scaling_policies.push_back(describe(policy));
    if (!one.next.empty()) output.next_token = one.next;
    return output;
}

}  // namespace stormglass::autoscaling
