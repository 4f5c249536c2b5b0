#include "services/cloudwatch/message.h"

#include <algorithm>

namespace stormglass::cloudwatch {
namespace {

using Json = nlohmann::ordered_json;  // Members in AWS's order.

Json dimensions_of(const Dimensions& dimensions) {
    Json all = Json::array();
    for (const auto& one : dimensions) all.push_back({{"value", one.value}, {"name", one.name}});
    return all;
}

Json query_json(const Query& query) {
    Json out;
    if (query.expression) {
        out["Expression"] = *query.expression;
        out["Id"] = query.id;
        if (query.label) out["Label"] = *query.label;
        if (query.period) out["Period"] = *query.period;
        out["ReturnData"] = query.return_data.value_or(true);
        return out;
    }
    out["Id"] = query.id;
    if (query.label) out["Label"] = *query.label;
    Json stat;
    stat["Metric"] = {{"Dimensions", dimensions_of(query.dimensions)},
                      {"MetricName", query.metric_name},
                      {"Namespace", query.metric_namespace}};
    stat["Period"] = query.stat_period.value_or(0);
    stat["Stat"] = query.stat;
    if (query.unit) stat["Unit"] = *query.unit;
    out["MetricStat"] = std::move(stat);
    out["ReturnData"] = query.return_data.value_or(true);
    return out;
}

void add_metric(Json& trigger, const Alarm& alarm) {
    trigger["MetricName"] = alarm.metric_name.value_or("");
    trigger["Namespace"] = alarm.metric_namespace.value_or("");
    if (alarm.statistic) {
        std::string upper = *alarm.statistic == "SampleCount" ? "SAMPLE_COUNT" : *alarm.statistic;
        std::ranges::transform(upper, upper.begin(),
                               [](unsigned char c) { return std::toupper(c); });
        trigger["StatisticType"] = "Statistic";
        trigger["Statistic"] = upper;
    } else {
        trigger["StatisticType"] = "ExtendedStatistic";
        trigger["ExtendedStatistic"] = alarm.extended_statistic.value_or("");
    }
    trigger["Unit"] = alarm.unit ? Json(*alarm.unit) : Json(nullptr);
    trigger["Dimensions"] = dimensions_of(alarm.dimensions);
    trigger["Period"] = alarm.period.value_or(0);
}

Json trigger_of(const Alarm& alarm) {
    Json trigger;
    if (alarm.metrics.empty()) add_metric(trigger, alarm);
    trigger["EvaluationPeriods"] = alarm.evaluation_periods.value_or(1);
    if (alarm.datapoints_to_alarm) trigger["DatapointsToAlarm"] = *alarm.datapoints_to_alarm;
    trigger["ComparisonOperator"] = alarm.comparison_operator;
    trigger["Threshold"] = alarm.threshold.value_or(0);
    trigger["TreatMissingData"] = alarm.treat_missing_data.value_or("missing");
    trigger["EvaluateLowSampleCountPercentile"] = alarm.low_sample_count.value_or("");
    for (const auto& query : alarm.metrics) trigger["Metrics"].push_back(query_json(query));
    return trigger;
}

/// The children whose change made a composite alarm change, from its reason's data.
Json children_of(const Alarm& alarm) {
    Json children = Json::array();
    const auto data = base::parse_json(alarm.state_reason_data.value_or("{}"));
    if (!data || !data->contains("triggeringAlarms")) return children;
    for (const auto& one : (*data)["triggeringAlarms"]) {
        children.push_back({{"Arn", one.value("arn", "")},
                            {"State",
                             {{"Value", one["state"].value("value", "")},
                              {"Timestamp", one["state"].value("timestamp", "")}}}});
    }
    return children;
}

}  // namespace

std::string region_name(std::string_view region) {
    constexpr std::pair<std::string_view, std::string_view> names[] = {
        {"us-east-1", "US East (N. Virginia)"},
        {"us-east-2", "US East (Ohio)"},
        {"us-west-1", "US West (N. California)"},
        {"us-west-2", "US West (Oregon)"},
        {"eu-west-1", "EU (Ireland)"},
        {"eu-west-2", "EU (London)"},
        {"eu-west-3", "EU (Paris)"},
        {"eu-central-1", "EU (Frankfurt)"},
        {"eu-north-1", "EU (Stockholm)"},
        {"ap-southeast-1", "Asia Pacific (Singapore)"},
        {"ap-southeast-2", "Asia Pacific (Sydney)"},
        {"ap-northeast-1", "Asia Pacific (Tokyo)"},
        {"ap-northeast-2", "Asia Pacific (Seoul)"},
        {"ap-south-1", "Asia Pacific (Mumbai)"},
        {"ca-central-1", "Canada (Central)"},
        {"sa-east-1", "South America (Sao Paulo)"}};
    for (const auto& [code, name] : names) {
        if (code == region) return std::string(name);
    }
    return std::string(region);
}

std::string zoned(base::Time time) {
    std::string text = base::iso8601_millis(time);
    text.pop_back();
    return text + "+0000";
}

std::string subject_of(const Alarm& alarm) {
    return fmt::format("{}: \"{}\" in {}", alarm.state, alarm.name, region_name(alarm.region));
}

std::string message_of(const Alarm& alarm, const std::string& old_state) {
    Json out;
    out["AlarmName"] = alarm.name;
    out["AlarmDescription"] = alarm.description ? Json(*alarm.description) : Json(nullptr);
    out["AWSAccountId"] = alarm.account;
    if (!alarm.is_composite()) {
        out["AlarmConfigurationUpdatedTimestamp"] = zoned(alarm.configured);
    }
    out["NewStateValue"] = alarm.state;
    out["NewStateReason"] = alarm.state_reason;
    out["StateChangeTime"] = zoned(alarm.state_transitioned);
    out["Region"] = region_name(alarm.region);
    out["AlarmArn"] = alarm.arn;
    out["OldStateValue"] = old_state;
    out["OKActions"] = alarm.ok_actions;
    out["AlarmActions"] = alarm.alarm_actions;
    out["InsufficientDataActions"] = alarm.insufficient_data_actions;
    if (alarm.is_composite()) {
        out["AlarmRule"] = *alarm.rule;
        out["TriggeringChildren"] = children_of(alarm);
    } else {
        out["Trigger"] = trigger_of(alarm);
    }
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace stormglass::cloudwatch
