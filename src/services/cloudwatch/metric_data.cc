// PutMetricData: custom metrics come in.
#include <cmath>

#include "services/cloudwatch/points.h"
#include "services/cloudwatch/service.h"

namespace stormglass::cloudwatch {
namespace {

constexpr std::size_t values_max = 150;
constexpr double magnitude_max = 0x1p360;  // As AWS documents it.
constexpr std::int64_t minute_seconds = 60;
constexpr base::Days past_max{14};
constexpr std::chrono::hours future_max{2};

Unexpected exclusive(const std::string& a, const std::string& b) {
    return api::invalid_parameter_combination(fmt::format(
        "The parameters {} and {} are mutually exclusive and you have specified both.", a, b));
}

Result<void> check_number(const std::string& name, double value) {
    if (!std::isfinite(value) || std::abs(value) > magnitude_max) {
        return api::invalid_parameter_value(
            fmt::format("The value {} for parameter {} is invalid.", value, name));
    }
    return {};
}

Result<Point> point_of_values(const api::MetricDatum& datum, const std::string& name) {
    if (datum.values.size() > values_max) {
        return api::invalid_parameter_value(
            fmt::format("The collection {}.Values must not have a size greater than 150.", name));
    }
    if (!datum.counts.empty() && datum.counts.size() != datum.values.size()) {
        return api::invalid_parameter_value(fmt::format(
            "The parameters {}.Values and {}.Counts must be of the same size.", name, name));
    }
    std::vector<ValueCount> values;
    for (std::size_t i = 0; i < datum.values.size(); ++i) {
        const double count = datum.counts.empty() ? 1 : datum.counts[i], value = datum.values[i];
        TRY(check_number(name + ".Values", value));
        TRY(check_number(name + ".Counts", count));
        values.push_back({value, count});
    }
    return Point::of(values);
}

Result<Point> point_of(const api::MetricDatum& datum, const std::string& name) {
    if (datum.value && !datum.values.empty()) return exclusive(name + ".Value", name + ".Values");
    if (datum.value && datum.statistic_values) {
        return exclusive(name + ".Value", name + ".StatisticValues");
    }
    if (datum.statistic_values && !datum.values.empty()) {
        return exclusive(name + ".StatisticValues", name + ".Values");
    }
    if (datum.value) {
        TRY(check_number(name + ".Value", *datum.value));
        return Point::of(*datum.value);
    }
    if (datum.statistic_values) {
        const auto& set = *datum.statistic_values;
        for (const double value : {set.sample_count, set.sum, set.minimum, set.maximum}) {
            TRY(check_number(name + ".StatisticValues", value));
        }
        if (set.sample_count <= 0 || set.minimum > set.maximum) {
            return api::invalid_parameter_value(
                fmt::format("The parameter {}.StatisticValues is invalid.", name));
        }
        return Point::of(StatisticSet{set.sample_count, set.sum, set.minimum, set.maximum});
    }
    if (datum.values.empty()) {
        return api::missing_required_parameter(fmt::format(
            "At least one of the parameters {}.Value, {}.Values or {}.StatisticValues is required.",
            name, name, name));
    }
    return point_of_values(datum, name);
}

Result<base::Time> time_of(const api::MetricDatum& datum, const std::string& name, base::Time now) {
    const base::Time time = datum.timestamp.value_or(now);
    if (time < now - past_max || time > now + future_max) {
        return api::invalid_parameter_value(fmt::format(
            "The parameter {}.Timestamp must specify a time no more than two weeks in the past and "
            "no more than two hours in the future.",
            name));
    }
    return time;
}

}  // namespace

Result<api::PutMetricDataOutput> Service::put_metric_data(wire::Request& request,
                                                          const api::PutMetricDataInput& input) {
    TRY(request.authorize({.action = "cloudwatch:PutMetricData",
                           .resource = "*",
                           .context = {{"cloudwatch:namespace", {input.namespace_}}},
                           .resource_policy = {},
                           .mode = wire::PolicyMode::identity_or_resource,
                           .resource_account = {}}));
    if (input.namespace_.starts_with("AWS/")) {
        return api::invalid_parameter_value("The value AWS/ for parameter Namespace is invalid.");
    }
    if (!input.entity_metric_data.empty()) {
        return api::invalid_parameter_value("Stormglass does not support EntityMetricData");
    }
    for (std::size_t i = 0; i < input.metric_data.size(); ++i) {
        const auto& datum = input.metric_data[i];
        const std::string name = fmt::format("MetricData.member.{}", i + 1);
        const std::int64_t seconds = datum.storage_resolution.value_or(minute_seconds);
        if (seconds != 1 && seconds != minute_seconds) {
            return api::invalid_parameter_value(
                fmt::format("The parameter {}.StorageResolution must be 1 or 60.", name));
        }
        const Point point = TRY(point_of(datum, name));
        const base::Time time = TRY(time_of(datum, name, request.now));
        if (point.count == 0) continue;
        const Metric metric{input.namespace_, datum.metric_name, sorted(datum.dimensions)};
        TRY(add_sample(request.tx(), scope_of(request), metric, datum.unit.value_or("None"), time,
                       seconds == 1 ? Resolution::second : Resolution::minute, point));
    }
    return api::PutMetricDataOutput{};
}

}  // namespace stormglass::cloudwatch
