#include "services/cloudwatch/points.h"

#include <charconv>

#include "base/crypto.h"
#include "base/strings.h"
#include "services/cloudwatch/packed.h"
#include "services/cloudwatch/tiers.h"

namespace stormglass::cloudwatch {
namespace {

constexpr std::string_view seen_table = "cloudwatch/seen", count_table = "cloudwatch/count";
constexpr std::size_t id_bytes = 12, hex_digits = 16;
constexpr base::Seconds newest_step{300};
constexpr std::string_view units[] = {"None",
                                      "Seconds",
                                      "Microseconds",
                                      "Milliseconds",
                                      "Bytes",
                                      "Kilobytes",
                                      "Megabytes",
                                      "Gigabytes",
                                      "Terabytes",
                                      "Bits",
                                      "Kilobits",
                                      "Megabits",
                                      "Gigabits",
                                      "Terabits",
                                      "Percent",
                                      "Count",
                                      "Bytes/Second",
                                      "Kilobytes/Second",
                                      "Megabytes/Second",
                                      "Gigabytes/Second",
                                      "Terabytes/Second",
                                      "Bits/Second",
                                      "Kilobits/Second",
                                      "Megabits/Second",
                                      "Gigabits/Second",
                                      "Terabits/Second",
                                      "Count/Second"};

std::uint64_t seconds_of(base::Time time) {
    return static_cast<std::uint64_t>(
        std::chrono::floor<base::Seconds>(time).time_since_epoch().count());
}

base::Time time_of_digits(std::string_view digits) {
    std::uint64_t seconds = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), seconds, 16);
    return base::Time{base::Seconds{seconds}};
}

Presence read_presence(std::string_view text) {
    Presence out;
    if (text.size() < hex_digits + 1) return out;
    out.newest = time_of_digits(text.substr(0, hex_digits));
    out.resolution = text[hex_digits] == 's' ? Resolution::second : Resolution::minute;
    out.units = text.substr(hex_digits + 1);
    return out;
}

std::string write_presence(const Presence& presence) {
    return store::ordered(seconds_of(presence.newest)) +
           (presence.resolution == Resolution::second ? 's' : 'm') + presence.units;
}

/// A metric that is not there yet is added, within the limit; its newest time is kept up.
Result<void> touch(store::Tx& tx, const Scope& scope, const Metric& metric, const std::string& id,
                   char unit, base::Time time, Resolution resolution) {
    const std::string key = store::key({seen_table, scope.account, scope.region, id});
    const auto text = TRY(tx.get(key));
    if (!text) {
        TRY(change_count(tx, scope, 1));
        all_metrics.put(tx, {scope.account, scope.region, id}, metric);
    }
    Presence seen = text ? read_presence(*text) : Presence{};
    const bool is_known = seen.units.find(unit) != std::string::npos;
    if (is_known && seen.newest + newest_step > time &&
        (seen.resolution == Resolution::second || resolution == Resolution::minute)) {
        return {};
    }
    seen.newest = std::max(seen.newest, time);
    if (resolution == Resolution::second) seen.resolution = resolution;
    if (!is_known) seen.units += unit;
    tx.put(key, write_presence(seen));
    return {};
}

Result<void> scan_blocks(store::Tx& tx, const std::string& prefix, const Tier& tier, Span span,
                         Detail detail,
                         const std::function<void(base::Time, const Point&)>& visit) {
    const base::Time first = floor_to(span.from, tier.block);
    return tx.scan(time_key(prefix, first), time_key(prefix, span.to), store::Direction::forward,
                   [&](std::string_view key, std::string_view bytes) {
                       decode_block(bytes, tier, time_of_key(key, prefix), detail,
                                    [&](base::Time time, const Point& point) {
                                        if (time >= span.from && time < span.to) visit(time, point);
                                    });
                       return store::Step::next;
                   });
}

}  // namespace

std::string id_of(const Metric& metric) {
    std::string all = metric.metric_namespace + '\0' + metric.metric_name;
    for (const auto& one : metric.dimensions) all += '\0' + one.name + '\0' + one.value;
    return base::hex_encode(base::sha256(all).substr(0, id_bytes));
}

std::optional<char> unit_code(std::string_view unit) {
    const auto* const found = std::ranges::find(units, unit);
    if (found == std::end(units)) return std::nullopt;
    return static_cast<char>('A' + (found - std::begin(units)));
}

std::string_view unit_name(char code) { return units[static_cast<std::size_t>(code - 'A')]; }

