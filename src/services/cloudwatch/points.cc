#include "services/cloudwatch/points.h"

#include <cstring>

#include "base/crypto.h"
#include "base/strings.h"

namespace stormglass::cloudwatch {
namespace {

constexpr std::string_view points_table = "cloudwatch/point";
constexpr std::size_t id_bytes = 16;
constexpr std::size_t forgotten_at_once = 10;
constexpr std::size_t hex_digits = 16;

std::string series_key(const wire::Request& request, const Series& series) {
    return store::key({points_table, request.account, request.region, series.id()});
}

std::string point_key(const std::string& series, base::Time time) {
    const auto minute = std::chrono::floor<std::chrono::minutes>(time).time_since_epoch().count();
    return series + store::key({store::ordered(static_cast<std::uint64_t>(minute))});
}

Point read_point(std::string_view value) {
    Point point;
    if (value.size() == sizeof point) std::memcpy(&point, value.data(), sizeof point);
    return point;
}

base::Time time_of(std::string_view digits) {
    std::int64_t minute = 0;
    for (const char c : digits) minute = minute * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
    return base::Time{std::chrono::minutes{minute}};
}

/// A series that is not there yet is added, within the limit.
Result<void> touch(wire::Request& request, Series series, base::Time time) {
    auto& tx = request.tx();
    const store::Parts key{request.account, request.region, series.id()};
    const auto known = TRY(all_series.get(tx, key));
    if (!known) {
        std::size_t count = 0;
        TRY(all_series.scan(tx, {request.account, request.region}, [&](Series&) { ++count; }));
        if (count >= series_max) {
            return api::limit_exceeded_fault("Stormglass keeps at most 5000 metrics in a region");
        }
    } else if (known->last >= time) {
        return {};
    }
    series.last = time;
    all_series.put(tx, key, series);
    return {};
}

}  // namespace

std::string Series::id() const {
    std::string all = metric_namespace + '\0' + metric_name + '\0' + unit;
    for (const auto& one : dimensions) all += '\0' + one.name + '\0' + one.value;
    return base::hex_encode(base::sha256(all).substr(0, id_bytes));
}

void Point::add(const Point& other) {
    if (other.count == 0) return;
    minimum = count == 0 ? other.minimum : std::min(minimum, other.minimum);
    maximum = count == 0 ? other.maximum : std::max(maximum, other.maximum);
    count += other.count;
    sum += other.sum;
}

Result<void> add_point(wire::Request& request, const Series& series, base::Time time,
                       const Point& point) {
    TRY(touch(request, series, time));
    auto& tx = request.tx();
    const std::string prefix = series_key(request, series);
    const std::string key = point_key(prefix, time);
    Point merged;
    if (const auto before = TRY(tx.get(key))) merged = read_point(*before);
    merged.add(point);
    std::string value(sizeof merged, '\0');
    std::memcpy(value.data(), &merged, sizeof merged);
    tx.put(key, value);
    std::vector<std::string> old;
    TRY(tx.scan(prefix, point_key(prefix, request.now - kept_max), store::Direction::forward,
                [&](std::string_view one, std::string_view) {
                    old.emplace_back(one);
                    return old.size() < forgotten_at_once ? store::Step::next : store::Step::stop;
                }));
    for (const auto& one : old) tx.erase(one);
    return {};
}

Result<void> scan_points(wire::Request& request, const Series& series, base::Time from,
                         base::Time to,
                         const std::function<void(base::Time, const Point&)>& visit) {
    const std::string prefix = series_key(request, series);
    return request.tx().scan(
        point_key(prefix, from), point_key(prefix, to), store::Direction::forward,
        [&](std::string_view key, std::string_view value) {
            visit(time_of(key.substr(prefix.size(), hex_digits)), read_point(value));
            return store::Step::next;
        });
}

}  // namespace stormglass::cloudwatch
