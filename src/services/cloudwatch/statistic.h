// Statistics by the names that AWS gives them: Average, p99.9, TM(10%:90%), PR(100:2000), IQM.
#pragma once

#include <optional>
#include <string_view>

#include "services/cloudwatch/point.h"

namespace stormglass::cloudwatch {

struct Statistic {
    enum class Kind {
        average,
        sum,
        minimum,
        maximum,
        sample_count,
        percentile,
        trimmed_mean,
        winsorized_mean,
        trimmed_count,
        trimmed_sum,
        percentile_rank,
    };
    Kind kind = Kind::average;
    /// Of the trimmed ones: from where to where, of all values in order (percent), or as values.
    bool in_percent = true;
    std::optional<double> from, to;  // Percentile: `to` alone.

    /// nullopt: there is no such statistic.
    static std::optional<Statistic> parse(std::string_view name);
    bool is_plain() const { return kind < Kind::percentile; }
    bool is_percentile() const { return kind == Kind::percentile; }
    Detail detail() const { return is_plain() ? Detail::figures : Detail::distribution; }
    /// nullopt: the values of the point are not known, or there are none in the range.
    std::optional<double> of(const Point& point) const;
};

}  // namespace stormglass::cloudwatch
