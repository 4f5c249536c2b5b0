// What CloudWatch keeps, except data points (points.h) and history (history.h).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/cloudwatch.h"
#include "base/json.h"
#include "store/table.h"
#include "wire/request.h"

namespace stormglass::cloudwatch {

struct DimensionValue {
    std::string name, value;
    auto operator<=>(const DimensionValue&) const = default;
};
STORMGLASS_JSON(DimensionValue, name, value)
using Dimensions = std::vector<DimensionValue>;

/// One member of PutMetricAlarm's Metrics.
struct Query {
    std::string id;
    std::optional<std::string> expression, label;
    std::optional<bool> return_data;
    std::optional<std::int64_t> period;
    std::string metric_namespace, metric_name, stat;  // Of MetricStat; empty: an expression.
    Dimensions dimensions;
    std::optional<std::int64_t> stat_period;
    std::optional<std::string> unit;
};
STORMGLASS_JSON(Query, id, expression, label, return_data, period, metric_namespace, metric_name,
                stat, dimensions, stat_period, unit)

struct Alarm {
    std::string account, region, name, arn;
    std::optional<std::string> description;
    bool actions_enabled = true;
    std::vector<std::string> ok_actions, alarm_actions, insufficient_data_actions;
    std::optional<std::string> metric_name, metric_namespace, statistic, extended_statistic, unit;
    Dimensions dimensions;
    std::optional<std::int64_t> period, evaluation_periods, datapoints_to_alarm;
    std::optional<double> threshold;
    std::string comparison_operator;
    std::optional<std::string> treat_missing_data, low_sample_count;
    std::vector<Query> metrics;
    std::map<std::string, std::string> tags;
    std::string state, state_reason;
    std::optional<std::string> state_reason_data;
    base::Time configured{}, state_updated{}, state_transitioned{};

    /// Of a composite alarm, which has a rule instead of metrics.
    std::optional<std::string> rule, suppressor;
    std::optional<std::int64_t> suppressor_wait, suppressor_extension;  // Seconds.
    std::string suppressed_by, suppressed_reason;  // "Alarm", "WaitPeriod", "ExtensionPeriod".
    base::Time suppressed_since{};
    std::string announced = "INSUFFICIENT_DATA";  // The state whose actions ran last.

    std::optional<double> value;  // The newest that was judged when the state last changed.
    std::string scaling_said;     // By a scaling policy, for as long as the state lasts.

    bool is_composite() const { return rule.has_value(); }
};
STORMGLASS_JSON(Alarm, account, region, name, arn, description, actions_enabled, ok_actions,
                alarm_actions, insufficient_data_actions, metric_name, metric_namespace, statistic,
                extended_statistic, unit, dimensions, period, evaluation_periods,
                datapoints_to_alarm, threshold, comparison_operator, treat_missing_data,
                low_sample_count, metrics, tags, state, state_reason, state_reason_data, configured,
                state_updated, state_transitioned, rule, suppressor, suppressor_wait,
                suppressor_extension, suppressed_by, suppressed_reason, suppressed_since, announced,
                value, scaling_said)
/// Key: {account, region, name}.
inline constexpr store::Table<Alarm> alarms{"cloudwatch/alarm"};

/// Which alarms are composite ones. Key: {account, region, name}.
struct CompositeMark {
    std::string account, region, name;
};
STORMGLASS_JSON(CompositeMark, account, region, name)
inline constexpr store::Table<CompositeMark> composites{"cloudwatch/composite"};

/// Dashboards belong to the account, not to a region.
struct Dashboard {
    std::string name, arn, body;
    std::map<std::string, std::string> tags;
    base::Time modified{};
};
STORMGLASS_JSON(Dashboard, name, arn, body, tags, modified)
/// Key: {account, name}.
inline constexpr store::Table<Dashboard> dashboards{"cloudwatch/dashboard"};

/// A copy of the given dimensions in order of their names.
Dimensions sorted(const wire::List<api::Dimension>& dimensions);
wire::List<api::Dimension> shown(const Dimensions& dimensions);
void put_alarm(store::Tx& tx, const Alarm& alarm);
Result<std::optional<Alarm>> find_alarm(wire::Request& request, const std::string& name);

}  // namespace stormglass::cloudwatch
