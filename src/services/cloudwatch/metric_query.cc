// GetMetricStatistics and GetMetricData over what was put.
#include "services/cloudwatch/points.h"
#include "services/cloudwatch/service.h"

namespace stormglass::cloudwatch {
namespace {

constexpr std::int64_t statistics_points_max = 1440, data_points_max = 100'800;
constexpr const char* units[] = {"Seconds",
                                 "Microseconds",
                                 "Milliseconds",
                                 "Bytes",
                                 "Kilobytes",
                                 "Megabytes",
                                 "Gigabytes",
                                 "Terabytes",
                                 "Bits",
                                 "Kilobits",
                                 "Megabits",
                                 "Gigabits",
                                 "Terabits",
                                 "Percent",
                                 "Count",
                                 "Bytes/Second",
                                 "Kilobytes/Second",
                                 "Megabytes/Second",
                                 "Gigabytes/Second",
                                 "Terabytes/Second",
                                 "Bits/Second",
                                 "Kilobits/Second",
                                 "Megabits/Second",
                                 "Gigabits/Second",
                                 "Terabits/Second",
                                 "Count/Second",
                                 "None"};

/// Points by the start of their period.
using Periods = std::map<base::Time, Point>;

struct Span {
    base::Time from, to;
    base::Seconds period;
};

Result<Span> span_of(base::Time from, base::Time to, std::int64_t period) {
    if (from >= to) {
        return api::invalid_parameter_value(
            "The parameter StartTime must be less than the parameter EndTime.");
    }
    if (period <= 0 || period % 60 != 0) {
        return api::invalid_parameter_value(
            "Stormglass keeps one point a minute: Period must be a multiple of 60");
    }
    // As on AWS, periods begin at the whole minute of the start.
    return Span{std::chrono::floor<std::chrono::minutes>(from), to, base::Seconds{period}};
}

Result<Periods> read(wire::Request& request, const Series& series, const Span& span) {
    Periods periods;
    // The last minute counts when the end lies inside it.
    const base::Time to = std::chrono::ceil<std::chrono::minutes>(span.to);
    TRY(scan_points(request, series, span.from, to, [&](base::Time time, const Point& point) {
        const auto index = (time - span.from) / span.period;
        periods[span.from + index * span.period].add(point);
    }));
    return periods;
}

std::optional<double> statistic(const Point& point, std::string_view name) {
    if (name == "Average") return point.sum / point.count;
    if (name == "Sum") return point.sum;
    if (name == "Minimum") return point.minimum;
    if (name == "Maximum") return point.maximum;
    if (name == "SampleCount") return point.count;
    return std::nullopt;
}

api::Datapoint datapoint(base::Time time, const Point& point,
                         const std::vector<std::string>& wanted, const std::string& unit) {
    api::Datapoint out;
    out.timestamp = time;
    out.unit = unit;
    for (const auto& name : wanted) {
        const double value = *statistic(point, name);
        if (name == "Average") out.average = value;
        if (name == "Sum") out.sum = value;
        if (name == "Minimum") out.minimum = value;
        if (name == "Maximum") out.maximum = value;
        if (name == "SampleCount") out.sample_count = value;
    }
    return out;
}

Result<api::MetricDataResult> answer_query(wire::Request& request,
                                           const api::MetricDataQuery& query,
                                           const api::GetMetricDataInput& input) {
    if (!query.metric_stat || query.expression) {
        return aws_error("ValidationError", "Stormglass does not support metric math expressions");
    }
    if (query.account_id) {
        return aws_error("ValidationError", "Stormglass does not support AccountId in queries");
    }
    const auto& stat = *query.metric_stat;
    if (!stat.metric || !stat.period || !stat.stat || !statistic(Point{1, 0, 0, 0}, *stat.stat)) {
        return aws_error(
            "ValidationError",
            fmt::format("Stormglass does not support the statistic {}", stat.stat.value_or("")));
    }
    const Span span = TRY(span_of(input.start_time, input.end_time, *stat.period));
    Periods merged;
    for (const char* unit : units) {
        if (stat.unit && *stat.unit != unit) continue;
        const Series series{stat.metric->namespace_.value_or(""),
                            stat.metric->metric_name.value_or(""),
                            unit,
                            sorted(stat.metric->dimensions),
                            {}};
        for (const auto& [time, point] : TRY(read(request, series, span))) merged[time].add(point);
    }
    api::MetricDataResult result;
    result.id = query.id;
    result.label = query.label.value_or(stat.metric->metric_name.value_or(""));
    result.status_code = "Complete";
    result.timestamps.present = result.values.present = true;
    for (const auto& [time, point] : merged) {
        result.timestamps.push_back(time);
        result.values.push_back(*statistic(point, *stat.stat));
    }
    if (input.scan_by.value_or("TimestampDescending") == "TimestampDescending") {
        std::ranges::reverse(result.timestamps);
        std::ranges::reverse(result.values);
    }
    return result;
}

}  // namespace

Result<api::GetMetricStatisticsOutput> Service::get_metric_statistics(
    wire::Request& request, const api::GetMetricStatisticsInput& input) {
    if (!input.extended_statistics.empty()) {
        return api::invalid_parameter_value("Stormglass does not support ExtendedStatistics");
    }
    if (input.statistics.empty()) {
        return api::missing_required_parameter(
            "At least one of the parameters Statistics and ExtendedStatistics is required.");
    }
    const Span span = TRY(span_of(input.start_time, input.end_time, input.period));
    const std::int64_t most = (span.to - span.from) / span.period;
    if (most > statistics_points_max) {
        return api::invalid_parameter_combination(fmt::format(
            "You have requested up to {} datapoints, which exceeds the limit of 1440. You may "
            "reduce "
            "the datapoints requested by increasing Period, or decreasing the time range.",
            most));
    }
    api::GetMetricStatisticsOutput output;
    output.label = input.metric_name;
    output.datapoints.present = true;
    for (const char* unit : units) {
        if (input.unit && *input.unit != unit) continue;
        const Series series{
            input.namespace_, input.metric_name, unit, sorted(input.dimensions), {}};
        for (const auto& [time, point] : TRY(read(request, series, span))) {
            output.datapoints.push_back(datapoint(time, point, input.statistics, unit));
        }
    }
    return output;
}

Result<api::GetMetricDataOutput> Service::get_metric_data(wire::Request& request,
                                                          const api::GetMetricDataInput& input) {
    api::GetMetricDataOutput output;
    output.metric_data_results.present = output.messages.present = true;
    std::int64_t points = 0;
    for (const auto& query : input.metric_data_queries) {
        auto result = TRY(answer_query(request, query, input));
        points += static_cast<std::int64_t>(result.values.size());
        if (query.return_data.value_or(true)) {
            output.metric_data_results.push_back(std::move(result));
        }
    }
    const std::int64_t most =
        std::min(input.max_datapoints.value_or(data_points_max), data_points_max);
    if (points > most) {
        return aws_error("ValidationError",
                         fmt::format("{} data points were found, more than {}; Stormglass does not "
                                     "divide them into pages",
                                     points, most));
    }
    return output;
}

}  // namespace stormglass::cloudwatch
