#include "services/cloudwatch/series.h"

#include "services/cloudwatch/tiers.h"

namespace stormglass::cloudwatch {
namespace {

/// Adds points to the periods they belong to. Points come nearly in order: the last period is kept
/// at hand.
class Collector {
public:
    Collector(Periods& to, const Grid& grid) : to_(to), grid_(grid) {}
    void add(base::Time time, const Point& point) {
        if (last_ == nullptr || time < begin_ || time >= begin_ + grid_.period) {
            begin_ = grid_.span.from + (time - grid_.span.from) / grid_.period * grid_.period;
            last_ = &to_.try_emplace(to_.end(), begin_)->second;
        }
        last_->add(point);
    }

private:
    Periods& to_;
    const Grid& grid_;
    base::Time begin_{};
    Point* last_ = nullptr;
};

Result<void> read_unit(store::Tx& tx, const Scope& scope, const std::string& id, char unit,
                       const Grid& grid, Detail detail, Periods& to) {
    Collector collector(to, grid);
    return scan_points(tx, scope, id, unit, grid.span, detail,
                       [&](base::Time time, const Point& point) { collector.add(time, point); });
}

}  // namespace

Result<Periods> read_periods(store::Tx& tx, const Scope& scope, const Metric& metric,
                             const std::optional<std::string>& unit, const Grid& grid,
                             Detail detail) {
    Periods periods;
    const std::string id = id_of(metric);
    const auto seen = TRY(presence(tx, scope, id));
    if (!seen) return periods;
    for (const char code : seen->units) {
        if (unit && *unit != unit_name(code)) continue;
        TRY(read_unit(tx, scope, id, code, grid, detail, periods));
    }
    return periods;
}

Result<std::map<std::string, Periods>> read_by_unit(store::Tx& tx, const Scope& scope,
                                                    const Metric& metric,
                                                    const std::optional<std::string>& unit,
                                                    const Grid& grid, Detail detail) {
    std::map<std::string, Periods> all;
    const std::string id = id_of(metric);
    const auto seen = TRY(presence(tx, scope, id));
    if (!seen) return all;
    for (const char code : seen->units) {
        const std::string name(unit_name(code));
        if (unit && *unit != name) continue;
        TRY(read_unit(tx, scope, id, code, grid, detail, all[name]));
    }
    return all;
}

Values values_of(const Periods& periods, const Statistic& statistic) {
    Values values;
    for (const auto& [time, point] : periods) {
        if (const auto value = statistic.of(point)) values.emplace_hint(values.end(), time, *value);
    }
    return values;
}

}  // namespace stormglass::cloudwatch
