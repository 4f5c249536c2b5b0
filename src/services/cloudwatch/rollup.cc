#include "services/cloudwatch/rollup.h"

#include "services/cloudwatch/tiers.h"

namespace stormglass::cloudwatch {
namespace {

constexpr std::size_t metrics_per_pass = 200;
constexpr std::size_t points_per_write = 400;  // The writer's lock is held for so many.
constexpr std::size_t blocks_per_write = 4;
constexpr base::Millis pause_between{1'000};
constexpr std::chrono::hours round_every{1};
constexpr std::chrono::minutes round_after{5};  // The hour's last points are in by then.

/// One metric in one unit, within one transaction.
class Series {
public:
    Series(store::Tx& tx, const Scope& scope, const std::string& id, char unit, base::Time now)
        : tx_(tx), scope_(scope), id_(id), unit_(unit), now_(now) {}

    /// true: there is more of it.
    Result<bool> pack(base::Time until) {
        const std::string prefix = prefix_of(fresh_table);
        std::vector<std::string> keys;
        std::map<std::pair<std::size_t, base::Time>, Block> blocks;
        TRY(tx_.scan(prefix, time_key(prefix, until), store::Direction::forward,
                     [&](std::string_view key, std::string_view value) {
                         const base::Time time = time_of_key(key, prefix);
                         const std::size_t tier = tier_of(time);
                         keys.emplace_back(key);
                         if (tier < std::size(tiers)) {
                             const base::Time begin = floor_to(time, tiers[tier].block);
                             blocks[{tier, begin}][floor_to(time, tiers[tier].point)].add(
                                 decode_point(value, Detail::distribution));
                         }
                         return keys.size() < points_per_write ? store::Step::next
                                                               : store::Step::stop;
                     }));
        for (const auto& [where, points] : blocks) TRY(merge(where.first, where.second, points));
        for (const auto& key : keys) tx_.erase(key);
        return keys.size() == points_per_write;
    }

    /// Blocks of a tier that are too old for it go into the next one, or away.
    Result<bool> age(std::size_t tier) {
        const std::string prefix = prefix_of(tiers[tier].table);
        const base::Time until = now_ - tiers[tier].kept - tiers[tier].block;
        std::vector<std::pair<base::Time, std::string>> old;
        TRY(tx_.scan(prefix, time_key(prefix, until), store::Direction::forward,
                     [&](std::string_view key, std::string_view bytes) {
                         old.emplace_back(time_of_key(key, prefix), bytes);
                         return old.size() < blocks_per_write ? store::Step::next
                                                              : store::Step::stop;
                     }));
        for (const auto& [begin, bytes] : old) {
            if (tier + 1 < std::size(tiers)) TRY(coarsen(tier, begin, bytes));
            tx_.erase(time_key(prefix, begin));
        }
        return old.size() == blocks_per_write;
    }

    Result<bool> is_empty() {
        bool any = false;
        const auto look = [&](std::string_view, std::string_view) {
            any = true;
            return store::Step::stop;
        };
        std::vector<std::string> prefixes{prefix_of(fresh_table)};
        for (const Tier& tier : tiers) prefixes.push_back(prefix_of(tier.table));
        for (const auto& prefix : prefixes) {
            TRY(tx_.scan(prefix, store::prefix_end(prefix), store::Direction::forward, look));
        }
        return !any;
    }

private:
    std::string prefix_of(std::string_view table) const {
        return series_prefix(table, scope_, id_, unit_);
    }

    /// The first that keeps points of this age; the number of tiers if none does.
    std::size_t tier_of(base::Time time) const {
        std::size_t tier = 0;
        while (tier < std::size(tiers) && time < now_ - tiers[tier].kept) ++tier;
        return tier;
    }

    Result<void> merge(std::size_t tier, base::Time begin, const Block& points) {
        const std::string key = time_key(prefix_of(tiers[tier].table), begin);
        Block block;
        if (const auto before = TRY(tx_.get(key))) {
            decode_block(*before, tiers[tier], begin, Detail::distribution,
                         [&](base::Time time, const Point& point) { block.emplace(time, point); });
        }
        for (const auto& [time, point] : points) block[time].add(point);
        tx_.put(key, encode_block(block, tiers[tier], begin));
        return {};
    }

    Result<void> coarsen(std::size_t tier, base::Time begin, const std::string& bytes) {
        const Tier& coarse = tiers[tier + 1];
        std::map<base::Time, Block> blocks;
        decode_block(
            bytes, tiers[tier], begin, Detail::distribution,
            [&](base::Time time, const Point& point) {
                blocks[floor_to(time, coarse.block)][floor_to(time, coarse.point)].add(point);
            });
        for (const auto& [at, points] : blocks) TRY(merge(tier + 1, at, points));
        return {};
    }

    store::Tx& tx_;
    const Scope& scope_;
    const std::string& id_;
    char unit_;
    base::Time now_;
};

}  // namespace

Result<void> RollUp::collect() {
    const auto look = store_.read();
    std::vector<Scope> scopes;
    TRY(all_metrics.scan(*look, {}, [&](const std::vector<std::string>& parts, Metric&) {
        tasks_.push_back({{parts[0], parts[1]}, parts[2]});
    }));
    return {};
}

Result<void> RollUp::roll(const Task& task) {
    bool more = true;
    while (more) {
        more = false;
        auto tx = TRY(store_.write());
        const auto seen = TRY(presence(*tx, task.scope, task.id));
        if (!seen) return {};
        const base::Time now = clock_.now();
        const base::Time until = seen->resolution == Resolution::second
                                     ? floor_to(now - seconds_kept, base::Seconds{60})
                                     : floor_to(now, base::Seconds{3600});
        bool is_empty = true;
        for (const char unit : seen->units) {
            Series series(*tx, task.scope, task.id, unit, now);
            more = TRY(series.pack(until)) || more;
            for (std::size_t tier = 0; tier < std::size(tiers); ++tier) {
                more = TRY(series.age(tier)) || more;
            }
            is_empty = TRY(series.is_empty()) && is_empty;
        }
        if (is_empty) {
            erase_metric(*tx, task.scope, task.id);
            TRY(change_count(*tx, task.scope, -1));
        }
        TRY(store_.commit(std::move(tx)));
    }
    return {};
}

Result<base::Millis> RollUp::reconcile() {
    const base::Time now = clock_.now();
    if (tasks_.empty()) {
        if (now < next_) return real_rest(next_ - now, clock_speed_);
        TRY(collect());
        next_ = floor_to(now, round_every) + round_every + round_after;
    }
    for (std::size_t done = 0; done < metrics_per_pass && !tasks_.empty(); ++done) {
        TRY(roll(tasks_.back()));
        tasks_.pop_back();
    }
    return real_rest(tasks_.empty() ? std::max<base::Millis>(next_ - clock_.now(), pause_between)
                                    : pause_between,
                     clock_speed_);
}

}  // namespace stormglass::cloudwatch
