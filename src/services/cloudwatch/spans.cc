#include "services/cloudwatch/spans.h"

#include "services/cloudwatch/tiers.h"

namespace stormglass::cloudwatch {
namespace {

constexpr std::int64_t minute = 60;
constexpr base::Days five_minutes_after{15}, hours_after{63};

base::Seconds rounding(base::Time from, std::int64_t period, base::Time now) {
    if (period < minute) return base::Seconds{period};
    if (from < now - hours_after) return base::Seconds{3600};
    return base::Seconds{from < now - five_minutes_after ? 300 : minute};
}

}  // namespace

Result<Grid> grid_of(Span span, std::int64_t period, base::Time now) {
    if (span.from >= span.to) {
        return api::invalid_parameter_value(
            "The parameter StartTime must be less than the parameter EndTime.");
    }
    const bool is_short =
        period == 1 || period == 5 || period == 10 || period == 20 || period == 30;
    if (period <= 0 || (!is_short && period % minute != 0)) {
        return api::invalid_parameter_value(
            "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.");
    }
    return Grid{{floor_to(span.from, rounding(span.from, period, now)), span.to},
                base::Seconds{period}};
}

Grid taken_in(Grid grid) {
    if (grid.period >= base::Seconds{minute}) {
        grid.span.to = std::chrono::ceil<std::chrono::minutes>(grid.span.to);
    }
    return grid;
}

}  // namespace stormglass::cloudwatch
