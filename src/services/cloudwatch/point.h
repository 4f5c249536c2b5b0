// One data point: the four figures that plain statistics come from and, where it is known, which
// values there were.
#pragma once

#include <string>
#include <string_view>

#include "services/cloudwatch/distribution.h"

namespace stormglass::cloudwatch {

struct Point {
    double count = 0, sum = 0, minimum = 0, maximum = 0;
    /// Empty for a point of one value only (it is `minimum`), and when it is not known.
    Distribution distribution;

    static Point of(double value, double count = 1);
    static Point of(const StatisticSet& set);
    static Point of(const std::vector<ValueCount>& values);
    void add(const Point& other);
    /// Was there one value only, however often?
    bool is_single() const { return minimum == maximum; }
    /// Is it known which values there were? (Not of a statistic set of several values.)
    bool has_values() const { return count > 0 && (is_single() || !distribution.empty()); }
    bool operator==(const Point&) const = default;
};

/// What a reader needs: without distributions it is several times as fast.
enum class Detail { figures, distribution };

void encode(std::string& to, const Point& point);
/// Moves `from` past what it read.
Point decode_point(std::string_view& from, Detail detail);

}  // namespace stormglass::cloudwatch
