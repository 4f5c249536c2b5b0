// Whether an alarm's data points breach its threshold: a pure function, by AWS's documented rules
// for "M out of N" and for missing data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/cloudwatch/records.h"
#include "services/cloudwatch/statistic.h"

namespace stormglass::cloudwatch {

enum class MissingData { missing, ignore, breaching, not_breaching };

/// What an alarm judges by.
struct AlarmRule {
    std::size_t periods = 1;          // N
    std::size_t points_to_alarm = 1;  // M
    bool points_given = false;        // Was M named (the reason's words differ)?
    double threshold = 0;
    std::string comparison;  // "GreaterThanThreshold"
    MissingData missing = MissingData::missing;
    std::optional<double> percentile;  // Of which few samples may be ignored.
};
AlarmRule rule_of(const Alarm& alarm);

struct Datum {
    base::Time time{};
    double value = 0;
    std::optional<double> samples;
};
/// One element a period, from the oldest to the newest; nothing: the point is missing.
using Range = std::vector<std::optional<Datum>>;
/// How many periods are looked at: more than N, so that a late point does no harm.
std::size_t range_periods(const AlarmRule& rule);

struct Verdict {
    std::optional<std::string> state;  // Nothing: it stays as it is.
    std::vector<Datum> evaluated;      // Newest first.
    std::size_t filled = 0;            // Missing points that were taken for breaching or not.
};
Verdict judge(const AlarmRule& rule, const Range& range);
/// "Threshold Crossed: 1 datapoint [21.5 (24/11/26 22:15:00)] was greater than the threshold
/// (21.0)."
std::string reason_of(const AlarmRule& rule, const Verdict& verdict);

bool breaches(const AlarmRule& rule, double value);
/// As Java writes numbers: always with a fraction.
std::string number_text(double value);

}  // namespace stormglass::cloudwatch
