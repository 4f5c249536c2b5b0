#include "services/cloudwatch/statistic.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

namespace stormglass::cloudwatch {
namespace {

using Kind = Statistic::Kind;
constexpr double all_percent = 100, quartile = 25;

std::optional<double> number(std::string_view text) {
    double value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || end.ec != std::errc{} || end.ptr != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::optional<Kind> trimmed_kind(std::string_view name) {
    if (name == "TM") return Kind::trimmed_mean;
    if (name == "WM") return Kind::winsorized_mean;
    if (name == "TC") return Kind::trimmed_count;
    if (name == "TS") return Kind::trimmed_sum;
    if (name == "PR") return Kind::percentile_rank;
    return std::nullopt;
}

/// "10%:90%", ":95%", "150:1000", ":300": what stands between the brackets.
std::optional<Statistic> parse_range(Kind kind, std::string_view text) {
    Statistic out;
    out.kind = kind;
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view ends[2] = {text.substr(0, colon), text.substr(colon + 1)};
    int percents = 0, given = 0;
    for (int i = 0; i < 2; ++i) {
        if (ends[i].empty()) continue;
        ++given;
        if (ends[i].ends_with('%')) {
            ++percents;
            ends[i].remove_suffix(1);
        }
        const auto value = number(ends[i]);
        if (!value) return std::nullopt;
        (i == 0 ? out.from : out.to) = value;
    }
    if (given == 0 || (percents != 0 && percents != given)) return std::nullopt;
    out.in_percent = percents != 0;
    if (out.from && out.to && *out.from >= *out.to) return std::nullopt;
    if (out.in_percent && (kind == Kind::percentile_rank || out.from.value_or(0) < 0 ||
                           out.to.value_or(0) > all_percent)) {
        return std::nullopt;
    }
    return out;
}

/// "90", "99.99": up to a hundred, with at most ten decimals, as AWS takes them.
std::optional<Statistic> parse_percentile(Kind kind, std::string_view text) {
    const auto value = number(text);
    if (!value || *value < 0 || *value > all_percent) return std::nullopt;
    Statistic out;
    out.kind = kind;
    out.to = value;
    return out;
}

/// How many of a pair's values lie between two ranks.
double overlap(double from, double to, double begin, double end) {
    return std::max(0.0, std::min(to, end) - std::max(from, begin));
}

double percentile(const std::vector<ValueCount>& pairs, double count, double percent) {
    const double rank = std::max(1.0, std::ceil(percent / all_percent * count - 1e-9));
    double seen = 0;
    for (const auto& pair : pairs) {
        seen += pair.count;
        if (seen + 1e-9 >= rank) return pair.value;
    }
    return pairs.back().value;
}

/// Count and sum of what lies in the range.
std::pair<double, double> within(const Statistic& statistic, const std::vector<ValueCount>& pairs,
                                 double total) {
    double count = 0, sum = 0, seen = 0;
    const double from = statistic.from.value_or(0) / all_percent * total;
    const double to = statistic.to.value_or(all_percent) / all_percent * total;
    for (const auto& pair : pairs) {
        double part = 0;
        if (statistic.in_percent) {
            part = overlap(from, to, seen, seen + pair.count);
        } else if ((!statistic.from || pair.value > *statistic.from) &&
                   (!statistic.to || pair.value <= *statistic.to)) {
            part = pair.count;
        }
        seen += pair.count;
        count += part;
        sum += part * pair.value;
    }
    return {count, sum};
}

/// As AWS has it, values outside of the range count as the range's end.
double winsorized(const Statistic& statistic, const std::vector<ValueCount>& pairs, double total) {
    double low = statistic.from.value_or(pairs.front().value);
    double high = statistic.to.value_or(pairs.back().value);
    if (statistic.in_percent) {
        low = percentile(pairs, total, statistic.from.value_or(0));
        high = percentile(pairs, total, statistic.to.value_or(all_percent));
    }
    double sum = 0;
    for (const auto& pair : pairs)
        sum += pair.count * std::clamp(pair.value, low, std::max(low, high));
    return sum / total;
}

std::optional<double> of_values(const Statistic& statistic, const std::vector<ValueCount>& pairs,
                                double total) {
    if (statistic.kind == Kind::percentile) return percentile(pairs, total, *statistic.to);
    if (statistic.kind == Kind::winsorized_mean) return winsorized(statistic, pairs, total);
    const auto [count, sum] = within(statistic, pairs, total);
    if (statistic.kind == Kind::trimmed_count) return count;
    if (statistic.kind == Kind::trimmed_sum) return sum;
    if (statistic.kind == Kind::percentile_rank) return count / total * all_percent;
    if (count == 0) return std::nullopt;
    return sum / count;
}

}  // namespace

std::optional<Statistic> Statistic::parse(std::string_view name) {
    const std::pair<std::string_view, Kind> plain[] = {{"Average", Kind::average},
                                                       {"Sum", Kind::sum},
                                                       {"Minimum", Kind::minimum},
                                                       {"Maximum", Kind::maximum},
                                                       {"SampleCount", Kind::sample_count}};
    for (const auto& [text, kind] : plain) {
        if (name == text) return Statistic{kind, true, {}, {}};
    }
    std::string upper(name);
    std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
    const std::string_view text = upper;
    if (text == "IQM") return Statistic{Kind::trimmed_mean, true, quartile, all_percent - quartile};
    if (text.starts_with('P') && !text.starts_with("PR")) {
        return parse_percentile(Kind::percentile, text.substr(1));
    }
    const auto kind = trimmed_kind(text.substr(0, 2));
    if (!kind) return std::nullopt;
    const std::string_view rest = text.substr(2);
    if (rest.starts_with('(') && rest.ends_with(')')) {
        return parse_range(*kind, rest.substr(1, rest.size() - 2));
    }
    return *kind == Kind::percentile_rank ? std::nullopt : parse_percentile(*kind, rest);
}

std::optional<double> Statistic::of(const Point& point) const {
    if (point.count == 0) return std::nullopt;
    if (kind == Kind::average) return point.sum / point.count;
    if (kind == Kind::sum) return point.sum;
    if (kind == Kind::minimum) return point.minimum;
    if (kind == Kind::maximum) return point.maximum;
    if (kind == Kind::sample_count) return point.count;
    if (!point.has_values()) return std::nullopt;
    const std::vector<ValueCount> one{{point.minimum, point.count}};
    const auto& pairs = point.distribution.empty() ? one : point.distribution.pairs();
    auto value = of_values(*this, pairs, point.count);
    // Rounding must not show a value beyond those that there were.
    if (value && kind != Kind::trimmed_count && kind != Kind::trimmed_sum &&
        kind != Kind::percentile_rank) {
        *value = std::clamp(*value, point.minimum, point.maximum);
    }
    return value;
}

}  // namespace stormglass::cloudwatch
