#include "services/cloudwatch/labels.h"

#include <fmt/format.h>

#include <numeric>
#include <set>

namespace stormglass::cloudwatch {
namespace {

std::string number_text(double value) { return fmt::format("{:.6g}", value); }

std::optional<std::string> property(const std::string& name, const TimeSeries& series) {
    if (name == "Stat") return series.statistic;
    if (name == "Period") return std::to_string(series.period.count());
    if (!series.metric) return std::nullopt;
    if (name == "MetricName") return series.metric->metric_name;
    if (name == "Namespace") return series.metric->metric_namespace;
    if (!name.starts_with("Dim.")) return std::nullopt;
    for (const auto& one : series.metric->dimensions) {
        if (one.name == name.substr(4)) return one.value;
    }
    return std::nullopt;
}

/// What stands between "${" and "}".
std::optional<std::string> dynamic(const std::string& part, const TimeSeries& series) {
    if (part == "LABEL") return series.label;
    constexpr std::string_view opening = "PROP('";
    if (part.starts_with(opening) && part.ends_with("')")) {
        return property(part.substr(opening.size(), part.size() - opening.size() - 2), series);
    }
    if (series.values.empty()) return std::nullopt;
    std::vector<double> all;
    for (const auto& [time, value] : series.values) all.push_back(value);
    if (part == "AVG") {
        return number_text(std::accumulate(all.begin(), all.end(), 0.0) /
                           static_cast<double>(all.size()));
    }
    if (part == "SUM") return number_text(std::accumulate(all.begin(), all.end(), 0.0));
    if (part == "MIN") return number_text(*std::ranges::min_element(all));
    if (part == "MAX") return number_text(*std::ranges::max_element(all));
    if (part == "FIRST") return number_text(all.front());
    if (part == "LAST") return number_text(all.back());
    return std::nullopt;
}

std::string filled_in(const std::string& label, const TimeSeries& series) {
    std::string out;
    std::size_t at = 0;
    for (;;) {
        const std::size_t open = label.find("${", at);
        const std::size_t close = open == std::string::npos ? open : label.find('}', open);
        if (close == std::string::npos) return out + label.substr(at);
        out += label.substr(at, open - at);
        const auto value = dynamic(label.substr(open + 2, close - open - 2), series);
        out += value.value_or("--");
        at = close + 1;
    }
}

}  // namespace

/// AWS names in a label what differs between the metrics of the request.
Labels::Labels(const std::vector<Query>& queries) {
    std::set<std::string> statistics;
    std::set<std::int64_t> periods;
    for (const auto& query : queries) {
        if (query.metric_name.empty()) continue;
        statistics.insert(query.stat);
        periods.insert(query.stat_period.value_or(0));
    }
    statistics_differ_ = statistics.size() > 1;
    periods_differ_ = periods.size() > 1;
}

std::string Labels::made_up(const Query& query, const TimeSeries& series) const {
    std::string label = series.label;
    if (query.metric_name.empty()) return label.empty() ? query.id : label;
    if (statistics_differ_) label += " " + query.stat;
    if (periods_differ_) label += fmt::format(" {}", query.stat_period.value_or(0));
    return label;
}

std::string Labels::of(const Query& query, const TimeSeries& series) const {
    return query.label ? filled_in(*query.label, series) : made_up(query, series);
}

}  // namespace stormglass::cloudwatch
