// Data points in the store: per series one point a minute, each the four numbers that all of
// CloudWatch's plain statistics come from (32 bytes: count, sum, minimum, maximum as doubles).
#pragma once

#include <functional>

#include "services/cloudwatch/records.h"

namespace stormglass::cloudwatch {

/// A metric in one unit.
struct Series {
    std::string metric_namespace, metric_name, unit;
    Dimensions dimensions;
    base::Time last{};  // The newest point's time.
    std::string id() const;
};
STORMGLASS_JSON(Series, metric_namespace, metric_name, unit, dimensions, last)
/// Key: {account, region, id}.
inline constexpr store::Table<Series> all_series{"cloudwatch/series"};

struct Point {
    double count = 0, sum = 0, minimum = 0, maximum = 0;
    void add(const Point& other);
};

inline constexpr base::Days kept_max{15};
inline constexpr std::size_t series_max = 5000;  // Of an account in a region.

/// Merges into the minute's point; forgets some of what is too old.
Result<void> add_point(wire::Request& request, const Series& series, base::Time time,
                       const Point& point);
Result<void> scan_points(wire::Request& request, const Series& series, base::Time from,
                         base::Time to, const std::function<void(base::Time, const Point&)>& visit);

}  // namespace stormglass::cloudwatch
