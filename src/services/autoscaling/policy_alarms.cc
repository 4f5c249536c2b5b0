#include "services/autoscaling/policy_alarms.h"

#include "services/autoscaling/lookup.h"
#include "services/autoscaling/scale_decide.h"

namespace stormglass::autoscaling {
namespace {

namespace watch = stormglass::cloudwatch::api;

constexpr std::int64_t alarm_period = 60;
constexpr std::int64_t high_periods = 3, low_periods = 15;

struct Predefined {
    std::string_view type, space, name, statistic;
};
constexpr Predefined predefined[] = {
    {"ASGAverageCPUUtilization", "AWS/EC2", "CPUUtilization", "Average"},
    {"ASGAverageNetworkIn", "AWS/EC2", "NetworkIn", "Average"},
    {"ASGAverageNetworkOut", "AWS/EC2", "NetworkOut", "Average"},
    {"ALBRequestCountPerTarget", "AWS/ApplicationELB", "RequestCountPerTarget", "Sum"}};

/// The metric a policy tracks, whether it is named or spelled out.
CustomMetric metric_of(const Policy& policy) {
    if (policy.custom_metric) return *policy.custom_metric;
    CustomMetric metric;
    for (const auto& one : predefined) {
        if (one.type != policy.predefined_metric) continue;
        metric.name = one.name;
        metric.space = one.space;
        metric.statistic = one.statistic;
    }
    if (policy.resource_label) {
        const auto at = policy.resource_label->find("targetgroup/");
        metric.dimensions.push_back({"TargetGroup", policy.resource_label->substr(at)});
    } else {
        metric.dimensions.push_back({"AutoScalingGroupName", policy.group});
    }
    return metric;
}

watch::MetricDataQuery query_of(const TrackedQuery& from) {
    watch::MetricDataQuery query;
    query.id = from.id;
    query.expression = from.expression;
    query.label = from.label;
    query.return_data = from.return_data;
    if (from.expression) {
        query.period = from.period;
        return query;
    }
    auto& stat = query.metric_stat.emplace();
    auto& metric = stat.metric.emplace();
    metric.metric_name = from.name;
    metric.namespace_ = from.space;
    for (const auto& one : from.dimensions) metric.dimensions.push_back({one.name, one.value});
    stat.period = from.period.value_or(alarm_period);
    stat.stat = from.stat;
    stat.unit = from.unit;
    return query;
}

void measure(const Policy& policy, watch::PutMetricAlarmInput& input) {
    for (const auto& one : policy.queries) input.metrics.push_back(query_of(one));
    if (!policy.queries.empty()) return;
    const auto metric = metric_of(policy);
    input.metric_name = metric.name;
    input.namespace_ = metric.space;
    input.statistic = metric.statistic;
    input.unit = metric.unit;
    input.period = metric.period.value_or(alarm_period);
    for (const auto& one : metric.dimensions) input.dimensions.push_back({one.name, one.value});
}

Result<void> put_alarm(wire::Request& request, const Peers& peers, const Policy& policy,
                       Breach breach) {
    watch::PutMetricAlarmInput input;
    const bool is_high = breach == Breach::above;
    input.alarm_name = is_high ? policy.alarm_high : policy.alarm_low;
    input.alarm_description = fmt::format(
        "DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {}.", policy.arn);
    input.actions_enabled = true;
    input.alarm_actions.push_back(policy.arn);
    input.comparison_operator = is_high ? "GreaterThanThreshold" : "LessThanThreshold";
    input.evaluation_periods = is_high ? high_periods : low_periods;
    input.threshold = is_high ? *policy.target_value : *policy.target_value * low_threshold;
    measure(policy, input);
    TRY(peers.cloudwatch->put_metric_alarm(request, input));
    return {};
}

bool same_alarms(const Policy& a, const Policy& b) {
    return a.type == b.type && a.target_value == b.target_value &&
           a.predefined_metric == b.predefined_metric && a.resource_label == b.resource_label &&
           a.custom_metric == b.custom_metric && a.queries == b.queries &&
           a.disable_scale_in == b.disable_scale_in;
}

Result<std::optional<watch::MetricAlarm>> find(wire::Request& request, const Peers& peers,
                                               const std::string& name) {
    if (peers.cloudwatch == nullptr) return std::nullopt;
    watch::DescribeAlarmsInput ask;
    ask.alarm_names.push_back(name);
    auto answer = TRY(peers.cloudwatch->describe_alarms(request, ask));
    if (answer.metric_alarms.empty()) return std::nullopt;
    return std::move(answer.metric_alarms.front());
}

base::Json trigger_of(const watch::MetricAlarm& alarm) {
    std::string statistic = alarm.statistic.value_or("");
    std::transform(statistic.begin(), statistic.end(), statistic.begin(),
                   [](unsigned char c) { return std::toupper(c); });
    return {{"MetricName", alarm.metric_name},
            {"EvaluateLowSampleCountPercentile", ""},
            {"ComparisonOperator", alarm.comparison_operator},
            {"TreatMissingData", alarm.treat_missing_data.value_or("")},
            {"Statistic", statistic},
            {"StatisticType", "Statistic"},
            {"Period", alarm.period},
            {"EvaluationPeriods", alarm.evaluation_periods},
            {"Unit", alarm.unit},
            {"Namespace", alarm.namespace_},
            {"Threshold", alarm.threshold}};
}

}  // namespace

Result<void> put_alarms(wire::Request& request, const Peers& peers, base::Random& random,
                        Policy& policy, const std::optional<Policy>& before) {
    if (before && same_alarms(*before, policy)) {
        policy.alarm_high = before->alarm_high;
        policy.alarm_low = before->alarm_low;
        return {};
    }
    if (before) TRY(delete_alarms(request, peers, *before));
    if (policy.type != target_tracking) return {};
    if (peers.cloudwatch == nullptr) return unsupported("target tracking without CloudWatch");
    const wire::ViaService as_autoscaling(request, "autoscaling");
    policy.alarm_high =
        fmt::format("TargetTracking-{}-AlarmHigh-{}", policy.group, random.uuid());
    TRY(put_alarm(request, peers, policy, Breach::above));
    if (policy.disable_scale_in) return {};
    policy.alarm_low = fmt::format("TargetTracking-{}-AlarmLow-{}", policy.group, random.uuid());
    return put_alarm(request, peers, policy, Breach::below);
}

/// One that somebody has deleted already is no error.
Result<void> delete_alarms(wire::Request& request, const Peers& peers, const Policy& policy) {
    const wire::ViaService as_autoscaling(request, "autoscaling");
    for (const auto& name : {policy.alarm_high, policy.alarm_low}) {
        if (name.empty() || !TRY(find(request, peers, name))) continue;
        watch::DeleteAlarmsInput input;
        input.alarm_names.push_back(name);
        TRY(peers.cloudwatch->delete_alarms(request, input));
    }
    return {};
}

Result<wire::List<api::Alarm>> alarms_of(wire::Request& request, const Peers& peers,
                                         const Policy& policy) {
    wire::List<api::Alarm> alarms;
    alarms.present = true;
    if (peers.cloudwatch == nullptr) return alarms;
    watch::DescribeAlarmsInput ask;
    ask.action_prefix = policy.arn;
    const auto answer = TRY(peers.cloudwatch->describe_alarms(request, ask));
    for (const auto& one : answer.metric_alarms) {
        alarms.push_back({.alarm_name = one.alarm_name, .alarm_arn = one.alarm_arn});
    }
    return alarms;
}

Result<std::string> alarm_state(wire::Request& request, const Peers& peers,
                                const std::string& name) {
    const auto alarm = TRY(find(request, peers, name));
    return alarm ? alarm->state_value.value_or("") : "";
}

Result<std::string> invoking_alarm(wire::Request& request, const Peers& peers,
                                   const std::string& name) {
    const auto alarm = TRY(find(request, peers, name));
    if (!alarm) return std::string();
    const auto millis = [](const std::optional<base::Time>& time) {
        return time.value_or(base::Time{}).time_since_epoch().count();
    };
    return base::Json{
        {"AlarmArn", alarm->alarm_arn},
        {"Trigger", trigger_of(*alarm)},
        {"AlarmName", alarm->alarm_name},
        {"AlarmDescription", alarm->alarm_description},
        {"AWSAccountId", request.account},
        {"OldStateValue", alarm->state_value},
        {"Region", request.region},
        {"NewStateValue", alarm->state_value},
        {"AlarmConfigurationUpdatedTimestamp", millis(alarm->alarm_configuration_updated_timestamp)},
        {"StateChangeTime", millis(alarm->state_updated_timestamp)}}
        .dump(-1, ' ', false, base::Json::error_handler_t::replace);
}

}  // namespace stormglass::autoscaling
