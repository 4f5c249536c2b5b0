#include "services/cloudwatch/point.h"

#include <algorithm>

#include "services/cloudwatch/packed.h"

namespace stormglass::cloudwatch {
namespace {

/// How a point is written.
enum class Form : char { one_value = 1, single = 2, opaque = 3, full = 4 };

/// Gives the distribution of a point that is single a body of its own, before another joins it.
void spell_out(Point& point) {
    if (point.distribution.empty()) point.distribution.add(point.minimum, point.count);
}

}  // namespace

Point Point::of(double value, double count) { return {count, value * count, value, value, {}}; }

Point Point::of(const StatisticSet& set) {
    return {set.count, set.sum, set.minimum, set.maximum, {}};
}

Point Point::of(const std::vector<ValueCount>& values) {
    Point all;
    for (const auto& one : values) {
        if (one.count > 0) all.add(of(one.value, one.count));
    }
    return all;
}

void Point::add(const Point& other) {
    if (other.count == 0) return;
    if (count == 0) {
        *this = other;
        return;
    }
    const bool known = has_values() && other.has_values();
    const bool stays_single = is_single() && other.is_single() && minimum == other.minimum;
    if (known && !stays_single) {
        spell_out(*this);
        if (other.distribution.empty()) {
            distribution.add(other.minimum, other.count);
        } else {
            distribution.add(other.distribution);
        }
    } else {
        distribution = {};
    }
    minimum = std::min(minimum, other.minimum);
    maximum = std::max(maximum, other.maximum);
    count += other.count;
    sum += other.sum;
}

void encode(std::string& to, const Point& point) {
    if (point.count == 1 && point.is_single()) {
        to += static_cast<char>(Form::one_value);
        return pack(to, point.minimum);
    }
    if (point.is_single()) {
        to += static_cast<char>(Form::single);
        pack(to, point.minimum);
        pack(to, point.count);
        return pack(to, point.sum);
    }
    to += static_cast<char>(point.distribution.empty() ? Form::opaque : Form::full);
    for (const double figure : {point.count, point.sum, point.minimum, point.maximum}) {
        pack(to, figure);
    }
    if (!point.distribution.empty()) point.distribution.encode(to);
}

Point decode_point(std::string_view& from, Detail detail) {
    if (from.empty()) return {};
    const auto form = static_cast<Form>(from.front());
    from.remove_prefix(1);
    if (form == Form::one_value) return Point::of(unpack_double(from));
    Point point;
    if (form == Form::single) {
        point.minimum = point.maximum = unpack_double(from);
        point.count = unpack_double(from);
        point.sum = unpack_double(from);
        return point;
    }
    point.count = unpack_double(from);
    point.sum = unpack_double(from);
    point.minimum = unpack_double(from);
    point.maximum = unpack_double(from);
    if (form != Form::full) return point;
    if (detail == Detail::distribution) {
        point.distribution = Distribution::decode(from);
    } else {
        Distribution::skip(from);
    }
    return point;
}

}  // namespace stormglass::cloudwatch
