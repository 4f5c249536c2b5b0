// The functions of metric math.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "services/cloudwatch/math.h"

namespace stormglass::cloudwatch {
namespace {

using Arguments = std::vector<MathValue>;
using Function = std::function<Result<MathValue>(const Arguments&, const MathWorld&)>;

Unexpected problem(std::string message) { return aws_error("ValidationError", std::move(message)); }

Result<TimeSeries> series_at(const Arguments& all, std::size_t index) {
    const auto* one = index < all.size() ? std::get_if<TimeSeries>(&all[index]) : nullptr;
    if (one == nullptr) return problem(fmt::format("argument {} must be a time series", index + 1));
    return *one;
}

Result<SeriesList> list_at(const Arguments& all, std::size_t index) {
    const auto* several = index < all.size() ? std::get_if<SeriesList>(&all[index]) : nullptr;
    if (several == nullptr) {
        return problem(fmt::format("argument {} must be an array of time series", index + 1));
    }
    return *several;
}

Result<double> number_at(const Arguments& all, std::size_t index) {
    const auto* one = index < all.size() ? std::get_if<double>(&all[index]) : nullptr;
    if (one == nullptr) return problem(fmt::format("argument {} must be a number", index + 1));
    return *one;
}

Result<std::string> text_at(const Arguments& all, std::size_t index) {
    const auto* one = index < all.size() ? std::get_if<std::string>(&all[index]) : nullptr;
    if (one == nullptr) return problem(fmt::format("argument {} must be a text", index + 1));
    return *one;
}

using Numbers = std::vector<double>;
using Aggregate = std::function<double(const Numbers&)>;

double sum_of(const Numbers& all) { return std::accumulate(all.begin(), all.end(), 0.0); }
double mean_of(const Numbers& all) { return sum_of(all) / static_cast<double>(all.size()); }
double deviation_of(const Numbers& all) {
    const double mean = mean_of(all);
    double squares = 0;
    for (const double value : all) squares += (value - mean) * (value - mean);
    return std::sqrt(squares / static_cast<double>(all.size()));
}

/// Of a series: one number. Of several: one series, over those that have a value at the time.
Function aggregate(Aggregate f) {
    return [f = std::move(f)](const Arguments& all, const MathWorld& world) -> Result<MathValue> {
        if (all.size() != 1) return problem("one argument is expected");
        if (const auto* series = std::get_if<TimeSeries>(&all[0])) {
            Numbers numbers;
            for (const auto& [time, value] : series->values) numbers.push_back(value);
            // A number of nothing is no series of numbers: it makes no data points.
            if (numbers.empty()) return TimeSeries{"", {}, series->period, {}, {}};
            return f(numbers);
        }
        const auto list = TRY(list_at(all, 0));
        std::map<base::Time, Numbers> by_time;
        for (const auto& one : list) {
            for (const auto& [time, value] : one.values) by_time[time].push_back(value);
        }
        TimeSeries out{"", {}, list.empty() ? world.grid.period : list.front().period, {}, {}};
        for (const auto& [time, numbers] : by_time) out.values[time] = f(numbers);
        return out;
    };
}

Function each_value(Unary f) {
    return [f = std::move(f)](const Arguments& all, const MathWorld&) -> Result<MathValue> {
        if (all.size() != 1) return problem("one argument is expected");
        return each(all[0], f);
    };
}

/// A series to a series; of several, each.
Function each_series(std::function<TimeSeries(const TimeSeries&)> f) {
    return [f = std::move(f)](const Arguments& all, const MathWorld&) -> Result<MathValue> {
        if (all.size() == 1 && std::holds_alternative<SeriesList>(all[0])) {
            SeriesList out;
            for (const auto& one : std::get<SeriesList>(all[0])) out.push_back(f(one));
            return out;
        }
        return f(TRY(series_at(all, 0)));
    };
}

/// From each value and the one before it.
Function differences(std::function<double(double change, double seconds)> f) {
    return each_series([f = std::move(f)](const TimeSeries& series) {
        TimeSeries out{series.label, {}, series.period, {}, {}};
        for (auto at = series.values.begin(); at != series.values.end(); ++at) {
            if (at == series.values.begin()) continue;
            const auto before = std::prev(at);
            const double seconds = std::chrono::duration<double>(at->first - before->first).count();
            out.values[at->first] = f(at->second - before->second, seconds);
        }
        return out;
    });
}

TimeSeries running_sum(const TimeSeries& series) {
    TimeSeries out{series.label, {}, series.period, {}, {}};
    double sum = 0;
    for (const auto& [time, value] : series.values) out.values[time] = sum += value;
    return out;
}

Function of_time(std::function<double(base::Time)> f) {
    return each_series([f = std::move(f)](const TimeSeries& series) {
        TimeSeries out{series.label, {}, series.period, {}, {}};
        for (const auto& [time, value] : series.values) out.values[time] = f(time);
        return out;
    });
}

std::chrono::year_month_day date_of(base::Time time) {
    return std::chrono::year_month_day{std::chrono::floor<base::Days>(time)};
}

/// The times of the grid, with the period of the series.
std::vector<base::Time> times_of(const MathWorld& world, base::Seconds period) {
    std::vector<base::Time> all;
    for (base::Time at = world.grid.span.from; at < world.grid.span.to; at += period) {
        all.push_back(at);
    }
    return all;
}

double between(const Values& values, base::Time time, bool is_linear) {
    const auto after = values.lower_bound(time);
    if (after == values.begin()) return NAN;
    const auto before = std::prev(after);
    if (!is_linear) return before->second;
    if (after == values.end()) return NAN;
    const double part = std::chrono::duration<double>(time - before->first) /
                        std::chrono::duration<double>(after->first - before->first);
    return before->second + part * (after->second - before->second);
}

TimeSeries filled(const TimeSeries& series, const MathValue& filler, const MathWorld& world) {
    TimeSeries out = series;
    const auto* word = std::get_if<std::string>(&filler);
    const auto* number = std::get_if<double>(&filler);
    const auto* other = std::get_if<TimeSeries>(&filler);
    for (const base::Time time : times_of(world, series.period)) {
        if (series.values.contains(time)) continue;
        double value = NAN;
        if (number != nullptr) value = *number;
        if (word != nullptr) value = between(series.values, time, *word == "LINEAR");
        if (other != nullptr && other->values.contains(time)) value = other->values.at(time);
        if (std::isfinite(value)) out.values[time] = value;
    }
    return out;
}

Result<MathValue> fill(const Arguments& all, const MathWorld& world) {
    if (all.size() != 2) return problem("FILL takes two arguments");
    if (const auto* list = std::get_if<SeriesList>(&all[0])) {
        SeriesList out;
        for (const auto& one : *list) out.push_back(filled(one, all[1], world));
        return out;
    }
    return filled(TRY(series_at(all, 0)), all[1], world);
}

std::optional<double> value_at(const MathValue& value, base::Time time) {
    if (const auto* number = std::get_if<double>(&value)) return *number;
    const auto* series = std::get_if<TimeSeries>(&value);
    if (series == nullptr || !series->values.contains(time)) return std::nullopt;
    return series->values.at(time);
}

Result<MathValue> choose(const Arguments& all, const MathWorld&) {
    if (all.size() != 2 && all.size() != 3) return problem("IF takes two or three arguments");
    if (std::ranges::any_of(all, [](const auto& one) { return one.index() > 1; })) {
        return problem("IF takes numbers and single time series only");
    }
    if (const auto* number = std::get_if<double>(&all[0])) {
        if (*number != 0) return all[1];
        if (all.size() == 3) return all[2];
        return TimeSeries{};
    }
    const auto condition = std::get<TimeSeries>(all[0]);
    TimeSeries out{condition.label, {}, condition.period, {}, {}};
    for (const auto& [time, holds] : condition.values) {
        if (holds == 0 && all.size() == 2) continue;
        if (const auto value = value_at(all[holds != 0 ? 1 : 2], time)) out.values[time] = *value;
    }
    return out;
}

Result<MathValue> time_series(const Arguments& all, const MathWorld& world) {
    const double value = TRY(number_at(all, 0));
    TimeSeries out{"", {}, world.grid.period, {}, {}};
    for (const base::Time time : times_of(world, out.period)) out.values[time] = value;
    return out;
}

Result<MathValue> slice(const Arguments& all, const MathWorld&) {
    auto list = TRY(list_at(all, 0));
    const auto size = static_cast<double>(list.size());
    const double from = std::clamp(TRY(number_at(all, 1)), 0.0, size);
    const bool one_only = all.size() < 3;
    const double to =
        one_only ? std::min(from + 1, size) : std::clamp(TRY(number_at(all, 2)), from, size);
    SeriesList out(list.begin() + static_cast<std::ptrdiff_t>(from),
                   list.begin() + static_cast<std::ptrdiff_t>(to));
    if (one_only && out.size() == 1) return out.front();
    return out;
}

double key_of(const TimeSeries& series, const std::string& by) {
    Numbers numbers;
    for (const auto& [time, value] : series.values) numbers.push_back(value);
    if (numbers.empty()) return -INFINITY;
    if (by == "SUM") return sum_of(numbers);
    if (by == "MIN") return std::ranges::min(numbers);
    return by == "MAX" ? std::ranges::max(numbers) : mean_of(numbers);
}

Result<MathValue> sort(const Arguments& all, const MathWorld&) {
    auto list = TRY(list_at(all, 0));
    const std::string by = TRY(text_at(all, 1));
    const bool descending = all.size() < 3 || TRY(text_at(all, 2)) == "DESC";
    std::ranges::stable_sort(list, [&](const auto& a, const auto& b) {
        return descending ? key_of(a, by) > key_of(b, by) : key_of(a, by) < key_of(b, by);
    });
    if (all.size() > 3) {
        const auto most = static_cast<std::size_t>(std::max(0.0, TRY(number_at(all, 3))));
        if (list.size() > most) list.resize(most);
    }
    return list;
}

Result<MathValue> edge(const Arguments& all, bool first) {
    const auto list = TRY(list_at(all, 0));
    if (list.empty()) return TimeSeries{};
    return first ? list.front() : list.back();
}

Result<MathValue> remove_empty(const Arguments& all, const MathWorld&) {
    auto list = TRY(list_at(all, 0));
    std::erase_if(list, [](const TimeSeries& one) { return one.values.empty(); });
    return list;
}

Result<MathValue> metrics(const Arguments& all, const MathWorld& world) {
    const std::string part = all.empty() ? "" : TRY(text_at(all, 0));
    return TRY(world.metrics(part));
}

Result<MathValue> search(const Arguments& all, const MathWorld& world) {
    const std::string text = TRY(text_at(all, 0)), statistic = TRY(text_at(all, 1));
    const double period =
        all.size() > 2 ? TRY(number_at(all, 2)) : static_cast<double>(world.grid.period.count());
    return TRY(world.search(text, statistic, static_cast<std::int64_t>(period)));
}

Result<MathValue> metric_count(const Arguments& all, const MathWorld&) {
    return static_cast<double>(TRY(list_at(all, 0)).size());
}
Result<MathValue> datapoint_count(const Arguments& all, const MathWorld&) {
    return static_cast<double>(TRY(series_at(all, 0)).values.size());
}
Result<MathValue> period(const Arguments& all, const MathWorld&) {
    return static_cast<double>(TRY(series_at(all, 0)).period.count());
}

std::map<std::string, Function> plain_functions() {
    return {{"ABS", each_value([](double v) { return std::abs(v); })},
            {"CEIL", each_value([](double v) { return std::ceil(v); })},
            {"FLOOR", each_value([](double v) { return std::floor(v); })},
            {"LOG", each_value([](double v) { return std::log(v); })},
            {"LOG10", each_value([](double v) { return std::log10(v); })},
            {"AVG", aggregate(mean_of)},
            {"SUM", aggregate(sum_of)},
            {"MIN", aggregate([](const Numbers& all) { return std::ranges::min(all); })},
            {"MAX", aggregate([](const Numbers& all) { return std::ranges::max(all); })},
            {"STDDEV", aggregate(deviation_of)},
            {"DIFF", differences([](double change, double) { return change; })},
            {"DIFF_TIME", differences([](double, double seconds) { return seconds; })},
            {"RATE", differences([](double change, double seconds) { return change / seconds; })},
            {"RUNNING_SUM", each_series(running_sum)}};
}

std::map<std::string, Function> functions_of_time() {
    const auto whole = [](auto unit) { return static_cast<double>(static_cast<unsigned>(unit)); };
    return {{"EPOCH", of_time([](base::Time t) { return std::floor(base::epoch_seconds(t)); })},
            {"MINUTE", of_time([](base::Time t) {
                 return static_cast<double>((t.time_since_epoch() / std::chrono::minutes{1}) % 60);
             })},
            {"HOUR", of_time([](base::Time t) {
                 return static_cast<double>((t.time_since_epoch() / std::chrono::hours{1}) % 24);
             })},
            {"DAY", of_time([](base::Time t) {
                 const std::chrono::weekday day{std::chrono::floor<base::Days>(t)};
                 return static_cast<double>(day.iso_encoding());
             })},
            {"DATE", of_time([whole](base::Time t) { return whole(date_of(t).day()); })},
            {"MONTH", of_time([whole](base::Time t) { return whole(date_of(t).month()); })},
            {"YEAR", of_time([](base::Time t) {
                 return static_cast<double>(static_cast<int>(date_of(t).year()));
             })}};
}

const std::map<std::string, Function>& functions() {
    static const std::map<std::string, Function> all = [] {
        auto some = plain_functions();
        some.merge(functions_of_time());
        some.merge(std::map<std::string, Function>{
            {"FILL", fill},
            {"IF", choose},
            {"TIME_SERIES", time_series},
            {"SLICE", slice},
            {"SORT", sort},
            {"REMOVE_EMPTY", remove_empty},
            {"METRICS", metrics},
            {"SEARCH", search},
            {"METRIC_COUNT", metric_count},
            {"DATAPOINT_COUNT", datapoint_count},
            {"PERIOD", period},
            {"FIRST", [](const Arguments& a, const MathWorld&) { return edge(a, true); }},
            {"LAST", [](const Arguments& a, const MathWorld&) { return edge(a, false); }}});
        return some;
    }();
    return all;
}

}  // namespace

Result<MathValue> apply(const std::string& function, std::vector<MathValue> arguments,
                        const MathWorld& world) {
    for (const char* known : {"ANOMALY_DETECTION_BAND", "INSIGHT_RULE_METRIC", "DB_PERF_INSIGHTS",
                              "LAMBDA", "SERVICE_QUOTA"}) {
        if (function == known) {
            return problem(fmt::format("Stormglass does not support the function {}", function));
        }
    }
    const auto found = functions().find(function);
    if (found == functions().end())
        return problem(fmt::format("there is no function {}", function));
    return found->second(arguments, world);
}

}  // namespace stormglass::cloudwatch
