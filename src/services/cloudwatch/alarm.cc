// Alarms: put, delete, switch their actions. alarm_loop.cc evaluates them.
#include "services/cloudwatch/alarm_check.h"
#include "services/cloudwatch/history.h"
#include "services/cloudwatch/queries.h"
#include "services/cloudwatch/service.h"
#include "services/cloudwatch/tags.h"
#include "services/cloudwatch/transitions.h"

namespace stormglass::cloudwatch {
namespace {

void configure(Alarm& alarm, const api::PutMetricAlarmInput& input) {
    alarm.description = input.alarm_description;
    alarm.actions_enabled = input.actions_enabled.value_or(true);
    alarm.ok_actions = input.ok_actions;
    alarm.alarm_actions = input.alarm_actions;
    alarm.insufficient_data_actions = input.insufficient_data_actions;
    alarm.metric_name = input.metric_name;
    alarm.metric_namespace = input.namespace_;
    alarm.statistic = input.statistic;
    alarm.extended_statistic = input.extended_statistic;
    alarm.unit = input.unit;
    alarm.dimensions = sorted(input.dimensions);
    alarm.period = input.period;
    alarm.evaluation_periods = input.evaluation_periods;
    alarm.datapoints_to_alarm = input.datapoints_to_alarm;
    alarm.threshold = input.threshold;
    alarm.comparison_operator = *input.comparison_operator;
    alarm.treat_missing_data = input.treat_missing_data;
    alarm.low_sample_count = input.evaluate_low_sample_count_percentile;
    alarm.metrics.clear();
    for (const auto& query : input.metrics) alarm.metrics.push_back(query_of(query));
}

}  // namespace

Result<api::PutMetricAlarmOutput> Service::put_metric_alarm(wire::Request& request,
                                                            const api::PutMetricAlarmInput& input) {
    TRY(check_alarm(input));
    auto existing = TRY(find_alarm(request, input.alarm_name));
    if (existing && existing->is_composite()) {
        return aws_error("ValidationError", fmt::format("A composite alarm with the name {} exists",
                                                        input.alarm_name));
    }
    Alarm alarm = existing.value_or(Alarm{});
    configure(alarm, input);
    TRY(check_queries(alarm.metrics));
    alarm.configured = request.now;
    if (!existing) {
        alarm.account = request.account;
        alarm.region = request.region;
        alarm.name = input.alarm_name;
        alarm.arn = request.arn("cloudwatch", "alarm:" + alarm.name);
        alarm.state = "INSUFFICIENT_DATA";
        alarm.state_reason = "Unchecked: Initial alarm creation";
        alarm.state_updated = alarm.state_transitioned = request.now;
        TRY(add_tags(alarm.tags, input.tags));  // Of an existing alarm tags are not touched.
    }
    put_alarm(request.tx(), alarm);
    const base::Json data{{"version", "1.0"}, {"type", existing ? "Update" : "Create"}};
    TRY(add_history(request, random_,
                    {alarm.name,
                     "ConfigurationUpdate",
                     fmt::format("Alarm \"{}\" {}", alarm.name, existing ? "updated" : "created"),
                     data.dump(),
                     {},
                     "MetricAlarm"}));
    return api::PutMetricAlarmOutput{};
}

Result<api::DeleteAlarmsOutput> Service::delete_alarms(wire::Request& request,
                                                       const api::DeleteAlarmsInput& input) {
    for (const auto& name : input.alarm_names) {
        if (!TRY(find_alarm(request, name))) return api::resource_not_found("");
    }
    for (const auto& name : input.alarm_names) {
        const store::Parts key{request.account, request.region, name};
        const bool is_composite = TRY(composites.contains(request.tx(), key));
        alarms.erase(request.tx(), key);
        composites.erase(request.tx(), key);
        pending_actions.erase(request.tx(), key);
        TRY(add_history(request, random_,
                        {name,
                         "ConfigurationUpdate",
                         fmt::format("Alarm \"{}\" deleted", name),
                         R"({"type":"Delete","version":"1.0"})",
                         {},
                         is_composite ? "CompositeAlarm" : "MetricAlarm"}));
    }
    return api::DeleteAlarmsOutput{};
}

Result<api::EnableAlarmActionsOutput> Service::enable_alarm_actions(
    wire::Request& request, const api::EnableAlarmActionsInput& input) {
    for (const auto& name : input.alarm_names) {
        auto alarm = TRY(find_alarm(request, name));
        if (!alarm) continue;  // As on AWS.
        alarm->actions_enabled = true;
        put_alarm(request.tx(), *alarm);
    }
    return api::EnableAlarmActionsOutput{};
}

Result<api::DisableAlarmActionsOutput> Service::disable_alarm_actions(
    wire::Request& request, const api::DisableAlarmActionsInput& input) {
    for (const auto& name : input.alarm_names) {
        auto alarm = TRY(find_alarm(request, name));
        if (!alarm) continue;
        alarm->actions_enabled = false;
        put_alarm(request.tx(), *alarm);
    }
    return api::DisableAlarmActionsOutput{};
}

}  // namespace stormglass::cloudwatch
