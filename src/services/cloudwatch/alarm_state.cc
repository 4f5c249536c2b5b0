// The state of an alarm, and what a change of it sets off.
#include "services/cloudwatch/history.h"
#include "services/cloudwatch/service.h"

namespace stormglass::cloudwatch {
namespace {

const std::vector<std::string>& actions_of(const Alarm& alarm) {
    if (alarm.state == "ALARM") return alarm.alarm_actions;
    return alarm.state == "OK" ? alarm.ok_actions : alarm.insufficient_data_actions;
}

base::Json trigger_of(const Alarm& alarm) {
    base::Json trigger{{"ComparisonOperator", alarm.comparison_operator},
                       {"EvaluationPeriods", alarm.evaluation_periods},
                       {"Threshold", alarm.threshold},
                       {"TreatMissingData", alarm.treat_missing_data.value_or("")}};
    if (!alarm.metric_name) return trigger;
    trigger["MetricName"] = *alarm.metric_name;
    trigger["Namespace"] = alarm.metric_namespace;
    trigger["Period"] = alarm.period;
    trigger["Statistic"] = alarm.statistic ? alarm.statistic : alarm.extended_statistic;
    trigger["Unit"] = alarm.unit;
    trigger["Dimensions"] = alarm.dimensions;
    return trigger;
}

std::string message_of(const Alarm& alarm, const std::string& old_state) {
    return base::Json{
        {"AlarmName", alarm.name},
        {"AlarmDescription", alarm.description},
        {"AWSAccountId", alarm.account},
        {"AlarmConfigurationUpdatedTimestamp", base::iso8601_millis(alarm.configured)},
        {"NewStateValue", alarm.state},
        {"NewStateReason", alarm.state_reason},
        {"StateChangeTime", base::iso8601_millis(alarm.state_transitioned)},
        {"Region", alarm.region},
        {"AlarmArn", alarm.arn},
        {"OldStateValue", old_state},
        {"OKActions", alarm.ok_actions},
        {"AlarmActions", alarm.alarm_actions},
        {"InsufficientDataActions", alarm.insufficient_data_actions},
        {"Trigger", trigger_of(alarm)}}
        .dump(-1, ' ', false, base::Json::error_handler_t::replace);
}

}  // namespace

void Service::run_actions(wire::Request& request, const Alarm& alarm,
                          const std::string& old_state) {
    const wire::ViaService as_cloudwatch(request, "cloudwatch");
    for (const auto& action : actions_of(alarm)) {
        std::string failure;
        if (!action.starts_with("arn:aws:sns:")) {
            failure = "Stormglass runs no other actions than SNS topics";
        } else {
            const auto sent = notifications_.publish(
                request, action,
                fmt::format("{}: \"{}\" in {}", alarm.state, alarm.name, alarm.region),
                message_of(alarm, old_state));
            if (!sent) failure = sent.error().message;
        }
        const std::string summary =
            failure.empty() ? "Successfully executed action " + action
                            : fmt::format("Failed to execute action {}: {}", action, failure);
        timeline_.add({request.now, "alarm", alarm.name, summary, alarm.region});
        // The history is a record of what happened; that it cannot be written changes nothing of
        // it.
        static_cast<void>(
            add_history(request, random_,
                        {alarm.name,
                         "Action",
                         summary,
                         base::Json{{"actionState", failure.empty() ? "Succeeded" : "Failed"},
                                    {"notificationResource", action},
                                    {"error", failure}}
                             .dump(),
                         {}}));
    }
}

Result<api::SetAlarmStateOutput> Service::set_alarm_state(wire::Request& request,
                                                          const api::SetAlarmStateInput& input) {
    auto alarm = TRY(find_alarm(request, input.alarm_name));
    if (!alarm) return api::resource_not_found("");
    if (input.state_reason_data && !base::parse_json(*input.state_reason_data)) {
        return api::invalid_format("StateReasonData is not valid JSON");
    }
    const std::string old_state = alarm->state;
    alarm->state = input.state_value;
    alarm->state_reason = input.state_reason;
    alarm->state_reason_data = input.state_reason_data;
    alarm->state_updated = request.now;
    if (old_state != alarm->state) alarm->state_transitioned = request.now;
    put_alarm(request.tx(), *alarm);
    if (old_state == alarm->state) return api::SetAlarmStateOutput{};
    const std::string summary = fmt::format("Alarm updated from {} to {}", old_state, alarm->state);
    const base::Json data{
        {"version", "1.0"},
        {"oldState", {{"stateValue", old_state}}},
        {"newState", {{"stateValue", alarm->state}, {"stateReason", alarm->state_reason}}}};
    TRY(add_history(request, random_,
                    {alarm->name,
                     "StateUpdate",
                     summary,
                     data.dump(-1, ' ', false, base::Json::error_handler_t::replace),
                     {}}));
    timeline_.add({request.now, "alarm", alarm->name, summary, alarm->region});
    if (alarm->actions_enabled) run_actions(request, *alarm, old_state);
    return api::SetAlarmStateOutput{};
}

}  // namespace stormglass::cloudwatch
