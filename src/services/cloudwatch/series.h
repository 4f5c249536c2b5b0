// Reading points: by period, and as series of one statistic.
#pragma once

#include <map>

#include "services/cloudwatch/points.h"
#include "services/cloudwatch/statistic.h"

namespace stormglass::cloudwatch {

/// Points by the time their period begins.
using Periods = std::map<base::Time, Point>;
/// Values by time: what metric math works with.
using Values = std::map<base::Time, double>;

/// Periods begin at `span.from` and every `period` after it; an end inside the newest points'
/// minute takes that minute in.
struct Grid {
    Span span;
    base::Seconds period;
};

/// All units merge when none is given.
Result<Periods> read_periods(store::Tx& tx, const Scope& scope, const Metric& metric,
                             const std::optional<std::string>& unit, const Grid& grid,
                             Detail detail);
Result<std::map<std::string, Periods>> read_by_unit(store::Tx& tx, const Scope& scope,
                                                    const Metric& metric,
                                                    const std::optional<std::string>& unit,
                                                    const Grid& grid, Detail detail);
Values values_of(const Periods& periods, const Statistic& statistic);

}  // namespace stormglass::cloudwatch
