#include "services/cloudwatch/evaluation.h"

#include <algorithm>

#include "base/strings.h"

namespace stormglass::cloudwatch {
namespace {

/// AWS's example: five points are retrieved for three evaluation periods.
constexpr std::size_t extra_periods = 2;
constexpr double half = 50, all_percent = 100, samples_per_tail = 10;

bool has_few_samples(const AlarmRule& rule, const std::vector<Datum>& points) {
    if (!rule.percentile || points.empty()) return false;
    const double tail = *rule.percentile > half ? all_percent - *rule.percentile : *rule.percentile;
    double samples = 0;
    for (const auto& point : points) samples += point.samples.value_or(0);
    return tail > 0 && samples < samples_per_tail * all_percent / tail;
}

std::size_t count_breaching(const AlarmRule& rule, const std::vector<Datum>& points) {
    return static_cast<std::size_t>(std::ranges::count_if(
        points, [&](const Datum& point) { return breaches(rule, point.value); }));
}

/// AWS's rule against alarms that come too early: all points there are breach, and the oldest of
/// them is at least M periods old.
bool is_ripe(const AlarmRule& rule, const Range& range) {
    std::size_t oldest = 0;
    for (std::size_t back = 1; back <= range.size(); ++back) {
        if (range[range.size() - back]) oldest = back;
    }
    return oldest >= rule.points_to_alarm;
}

/// Fewer points than N, and the missing ones are not filled in.
std::optional<std::string> judge_incomplete(const AlarmRule& rule, const Range& range,
                                            const std::vector<Datum>& points) {
    const bool keeps = rule.missing == MissingData::ignore;
    const std::optional<std::string> unknown =
        keeps ? std::nullopt : std::optional<std::string>("INSUFFICIENT_DATA");
    if (points.empty()) return unknown;
    const std::size_t breaching = count_breaching(rule, points);
    if (breaching >= rule.points_to_alarm) return "ALARM";
    if (breaching < points.size()) return "OK";
    if (!keeps && is_ripe(rule, range)) return "ALARM";
    return unknown;
}

std::string verb_of(const AlarmRule& rule, bool crossed, std::size_t count) {
    const std::string_view to_be = count == 1 ? "was" : "were";
    const std::string_view words = rule.comparison == "GreaterThanThreshold" ? "greater than"
                                   : rule.comparison == "LessThanThreshold"  ? "less than"
                                   : rule.comparison == "GreaterThanOrEqualToThreshold"
                                       ? "greater than or equal to"
                                       : "less than or equal to";
    return fmt::format("{} {}{} the threshold ({})", to_be, crossed ? "" : "not ", words,
                       number_text(rule.threshold));
}

std::string shown_point(const Datum& point) {
    const std::string time = base::iso8601_seconds(point.time);  // 2026-11-24T22:15:00Z
    return fmt::format("{} ({}/{}/{} {})", number_text(point.value), time.substr(8, 2),
                       time.substr(5, 2), time.substr(2, 2), time.substr(11, 8));
}

std::string shown_points(const std::vector<Datum>& points) {
    std::vector<std::string> texts;
    for (const auto& point : points) texts.push_back(shown_point(point));
    return "[" + base::join(texts, ", ") + "]";
}

std::string fill_words(const AlarmRule& rule, std::size_t filled) {
    return fmt::format("{} missing datapoint{} treated as [{}]", filled,
                       filled == 1 ? " was" : "s were",
                       rule.missing == MissingData::breaching ? "Breaching" : "NonBreaching");
}

/// Of the points that were judged, those that decided.
std::string decided(const AlarmRule& rule, const Verdict& verdict, bool crossed) {
    std::vector<Datum> points = verdict.evaluated;
    std::erase_if(points, [&](const Datum& one) { return breaches(rule, one.value) != crossed; });
    const std::string verb = verb_of(rule, crossed, points.size());
    if (!rule.points_given) {
        return fmt::format("{} datapoint{} {} {}", points.size(), points.size() == 1 ? "" : "s",
                           shown_points(points), verb);
    }
    const std::size_t needed =
        crossed ? rule.points_to_alarm : rule.periods - rule.points_to_alarm + 1;
    return fmt::format(
        "{} out of the last {} datapoints {} {} (minimum {} datapoint{} for {} "
        "transition)",
        points.size(), rule.periods, shown_points(points), verb, needed, needed == 1 ? "" : "s",
        crossed ? "OK -> ALARM" : "ALARM -> OK");
}

}  // namespace

std::string number_text(double value) {
    std::string text = fmt::format("{}", value);
    if (text.find_first_of(".en") == std::string::npos) text += ".0";
    return text;
}

AlarmRule rule_of(const Alarm& alarm) {
    AlarmRule rule;
    rule.periods = static_cast<std::size_t>(alarm.evaluation_periods.value_or(1));
    rule.points_to_alarm = static_cast<std::size_t>(
        alarm.datapoints_to_alarm.value_or(alarm.evaluation_periods.value_or(1)));
    rule.points_given = alarm.datapoints_to_alarm.has_value();
    rule.threshold = alarm.threshold.value_or(0);
    rule.comparison = alarm.comparison_operator;
    const std::string missing = alarm.treat_missing_data.value_or("missing");
    if (missing == "ignore") rule.missing = MissingData::ignore;
    if (missing == "breaching") rule.missing = MissingData::breaching;
    if (missing == "notBreaching") rule.missing = MissingData::not_breaching;
    if (alarm.metric_namespace == "AWS/DynamoDB") rule.missing = MissingData::ignore;
    const auto statistic = Statistic::parse(alarm.extended_statistic.value_or(""));
    if (statistic && statistic->is_percentile() && alarm.low_sample_count == "ignore") {
        rule.percentile = statistic->to;
    }
    return rule;
}

std::size_t range_periods(const AlarmRule& rule) { return rule.periods + extra_periods; }

bool breaches(const AlarmRule& rule, double value) {
    if (rule.comparison == "GreaterThanThreshold") return value > rule.threshold;
    if (rule.comparison == "LessThanThreshold") return value < rule.threshold;
    if (rule.comparison == "GreaterThanOrEqualToThreshold") return value >= rule.threshold;
    return value <= rule.threshold;
}

Verdict judge(const AlarmRule& rule, const Range& range) {
    Verdict verdict;
    for (auto point = range.rbegin(); point != range.rend(); ++point) {
        if (*point && verdict.evaluated.size() < rule.periods) verdict.evaluated.push_back(**point);
    }
    if (has_few_samples(rule, verdict.evaluated)) return verdict;
    const std::size_t lacking = rule.periods - verdict.evaluated.size();
    const bool fills =
        rule.missing == MissingData::breaching || rule.missing == MissingData::not_breaching;
    if (lacking > 0 && !fills) {
        verdict.state = judge_incomplete(rule, range, verdict.evaluated);
        return verdict;
    }
    verdict.filled = lacking;
    const std::size_t breaching = count_breaching(rule, verdict.evaluated) +
                                  (rule.missing == MissingData::breaching ? lacking : 0);
    verdict.state = breaching >= rule.points_to_alarm ? "ALARM" : "OK";
    return verdict;
}

std::string reason_of(const AlarmRule& rule, const Verdict& verdict) {
    if (verdict.state == "INSUFFICIENT_DATA") {
        const std::size_t unknown = rule.periods - verdict.evaluated.size();
        return fmt::format("Insufficient Data: {} datapoint{} unknown.", unknown,
                           unknown == 1 ? " was" : "s were");
    }
    if (verdict.evaluated.empty()) {
        return fmt::format("Threshold Crossed: no datapoints were received for {} period{} and {}.",
                           rule.periods, rule.periods == 1 ? "" : "s",
                           fill_words(rule, verdict.filled));
    }
    std::string words = decided(rule, verdict, verdict.state == "ALARM");
    if (verdict.filled > 0) words += " and " + fill_words(rule, verdict.filled);
    return "Threshold Crossed: " + words + ".";
}

}  // namespace stormglass::cloudwatch
