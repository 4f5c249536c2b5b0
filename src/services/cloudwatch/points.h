// Data points in the store, in bounded space.
//
// What is put becomes a record of its own under its minute (or second): durable with the
// transaction that put it. The roll-up (rollup.h) later moves such records into blocks of
// one-minute points, and blocks that get old into coarser ones: one minute for 15 days, five
// minutes for 63, one hour for 455. Points of one second are kept for three hours.
//
//   "cloudwatch/metric"   {account, region, id}             which metrics there are
//   "cloudwatch/seen"     {account, region, id}             Presence: units and time of the newest
//   point "cloudwatch/fresh"    {account, region, id, unit, time} a Point "cloudwatch/1m" and so
//   on, likewise                     a block: slot numbers and Points
#pragma once

#include <functional>

#include "services/cloudwatch/point.h"
#include "services/cloudwatch/records.h"

namespace stormglass::cloudwatch {

/// A metric: what ListMetrics names.
struct Metric {
    std::string metric_namespace, metric_name;
    Dimensions dimensions;  // In order.
    auto operator<=>(const Metric&) const = default;
};
STORMGLASS_JSON(Metric, metric_namespace, metric_name, dimensions)
inline constexpr store::Table<Metric> all_metrics{"cloudwatch/metric"};
inline constexpr std::size_t metrics_max = 50'000;  // Of an account in a region.

std::string id_of(const Metric& metric);

/// Whose metrics.
struct Scope {
    std::string account, region;
};
inline Scope scope_of(const wire::Request& request) { return {request.account, request.region}; }

/// AWS's names of units have numbers here; nullopt: there is no such unit.
std::optional<char> unit_code(std::string_view unit);
std::string_view unit_name(char code);

/// What is known of a metric without its points.
struct Presence {
    base::Time newest{};  // To within five minutes.
    Resolution resolution = Resolution::minute;
    std::string units;  // Codes.
};
/// nullopt: there is no such metric.
Result<std::optional<Presence>> presence(store::Tx& tx, const Scope& scope, const std::string& id);
/// ListMetrics' look at all.
Result<void> scan_presence(
    store::Tx& tx, const Scope& scope,
    const std::function<void(const std::string& id, const Presence& presence)>& visit);

/// Adds to the point of the sample's minute (or second).
Result<void> add_sample(store::Tx& tx, const Scope& scope, const Metric& metric,
                        std::string_view unit, base::Time time, Resolution resolution,
                        const Point& point);

struct Span {
    base::Time from, to;  // To exclusive.
};
/// Visits all points of a metric in a unit whose time lies in the span; not in order of time, and
/// possibly several of one minute.
Result<void> scan_points(store::Tx& tx, const Scope& scope, const std::string& id, char unit,
                         Span span, Detail detail,
                         const std::function<void(base::Time, const Point&)>& visit);

}  // namespace stormglass::cloudwatch
