// Describing alarms: by name, prefix, state or action, and those of one metric.
#include <set>

#include "services/cloudwatch/composite_rule.h"
#include "services/cloudwatch/records.h"
#include "services/cloudwatch/service.h"
#include "services/common/ids.h"

namespace stormglass::cloudwatch {
namespace {

constexpr std::int64_t page_max = 100;

api::MetricDataQuery shown_query(const Query& query) {
    api::MetricDataQuery out;
    out.id = query.id;
    out.expression = query.expression;
    out.label = query.label;
    out.return_data = query.return_data.value_or(true);
    out.period = query.period;
    if (query.metric_name.empty()) return out;
    auto& stat = out.metric_stat.emplace();
    auto& metric = stat.metric.emplace();
    metric.namespace_ = query.metric_namespace;
    metric.metric_name = query.metric_name;
    metric.dimensions = shown(query.dimensions);
    stat.period = query.stat_period;
    stat.stat = query.stat;
    stat.unit = query.unit;
    return out;
}

api::MetricAlarm shown_alarm(const Alarm& alarm) {
    api::MetricAlarm out;
    out.alarm_name = alarm.name;
    out.alarm_arn = alarm.arn;
    out.alarm_description = alarm.description;
    out.alarm_configuration_updated_timestamp = alarm.configured;
    out.actions_enabled = alarm.actions_enabled;
    out.ok_actions = wire::List<std::string>(alarm.ok_actions);
    out.alarm_actions = wire::List<std::string>(alarm.alarm_actions);
    out.insufficient_data_actions = wire::List<std::string>(alarm.insufficient_data_actions);
    out.state_value = alarm.state;
    out.state_reason = alarm.state_reason;
    out.state_reason_data = alarm.state_reason_data;
    out.state_updated_timestamp = alarm.state_updated;
    out.state_transitioned_timestamp = alarm.state_transitioned;
    out.metric_name = alarm.metric_name;
    out.namespace_ = alarm.metric_namespace;
    out.statistic = alarm.statistic;
    out.extended_statistic = alarm.extended_statistic;
    out.dimensions = shown(alarm.dimensions);
    out.period = alarm.period;
    out.unit = alarm.unit;
    out.evaluation_periods = alarm.evaluation_periods;
    out.datapoints_to_alarm = alarm.datapoints_to_alarm;
    out.threshold = alarm.threshold;
    out.comparison_operator = alarm.comparison_operator;
    out.treat_missing_data = alarm.treat_missing_data;
    out.evaluate_low_sample_count_percentile = alarm.low_sample_count;
    for (const auto& query : alarm.metrics) out.metrics.push_back(shown_query(query));
    return out;
}

api::CompositeAlarm shown_composite(const Alarm& alarm) {
    api::CompositeAlarm out;
    out.alarm_name = alarm.name;
    out.alarm_arn = alarm.arn;
    out.alarm_description = alarm.description;
    out.alarm_configuration_updated_timestamp = alarm.configured;
    out.actions_enabled = alarm.actions_enabled;
    out.ok_actions = wire::List<std::string>(alarm.ok_actions);
    out.alarm_actions = wire::List<std::string>(alarm.alarm_actions);
    out.insufficient_data_actions = wire::List<std::string>(alarm.insufficient_data_actions);
    out.alarm_rule = alarm.rule;
    out.state_value = alarm.state;
    out.state_reason = alarm.state_reason;
    out.state_reason_data = alarm.state_reason_data;
    out.state_updated_timestamp = alarm.state_updated;
    out.state_transitioned_timestamp = alarm.state_transitioned;
    out.actions_suppressor = alarm.suppressor;
    out.actions_suppressor_wait_period = alarm.suppressor_wait;
    out.actions_suppressor_extension_period = alarm.suppressor_extension;
    if (!alarm.suppressed_by.empty()) {
        out.actions_suppressed_by = alarm.suppressed_by;
        out.actions_suppressed_reason = alarm.suppressed_reason;
    }
    return out;
}

bool has_action(const Alarm& alarm, const std::string& prefix) {
    const auto begins = [&](const std::string& action) { return action.starts_with(prefix); };
    return std::ranges::any_of(alarm.ok_actions, begins) ||
           std::ranges::any_of(alarm.alarm_actions, begins) ||
           std::ranges::any_of(alarm.insufficient_data_actions, begins);
}

bool is_wanted(const Alarm& alarm, const api::DescribeAlarmsInput& input) {
    const bool named = input.alarm_names.empty() ||
                       std::ranges::find(input.alarm_names, alarm.name) != input.alarm_names.end();
    return named && alarm.name.starts_with(input.alarm_name_prefix.value_or("")) &&
           (!input.state_value || *input.state_value == alarm.state) &&
           (!input.action_prefix || has_action(alarm, *input.action_prefix));
}

/// Without AlarmTypes only metric alarms are shown, as on AWS.
bool is_of_type(const Alarm& alarm, const api::DescribeAlarmsInput& input) {
    const bool by_kin = input.parents_of_alarm_name || input.children_of_alarm_name;
    if (input.alarm_types.empty()) return by_kin || !alarm.is_composite();
    return std::ranges::find(input.alarm_types,
                             alarm.is_composite() ? "CompositeAlarm" : "MetricAlarm") !=
           input.alarm_types.end();
}

std::vector<std::string> children_of(const Alarm& alarm) {
    const auto rule = CompositeRule::parse(alarm.rule.value_or("FALSE"));
    return rule ? rule->children() : std::vector<std::string>{};
}

/// The alarms that are in the rule of a composite one, or whose rules name an alarm.
Result<std::optional<std::set<std::string>>> family(const std::vector<Alarm>& all,
                                                    const api::DescribeAlarmsInput& input) {
    if (!input.children_of_alarm_name && !input.parents_of_alarm_name) return std::nullopt;
    std::set<std::string> names;
    for (const auto& alarm : all) {
        const auto children = children_of(alarm);
        if (alarm.name == input.children_of_alarm_name) {
            names.insert(children.begin(), children.end());
        }
        if (input.parents_of_alarm_name &&
            std::ranges::find(children, *input.parents_of_alarm_name) != children.end()) {
            names.insert(alarm.name);
        }
    }
    return std::optional(std::move(names));
}

}  // namespace

Result<api::DescribeAlarmsOutput> Service::describe_alarms(wire::Request& request,
                                                           const api::DescribeAlarmsInput& input) {
    if (input.alarm_name_prefix && !input.alarm_names.empty()) {
        return aws_error("ValidationError",
                         "AlarmNamePrefix and AlarmNames cannot both be specified");
    }
    auto all = TRY(alarms.all(request.tx(), {request.account, request.region}));
    const auto kin = TRY(family(all, input));
    std::erase_if(all, [&](const Alarm& alarm) {
        return !is_of_type(alarm, input) || !is_wanted(alarm, input) ||
               (kin && !kin->contains(alarm.name));
    });
    api::DescribeAlarmsOutput output;
    output.metric_alarms.present = output.composite_alarms.present = true;
    const auto size = static_cast<std::size_t>(input.max_records.value_or(page_max));
    const auto page = services::page_of(std::move(all), input.next_token.value_or(""), size);
    if (!page) return api::invalid_next_token("The next token is invalid.");
    for (const auto& alarm : page->items) {
        if (alarm.is_composite()) {
            output.composite_alarms.push_back(shown_composite(alarm));
        } else {
            output.metric_alarms.push_back(shown_alarm(alarm));
        }
    }
    if (!page->next.empty()) output.next_token = page->next;
    return output;
}

Result<api::DescribeAlarmsForMetricOutput> Service::describe_alarms_for_metric(
    wire::Request& request, const api::DescribeAlarmsForMetricInput& input) {
    const Dimensions dimensions = sorted(input.dimensions);
    api::DescribeAlarmsForMetricOutput output;
    output.metric_alarms.present = true;
    TRY(alarms.scan(request.tx(), {request.account, request.region}, [&](Alarm& alarm) {
        if (alarm.metric_name == input.metric_name && alarm.metric_namespace == input.namespace_ &&
            alarm.dimensions == dimensions &&
            (!input.statistic || alarm.statistic == input.statistic) &&
            (!input.extended_statistic || alarm.extended_statistic == input.extended_statistic) &&
            (!input.period || alarm.period == input.period) &&
            (!input.unit || alarm.unit == input.unit)) {
            output.metric_alarms.push_back(shown_alarm(alarm));
        }
    }));
    return output;
}

}  // namespace stormglass::cloudwatch
