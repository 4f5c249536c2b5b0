// GetMetricStatistics.
#include "services/cloudwatch/series.h"
#include "services/cloudwatch/service.h"
#include "services/cloudwatch/spans.h"

namespace stormglass::cloudwatch {
namespace {

constexpr std::int64_t points_max = 1440;

Result<std::vector<std::pair<std::string, Statistic>>> extended(
    const api::GetMetricStatisticsInput& input) {
    std::vector<std::pair<std::string, Statistic>> all;
    for (const auto& name : input.extended_statistics) {
        const auto statistic = Statistic::parse(name);
        if (!statistic || statistic->is_plain()) {
            return api::invalid_parameter_value(fmt::format(
                "The value {} for parameter ExtendedStatistics is not supported.", name));
        }
        all.emplace_back(name, *statistic);
    }
    return all;
}

bool wants(const api::GetMetricStatisticsInput& input, std::string_view name) {
    return std::ranges::find(input.statistics, name) != input.statistics.end();
}

api::Datapoint datapoint(base::Time time, const Point& point,
                         const api::GetMetricStatisticsInput& input, const std::string& unit,
                         const std::vector<std::pair<std::string, Statistic>>& more) {
    api::Datapoint out;
    out.timestamp = time;
    out.unit = unit;
    if (wants(input, "Average")) out.average = point.sum / point.count;
    if (wants(input, "Sum")) out.sum = point.sum;
    if (wants(input, "Minimum")) out.minimum = point.minimum;
    if (wants(input, "Maximum")) out.maximum = point.maximum;
    if (wants(input, "SampleCount")) out.sample_count = point.count;
    for (const auto& [name, statistic] : more) {
        if (const auto value = statistic.of(point)) out.extended_statistics[name] = *value;
    }
    return out;
}

}  // namespace

Result<api::GetMetricStatisticsOutput> Service::get_metric_statistics(
    wire::Request& request, const api::GetMetricStatisticsInput& input) {
    if (input.statistics.empty() && input.extended_statistics.empty()) {
        return api::missing_required_parameter(
            "At least one of the parameters Statistics and ExtendedStatistics must be specified.");
    }
    const auto more = TRY(extended(input));
    const Grid grid = TRY(grid_of({input.start_time, input.end_time}, input.period, request.now));
    const std::int64_t most = (grid.span.to - grid.span.from) / grid.period;
    if (most > points_max) {
        return api::invalid_parameter_combination(
            fmt::format("You have requested up to {} datapoints, which exceeds the limit of 1440. "
                        "You may reduce the datapoints requested by increasing Period, or "
                        "decreasing the time range.",
                        most));
    }
    api::GetMetricStatisticsOutput output;
    output.label = input.metric_name;
    output.datapoints.present = true;
    const Metric metric{input.namespace_, input.metric_name, sorted(input.dimensions)};
    const Detail detail = more.empty() ? Detail::figures : Detail::distribution;
    const auto by_unit = TRY(
        read_by_unit(request.tx(), scope_of(request), metric, input.unit, taken_in(grid), detail));
    for (const auto& [unit, periods] : by_unit) {
        for (const auto& [time, point] : periods) {
            output.datapoints.push_back(datapoint(time, point, input, unit, more));
        }
    }
    return output;
}

}  // namespace stormglass::cloudwatch
