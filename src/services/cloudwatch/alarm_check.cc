#include "services/cloudwatch/alarm_check.h"

#include <set>

namespace stormglass::cloudwatch {
namespace {

constexpr std::int64_t minute = 60, hour = 3600, day = 86'400, week = 604'800;
constexpr std::string_view missing_data[] = {"breaching", "notBreaching", "ignore", "missing"};
constexpr std::string_view statistics[] = {"SampleCount", "Average", "Sum", "Minimum", "Maximum"};

Unexpected invalid(const std::string& message) { return aws_error("ValidationError", message); }
Unexpected unsupported(const std::string& what) {
    return api::invalid_parameter_combination("Stormglass does not support " + what);
}

Result<void> check_period(std::int64_t period) {
    if (period == 10 || period == 20 || period == 30 || (period > 0 && period % minute == 0)) {
        return {};
    }
    return invalid("Metric period must be 10, 20, 30 or a multiple of 60");
}

Result<void> check_span(std::int64_t period, std::int64_t periods) {
    const std::int64_t most = period >= hour ? week : day;
    if (period * periods > most) {
        return invalid(
            fmt::format("Metrics cannot be checked across more than {} "
                        "(EvaluationPeriods * Period must be <= {}).",
                        most == day ? "a day" : "seven days", most));
    }
    return {};
}

/// The form with one metric.
Result<void> check_single(const api::PutMetricAlarmInput& input) {
    if (!input.metric_name || !input.namespace_) {
        return invalid(
            "Exactly one of MetricName and Metrics must be given, and MetricName needs a "
            "Namespace");
    }
    if (input.statistic.has_value() == input.extended_statistic.has_value()) {
        return api::invalid_parameter_combination(
            "Exactly one element of Statistic and ExtendedStatistic must be specified");
    }
    if (!input.period) return invalid("Period is required");
    TRY(check_period(*input.period));
    return check_span(*input.period, *input.evaluation_periods);
}

Result<void> check_query(const api::MetricDataQuery& query, std::set<std::string>& ids) {
    const std::string id = query.id.value_or("");
    if (!ids.insert(id).second) return invalid("The id " + id + " is not unique in Metrics");
    if (query.expression.has_value() == query.metric_stat.has_value()) {
        return invalid("Exactly one of Expression and MetricStat must be given in Metrics");
    }
    if (query.account_id) return unsupported("AccountId in Metrics");
    if (query.expression && query.expression->find("ANOMALY_DETECTION_BAND") != std::string::npos) {
        return unsupported("anomaly detection");
    }
    if (!query.metric_stat) return {};
    const auto& stat = *query.metric_stat;
    if (!stat.metric || !stat.period || !stat.stat) return invalid("MetricStat is not complete");
    return check_period(*stat.period);
}

/// The form with several metrics and math.
Result<void> check_metrics(const api::PutMetricAlarmInput& input) {
    if (input.metric_name || input.namespace_ || input.statistic || input.extended_statistic ||
        input.period || input.unit || !input.dimensions.empty()) {
        return api::invalid_parameter_combination(
            "Metrics must not be given together with MetricName, Namespace, Statistic, "
            "ExtendedStatistic, Period, Unit or Dimensions");
    }
    std::set<std::string> ids;
    std::size_t returning = 0;
    for (const auto& query : input.metrics) {
        TRY(check_query(query, ids));
        returning += query.return_data.value_or(true);
    }
    if (returning != 1) {
        return invalid("Exactly one element of the metrics list should return data.");
    }
    return {};
}

Result<void> refuse_unsupported(const api::PutMetricAlarmInput& input) {
    if (input.threshold_metric_id ||
        input.comparison_operator->find("Upper") != std::string::npos ||
        input.comparison_operator->find("Lower") != std::string::npos) {
        return unsupported("anomaly detection");
    }
    if (input.evaluation_criteria || input.evaluation_interval) {
        return unsupported("alarms on PromQL queries");
    }
    return {};
}

}  // namespace

Result<void> check_alarm(const api::PutMetricAlarmInput& input) {
    if (!input.comparison_operator) return invalid("ComparisonOperator is required");
    TRY(refuse_unsupported(input));
    if (!input.evaluation_periods) return invalid("EvaluationPeriods is required");
    if (!input.threshold) return invalid("Threshold is required");
    if (input.datapoints_to_alarm && *input.datapoints_to_alarm > *input.evaluation_periods) {
        return invalid(
            "The parameter DatapointsToAlarm must be less than or equal to "
            "EvaluationPeriods");
    }
    if (input.treat_missing_data &&
        std::ranges::find(missing_data, *input.treat_missing_data) == std::end(missing_data)) {
        return invalid("The value " + *input.treat_missing_data +
                       " is not supported for TreatMissingData parameter. Supported values are "
                       "[breaching, notBreaching, ignore, missing].");
    }
    if (input.statistic &&
        std::ranges::find(statistics, *input.statistic) == std::end(statistics)) {
        return invalid("Statistic is not valid: " + *input.statistic);
    }
    return input.metrics.empty() ? check_single(input) : check_metrics(input);
}

}  // namespace stormglass::cloudwatch