Result<std::optional<Presence>> presence(store::Tx& tx, const Scope& scope, const std::string& id) {
    const auto text = TRY(tx.get(store::key({seen_table, scope.account, scope.region, id})));
    if (!text) return std::nullopt;
    return read_presence(*text);
}

Result<void> scan_presence(
    store::Tx& tx, const Scope& scope,
    const std::function<void(const std::string& id, const Presence& presence)>& visit) {
    const std::string prefix = store::key({seen_table, scope.account, scope.region});
    return tx.scan(prefix, store::prefix_end(prefix), store::Direction::forward,
                   [&](std::string_view key, std::string_view text) {
                       visit(std::string(key.substr(prefix.size(), id_bytes * 2)),
                             read_presence(text));
                       return store::Step::next;
                   });
}

std::string series_prefix(std::string_view table, const Scope& scope, const std::string& id,
                          char unit) {
    return store::key({table, scope.account, scope.region, id, std::string_view(&unit, 1)});
}

std::string time_key(const std::string& prefix, base::Time time) {
    return prefix + store::key({store::ordered(seconds_of(time))});
}

base::Time time_of_key(std::string_view key, const std::string& prefix) {
    return time_of_digits(key.substr(prefix.size(), hex_digits));
}

Result<void> change_count(store::Tx& tx, const Scope& scope, int by) {
    const std::string key = store::key({count_table, scope.account, scope.region});
    std::int64_t count = 0;
    if (const auto text = TRY(tx.get(key))) {
        std::from_chars(text->data(), text->data() + text->size(), count);
    }
    count += by;
    if (by > 0 && count > static_cast<std::int64_t>(metrics_max)) {
        return api::limit_exceeded_fault(
            fmt::format("Stormglass keeps at most {} metrics in a region", metrics_max));
    }
    tx.put(key, std::to_string(count));
    return {};
}

void erase_metric(store::Tx& tx, const Scope& scope, const std::string& id) {
    tx.erase(store::key({seen_table, scope.account, scope.region, id}));
    all_metrics.erase(tx, {scope.account, scope.region, id});
}

Result<void> add_sample(store::Tx& tx, const Scope& scope, const Metric& metric,
                        std::string_view unit, base::Time time, Resolution resolution,
                        const Point& point) {
    const auto code = unit_code(unit);
    if (!code) return api::invalid_parameter_value(fmt::format("There is no unit {}", unit));
    const auto length = resolution == Resolution::second ? base::Seconds{1} : base::Seconds{60};
    const std::string id = id_of(metric);
    TRY(touch(tx, scope, metric, id, *code, time, resolution));
    const std::string key =
        time_key(series_prefix(fresh_table, scope, id, *code), floor_to(time, length));
    std::string value;
    if (const auto before = TRY(tx.get(key))) {
        std::string_view bytes = *before;
        Point merged = decode_point(bytes, Detail::distribution);
        merged.add(point);
        encode(value, merged);
    } else {
        encode(value, point);
    }
    tx.put(key, value);
    return {};
}

void decode_block(std::string_view bytes, const Tier& tier, base::Time begin, Detail detail,
                  const std::function<void(base::Time, const Point&)>& visit) {
    while (!bytes.empty()) {
        const auto slot = static_cast<std::int64_t>(unpack_integer(bytes));
        visit(begin + slot * tier.point, decode_point(bytes, detail));
    }
}

std::string encode_block(const Block& block, const Tier& tier, base::Time begin) {
    std::string bytes;
    for (const auto& [time, point] : block) {
        pack(bytes, static_cast<std::uint64_t>((time - begin) / tier.point));
        encode(bytes, point);
    }
    return bytes;
}

Result<void> scan_points(store::Tx& tx, const Scope& scope, const std::string& id, char unit,
                         Span span, Detail detail,
                         const std::function<void(base::Time, const Point&)>& visit) {
    for (const Tier& tier : tiers) {
        TRY(scan_blocks(tx, series_prefix(tier.table, scope, id, unit), tier, span, detail, visit));
    }
    const std::string prefix = series_prefix(fresh_table, scope, id, unit);
    return tx.scan(time_key(prefix, span.from), time_key(prefix, span.to),
                   store::Direction::forward, [&](std::string_view key, std::string_view value) {
                       visit(time_of_key(key, prefix), decode_point(value, detail));
                       return store::Step::next;
                   });
}

}  // namespace stormglass::cloudwatch
