// An alarm's data points, judged.
#include "services/cloudwatch/alarm_loop.h"
#include "services/cloudwatch/message.h"
#include "services/cloudwatch/queries.h"
#include "services/cloudwatch/tiers.h"

namespace stormglass::cloudwatch {
namespace {

constexpr std::int64_t minute = 60;
constexpr base::Seconds short_step{10};

/// The form with one metric, as a query.
std::vector<Query> queries_of(const Alarm& alarm) {
    if (!alarm.metrics.empty()) return alarm.metrics;
    Query query;
    query.id = "m";
    query.metric_namespace = alarm.metric_namespace.value_or("");
    query.metric_name = alarm.metric_name.value_or("");
    query.dimensions = alarm.dimensions;
    query.stat = alarm.statistic ? *alarm.statistic : alarm.extended_statistic.value_or("");
    query.stat_period = alarm.period;
    query.unit = alarm.unit;
    return {query};
}

const Query& returned(const std::vector<Query>& queries) {
    const auto found = std::ranges::find_if(
        queries, [](const Query& one) { return one.return_data.value_or(true); });
    return found == queries.end() ? queries.front() : *found;
}

std::int64_t period_of(const Alarm& alarm) {
    if (alarm.period) return *alarm.period;
    for (const auto& query : alarm.metrics) {
        if (query.stat_period) return *query.stat_period;
    }
    for (const auto& query : alarm.metrics) {
        if (query.period) return *query.period;
    }
    return minute;
}

Result<std::map<base::Time, Datum>> data_of(Queries& answers, const Query& query) {
    std::map<base::Time, Datum> out;
    if (!query.metric_name.empty()) {
        const auto statistic = Statistic::parse(query.stat);
        for (const auto& [time, point] : TRY(answers.points(query))) {
            const auto value = statistic ? statistic->of(point) : std::nullopt;
            if (value) out[time] = {time, *value, point.count};
        }
        return out;
    }
    for (const auto& series : TRY(answers.answer(query.id))) {
        for (const auto& [time, value] : series.values) out[time] = {time, value, std::nullopt};
    }
    return out;
}

std::string reason_data(const Alarm& alarm, const Verdict& verdict, std::int64_t period,
                        base::Time start, base::Time now) {
    base::Json data{{"version", "1.0"},
                    {"queryDate", zoned(now)},
                    {"period", period},
                    {"threshold", alarm.threshold.value_or(0)}};
    if (!verdict.evaluated.empty()) data["startDate"] = zoned(start);
    if (alarm.statistic) data["statistic"] = *alarm.statistic;
    if (alarm.extended_statistic) data["statistic"] = *alarm.extended_statistic;
    if (alarm.unit) data["unit"] = *alarm.unit;
    base::Json recent = base::Json::array(), evaluated = base::Json::array();
    for (const auto& point : verdict.evaluated) {
        recent.insert(recent.begin(), point.value);
        base::Json one{{"timestamp", zoned(point.time)}, {"value", point.value}};
        if (point.samples) one["sampleCount"] = *point.samples;
        evaluated.push_back(std::move(one));
    }
    for (std::size_t i = 0; i < verdict.filled; ++i) {
        const auto back = static_cast<std::int64_t>(verdict.evaluated.size() + i + 1);
        evaluated.push_back({{"timestamp", zoned(now - base::Seconds{period * back})}});
    }
    data["recentDatapoints"] = std::move(recent);
    data["evaluatedDatapoints"] = std::move(evaluated);
    return base::dump_json(data);
}

}  // namespace

bool is_high_resolution(const Alarm& alarm) {
    return !alarm.is_composite() && period_of(alarm) < minute;
}

/// As on AWS, the periods end with the last whole minute (ten seconds for alarms of high
/// resolution) and not at multiples of the period.
Result<AlarmLook> look_at(store::Tx& tx, const Alarm& alarm, base::Time now) {
    const AlarmRule rule = rule_of(alarm);
    const base::Seconds period{period_of(alarm)};
    const base::Time end =
        floor_to(now, is_high_resolution(alarm) ? short_step : base::Seconds{minute});
    const auto count = static_cast<std::int64_t>(range_periods(rule));
    const base::Time begin = end - period * count;
    const auto queries = queries_of(alarm);
    const Scope scope{alarm.account, alarm.region};
    Queries answers(tx, scope, queries, {begin, end}, now);
    const auto data = TRY(data_of(answers, returned(queries)));
    Range range(static_cast<std::size_t>(count));
    for (const auto& [time, datum] : data) {
        const auto index = (time - begin) / period;
        if (index >= 0 && index < count) range[static_cast<std::size_t>(index)] = datum;
    }
    AlarmLook look;
    look.verdict = judge(rule, range);
    if (!look.verdict.evaluated.empty()) look.newest = look.verdict.evaluated.front().value;
    if (look.verdict.state && *look.verdict.state != alarm.state) {
        const base::Time start =
            look.verdict.evaluated.empty() ? begin : look.verdict.evaluated.back().time;
        look.reason = reason_of(rule, look.verdict);
        look.data = reason_data(alarm, look.verdict, period.count(), start, now);
    }
    return look;
}

}  // namespace stormglass::cloudwatch
