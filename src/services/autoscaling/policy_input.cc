#include "services/autoscaling/policy_input.h"

#include "services/autoscaling/lookup.h"
#include "services/autoscaling/policy_steps.h"
#include "services/autoscaling/scale_decide.h"

namespace stormglass::autoscaling {
namespace {

constexpr std::size_t queries_max = 10;
constexpr std::string_view load_per_target = "ALBRequestCountPerTarget";

template <class List>
std::vector<Dimension> dimensions_of(const List& given) {
    std::vector<Dimension> all;
    for (const auto& one : given) {
        all.push_back({one.name.value_or(""), one.value.value_or("")});
    }
    return all;
}

/// "app/NAME/ID/targetgroup/NAME/ID", of a target group that is the group's.
Result<void> check_label(const Group& group, const std::string& label) {
    const auto at = label.find("/targetgroup/");
    if (!label.starts_with("app/") || at == std::string::npos) {
        return validation_error("ResourceLabel must be in the format "
                                "app/<load-balancer-name>/<load-balancer-id>/targetgroup/"
                                "<target-group-name>/<target-group-id>");
    }
    const std::string suffix = ":" + label.substr(at + 1);
    for (const auto& arn : group.target_groups) {
        if (arn.ends_with(suffix)) return {};
    }
    return validation_error(fmt::format("The target group {} is not attached to the Auto Scaling "
                                        "group.", label.substr(at + 1)));
}

Result<void> read_predefined(const Group& group, const api::PredefinedMetricSpecification& metric,
                             Policy& policy) {
    policy.predefined_metric = metric.predefined_metric_type;
    policy.resource_label = metric.resource_label;
    if (policy.predefined_metric == load_per_target) {
        if (!policy.resource_label) {
            return validation_error("ResourceLabel is required for ALBRequestCountPerTarget");
        }
        return check_label(group, *policy.resource_label);
    }
    if (policy.resource_label) {
        return validation_error("ResourceLabel is only supported for ALBRequestCountPerTarget");
    }
    return {};
}

TrackedQuery query_of(const api::TargetTrackingMetricDataQuery& from) {
    TrackedQuery query{.id = from.id.value_or(""),
                       .expression = from.expression,
                       .label = from.label,
                       .return_data = from.return_data};
    query.period = from.period;
    if (!from.metric_stat) return query;
    const auto& stat = *from.metric_stat;
    query.stat = stat.stat.value_or("");
    query.unit = stat.unit;
    if (stat.period) query.period = stat.period;
    if (!stat.metric) return query;
    query.name = stat.metric->metric_name.value_or("");
    query.space = stat.metric->namespace_.value_or("");
    query.dimensions = dimensions_of(stat.metric->dimensions);
    return query;
}

/// CloudWatch checks the expressions when the alarms are made.
Result<void> read_queries(const api::CustomizedMetricSpecification& metric, Policy& policy) {
    if (metric.metric_name || metric.namespace_ || metric.statistic ||
        !metric.dimensions.empty()) {
        return validation_error("Metrics must not be specified together with MetricName, "
                                "Namespace, Statistic or Dimensions");
    }
    if (metric.metrics.size() > queries_max) {
        return validation_error(fmt::format("At most {} metrics may be specified.", queries_max));
    }
    for (const auto& one : metric.metrics) policy.queries.push_back(query_of(one));
    return {};
}

Result<void> read_custom(const api::CustomizedMetricSpecification& metric, Policy& policy) {
    if (!metric.metrics.empty()) return read_queries(metric, policy);
    if (!metric.metric_name || !metric.namespace_ || !metric.statistic) {
        return validation_error("MetricName, Namespace and Statistic are required in "
                                "CustomizedMetricSpecification");
    }
    policy.custom_metric = CustomMetric{.name = *metric.metric_name,
                                        .space = *metric.namespace_,
                                        .statistic = *metric.statistic,
                                        .unit = metric.unit,
                                        .period = metric.period,
                                        .dimensions = dimensions_of(metric.dimensions)};
    return {};
}

Result<void> read_tracking(const Group& group, const api::PutScalingPolicyInput& input,
                           Policy& policy) {
    if (input.adjustment_type || input.scaling_adjustment || !input.step_adjustments.empty()) {
        return validation_error("AdjustmentType, ScalingAdjustment and StepAdjustments are not "
                                "supported by policies of type TargetTrackingScaling");
    }
    if (!input.target_tracking_configuration || !input.target_tracking_configuration->target_value) {
        return validation_error("TargetTrackingConfiguration is required for policies of type "
                                "TargetTrackingScaling");
    }
    const auto& config = *input.target_tracking_configuration;
    policy.target_value = config.target_value;
    if (*policy.target_value <= 0) return validation_error("TargetValue must be positive");
    policy.disable_scale_in = config.disable_scale_in.value_or(false);
    policy.warmup = input.estimated_instance_warmup;
    const auto& predefined = config.predefined_metric_specification;
    if (predefined.has_value() == config.customized_metric_specification.has_value()) {
        return validation_error("Exactly one of PredefinedMetricSpecification and "
                                "CustomizedMetricSpecification must be specified");
    }
    if (predefined) return read_predefined(group, *predefined, policy);
    return read_custom(*config.customized_metric_specification, policy);
}

Result<void> read_adjustment(const api::PutScalingPolicyInput& input, Policy& policy) {
    if (!input.adjustment_type) {
        return validation_error("AdjustmentType is required for policies of type " + policy.type);
    }
    constexpr std::string_view types[] = {"ChangeInCapacity", "ExactCapacity",
                                          "PercentChangeInCapacity"};
    if (std::find(std::begin(types), std::end(types), *input.adjustment_type) == std::end(types)) {
        return validation_error(fmt::format("AdjustmentType {} is invalid.",
                                            *input.adjustment_type));
    }
    policy.adjustment_type = input.adjustment_type;
    policy.min_step = input.min_adjustment_step;
    policy.min_magnitude = input.min_adjustment_magnitude;
    if ((policy.min_step || policy.min_magnitude) &&
        policy.adjustment_type != "PercentChangeInCapacity") {
        return validation_error("MinAdjustmentMagnitude is only supported for the adjustment type "
                                "PercentChangeInCapacity");
    }
    if (policy.type == step_scaling) {
        policy.metric_aggregation = input.metric_aggregation_type.value_or("Average");
        policy.warmup = input.estimated_instance_warmup;
        return read_steps(input, policy);
    }
    if (!input.scaling_adjustment) {
        return validation_error("ScalingAdjustment is required for policies of type SimpleScaling");
    }
    policy.adjustment = input.scaling_adjustment;
    policy.cooldown = input.cooldown;
    return {};
}

template <class To>
void show_dimensions(const std::vector<Dimension>& from, To& to) {
    for (const auto& one : from) to.push_back({.name = one.name, .value = one.value});
}

api::TargetTrackingMetricDataQuery shown(const TrackedQuery& query) {
    api::TargetTrackingMetricDataQuery shown;
    shown.id = query.id;
    shown.expression = query.expression;
    shown.label = query.label;
    shown.return_data = query.return_data;
    if (query.expression) {
        shown.period = query.period;
        return shown;
    }
    auto& stat = shown.metric_stat.emplace();
    stat.stat = query.stat;
    stat.unit = query.unit;
    stat.period = query.period;
    auto& metric = stat.metric.emplace();
    metric.metric_name = query.name;
    metric.namespace_ = query.space;
    show_dimensions(query.dimensions, metric.dimensions);
    return shown;
}

api::CustomizedMetricSpecification shown(const CustomMetric& custom) {
    api::CustomizedMetricSpecification metric;
    metric.metric_name = custom.name;
    metric.namespace_ = custom.space;
    metric.statistic = custom.statistic;
    metric.unit = custom.unit;
    metric.period = custom.period;
    show_dimensions(custom.dimensions, metric.dimensions);
    return metric;
}

api::TargetTrackingConfiguration tracking_of(const Policy& policy) {
    api::TargetTrackingConfiguration config;
    config.target_value = policy.target_value;
    config.disable_scale_in = policy.disable_scale_in;
    if (policy.predefined_metric) {
        auto& metric = config.predefined_metric_specification.emplace();
        metric.predefined_metric_type = policy.predefined_metric;
        metric.resource_label = policy.resource_label;
    } else if (policy.custom_metric) {
        config.customized_metric_specification = shown(*policy.custom_metric);
    } else {
        auto& metric = config.customized_metric_specification.emplace();
        for (const auto& one : policy.queries) metric.metrics.push_back(shown(one));
    }
    return config;
}

}  // namespace

Result<Policy> wanted_policy(const Group& group, const api::PutScalingPolicyInput& input) {
    Policy policy{.name = input.policy_name, .group = input.auto_scaling_group_name};
    policy.type = input.policy_type.value_or(std::string(simple_scaling));
    policy.enabled = input.enabled.value_or(true);
    if (policy.type == "PredictiveScaling") {
        return unsupported("predictive scaling policies");
    }
    if (policy.type == target_tracking) {
        TRY(read_tracking(group, input, policy));
        return policy;
    }
    if (policy.type != simple_scaling && policy.type != step_scaling) {
        return validation_error(fmt::format("PolicyType {} is invalid. Valid types are: "
                                            "SimpleScaling, StepScaling, TargetTrackingScaling, "
                                            "PredictiveScaling.", policy.type));
    }
    TRY(read_adjustment(input, policy));
    return policy;
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

}  // namespace stormglass::autoscaling
