#include "services/cloudwatch/queries.h"

#include <re2/re2.h>

#include "services/cloudwatch/search.h"
#include "services/cloudwatch/spans.h"

namespace stormglass::cloudwatch {
namespace {

constexpr std::int64_t period_default = 60;
constexpr int depth_max = 50;
constexpr std::size_t search_max = 500;

Unexpected invalid(std::string message) { return aws_error("ValidationError", std::move(message)); }

Result<void> check_query(const Query& query, std::set<std::string>& ids) {
    static const re2::RE2 id_form("[a-z][a-zA-Z0-9_]*");
    if (!re2::RE2::FullMatch(query.id, id_form)) {
        return invalid(
            fmt::format("The value for parameter Id \"{}\" is invalid: it must start with "
                        "a lowercase letter and contain letters, digits and underscores",
                        query.id));
    }
    if (!ids.insert(query.id).second) {
        return invalid(
            fmt::format("The values for parameter id in MetricDataQueries are not unique: "
                        "{}",
                        query.id));
    }
    const bool is_metric = !query.metric_name.empty();
    if (query.expression.has_value() == is_metric) {
        return invalid("Exactly one of Expression and MetricStat must be given in each query");
    }
    if (!is_metric) {
        const auto parsed = parse_math(*query.expression);
        if (!parsed) {
            return invalid(
                fmt::format("Error in expression '{}': {}", query.id, parsed.error().message));
        }
        return {};
    }
    if (!query.stat_period) return invalid("Period is required in MetricStat");
    if (!Statistic::parse(query.stat)) {
        return invalid(
            fmt::format("The value {} for parameter Stat is not supported.", query.stat));
    }
    return {};
}

/// What tells a metric from the others of a search.
std::string search_label(const Metric& metric) {
    std::string label;
    for (const auto& one : metric.dimensions) label += one.value + " ";
    return label + metric.metric_name;
}

}  // namespace

Query query_of(const api::MetricDataQuery& from) {
    Query query;
    query.id = from.id.value_or("");
    query.expression = from.expression;
    query.label = from.label;
    query.return_data = from.return_data;
    query.period = from.period;
    if (!from.metric_stat || !from.metric_stat->metric) return query;
    const auto& stat = *from.metric_stat;
    query.metric_namespace = stat.metric->namespace_.value_or("");
    query.metric_name = stat.metric->metric_name.value_or("");
    query.dimensions = sorted(stat.metric->dimensions);
    query.stat = stat.stat.value_or("");
    query.stat_period = stat.period;
    query.unit = stat.unit;
    return query;
}

Result<void> check_queries(const std::vector<Query>& queries) {
    std::set<std::string> ids;
    for (const auto& query : queries) TRY(check_query(query, ids));
    for (const auto& query : queries) {
        if (!query.expression) continue;
        for (const auto& name : names_in(TRY(parse_math(*query.expression)))) {
            const bool keyword = name == "REPEAT" || name == "LINEAR" || name == "AVG" ||
                                 name == "SUM" || name == "MIN" || name == "MAX" || name == "ASC" ||
                                 name == "DESC";
            if (!ids.contains(name) && !keyword) {
                return invalid(fmt::format("Error in expression '{}': unknown identifier '{}'",
                                           query.id, name));
            }
        }
    }
    return {};
}

const Query* Queries::find(const std::string& id) const {
    const auto found = std::ranges::find(queries_, id, &Query::id);
    return found == queries_.end() ? nullptr : &*found;
}

std::int64_t Queries::period_of(const Query& query, int depth) const {
    if (query.stat_period) return *query.stat_period;
    if (query.period) return *query.period;
    const auto parsed = parse_math(query.expression.value_or(""));
    if (!parsed || depth > depth_max) return period_default;
    for (const auto& name : names_in(*parsed)) {
        const Query* other = find(name);
        if (other != nullptr && other != &query) return period_of(*other, depth + 1);
    }
    for (const auto& other : queries_) {  // METRICS() names nothing.
        if (other.stat_period) return *other.stat_period;
    }
    return period_default;
}

Result<Periods> Queries::points(const Query& query) {
    const auto statistic = Statistic::parse(query.stat);
    if (!statistic) return invalid("there is no statistic " + query.stat);
    const Grid grid = TRY(grid_of(span_, query.stat_period.value_or(period_default), now_));
    return read_periods(tx_, scope_, {query.metric_namespace, query.metric_name, query.dimensions},
                        query.unit, taken_in(grid), statistic->detail());
}

Result<TimeSeries> Queries::read(const Metric& metric, const std::string& stat, std::int64_t period,
                                 const std::optional<std::string>& unit) {
    const auto statistic = Statistic::parse(stat);
    if (!statistic) return invalid("there is no statistic " + stat);
    const Grid grid = TRY(grid_of(span_, period, now_));
    const auto periods =
        TRY(read_periods(tx_, scope_, metric, unit, taken_in(grid), statistic->detail()));
    TimeSeries series;
    series.label = metric.metric_name;
    series.values = values_of(periods, *statistic);
    series.period = grid.period;
    series.metric = metric;
    series.statistic = stat;
    return series;
}

Result<SeriesList> Queries::of_metrics(const std::string& part) {
    SeriesList all;
    for (const auto& query : queries_) {
        if (query.metric_name.empty() || query.id.find(part) == std::string::npos) continue;
        all.push_back(std::get<TimeSeries>(TRY(value(query.id))));
    }
    return all;
}

Result<SeriesList> Queries::search(const std::string& text, const std::string& stat,
                                   std::int64_t period) {
    const auto wanted = TRY(MetricSearch::parse(text));
    std::vector<Metric> found;
    TRY(all_metrics.scan(tx_, {scope_.account, scope_.region}, [&](Metric& metric) {
        if (wanted.matches(metric)) found.push_back(std::move(metric));
    }));
    std::ranges::sort(found);
    if (found.size() > search_max) found.resize(search_max);
    SeriesList all;
    for (const auto& metric : found) {
        all.push_back(TRY(read(metric, stat, period, std::nullopt)));
        all.back().label = found.size() == 1 ? metric.metric_name : search_label(metric);
    }
    return all;
}

Result<MathValue> Queries::evaluate_expression(const Query& query) {
    MathWorld world;
    world.named = [this](const std::string& id) { return value(id); };
    world.metrics = [this](const std::string& part) { return of_metrics(part); };
    world.search = [this](const std::string& text, const std::string& stat, std::int64_t period) {
        return search(text, stat, period);
    };
    world.grid = TRY(grid_of(span_, period_of(query), now_));
    const MathNode tree = TRY(parse_math(*query.expression));
    MathValue result = TRY(evaluate(tree, world));
    if (std::holds_alternative<std::string>(result)) return invalid("a text is no result");
    return result;
}

Result<MathValue> Queries::compute(const Query& query) {
    if (!query.metric_name.empty()) {
        const Metric metric{query.metric_namespace, query.metric_name, query.dimensions};
        TimeSeries series = TRY(read(metric, query.stat, *query.stat_period, query.unit));
        return series;
    }
    auto result = evaluate_expression(query);
    if (!result && !result.error().message.starts_with("Error in expression")) {
        return invalid(
            fmt::format("Error in expression '{}': {}", query.id, result.error().message));
    }
    return result;
}

Result<MathValue> Queries::value(const std::string& id) {
    const auto known = known_.find(id);
    if (known != known_.end()) return known->second;
    const Query* query = find(id);
    if (query == nullptr) return invalid("unknown identifier '" + id + "'");
    if (!under_way_.insert(id).second) return invalid("'" + id + "' needs itself");
    MathValue result = TRY(compute(*query));
    under_way_.erase(id);
    known_.emplace(id, result);
    return result;
}

Result<SeriesList> Queries::answer(const std::string& id) {
    MathValue result = TRY(value(id));
    const Query& query = *find(id);
    SeriesList list;
    if (const auto* number = std::get_if<double>(&result)) {
        // As on AWS a number alone is no answer, but one that came out of series is: at all times.
        const Grid grid = TRY(grid_of(span_, period_of(query), now_));
        TimeSeries series{"", {}, grid.period, {}, {}};
        for (base::Time at = grid.span.from; at < grid.span.to; at += grid.period) {
            series.values[at] = *number;
        }
        list.push_back(std::move(series));
    } else if (auto* one = std::get_if<TimeSeries>(&result)) {
        list.push_back(std::move(*one));
    } else {
        list = std::get<SeriesList>(std::move(result));
    }
    if (query.expression && list.size() == 1 && !list.front().metric) list.front().label = query.id;
    return list;
}

}  // namespace stormglass::cloudwatch
