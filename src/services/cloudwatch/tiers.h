// Where points lie in the store by their age; between points.cc and rollup.cc.
#pragma once

#include <map>

#include "services/cloudwatch/points.h"

namespace stormglass::cloudwatch {

/// Points of one length, in blocks.
struct Tier {
    std::string_view table;
    base::Seconds point, block;
    base::Days kept;
};
inline constexpr Tier tiers[] = {
    {"cloudwatch/1m", base::Seconds{60}, base::Seconds{21'600}, base::Days{15}},
    {"cloudwatch/5m", base::Seconds{300}, base::Seconds{86'400}, base::Days{63}},
    {"cloudwatch/1h", base::Seconds{3600}, base::Seconds{2'592'000}, base::Days{455}}};
inline constexpr std::string_view fresh_table = "cloudwatch/fresh";
inline constexpr std::chrono::hours seconds_kept{3};  // Points of one second.

/// "fresh" or a tier's table; all keys of a metric in a unit.
std::string series_prefix(std::string_view table, const Scope& scope, const std::string& id,
                          char unit);
std::string time_key(const std::string& prefix, base::Time time);
base::Time time_of_key(std::string_view key, const std::string& prefix);

/// A block's points by the time they begin.
using Block = std::map<base::Time, Point>;
void decode_block(std::string_view bytes, const Tier& tier, base::Time begin, Detail detail,
                  const std::function<void(base::Time, const Point&)>& visit);
std::string encode_block(const Block& block, const Tier& tier, base::Time begin);

void erase_metric(store::Tx& tx, const Scope& scope, const std::string& id);
Result<void> change_count(store::Tx& tx, const Scope& scope, int by);

/// What a reconciler returns: its rest is given in the control plane's time, and taken in real
/// time.
inline base::Millis real_rest(base::Millis rest, double clock_speed) {
    constexpr base::Millis least{20};
    const double real = static_cast<double>(rest.count()) / std::max(clock_speed, 1.0);
    return std::max(least, base::Millis{static_cast<std::int64_t>(real)});
}

inline base::Time floor_to(base::Time time, base::Seconds length) {
    const auto since = std::chrono::floor<base::Seconds>(time.time_since_epoch());
    auto past = since % length;
    if (past < base::Seconds{0}) past += length;
    return base::Time{since - past};
}

}  // namespace stormglass::cloudwatch
