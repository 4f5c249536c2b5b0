// The queries of one GetMetricData call or of one alarm: metrics and expressions over each other.
#pragma once

#include <map>
#include <set>

#include "services/cloudwatch/math.h"

namespace stormglass::cloudwatch {

Query query_of(const api::MetricDataQuery& from);
/// The form of each and whether ids are unique and expressions read; errors in AWS's manner.
Result<void> check_queries(const std::vector<Query>& queries);

class Queries {
public:
    /// `queries` must have been checked; all of them outlive this.
    Queries(store::Tx& tx, const Scope& scope, const std::vector<Query>& queries, Span span,
            base::Time now)
        : tx_(tx), scope_(scope), queries_(queries), span_(span), now_(now) {}

    /// The series of a query: one for a metric, any number for an expression.
    Result<SeriesList> answer(const std::string& id);
    /// The points of a metric's query, which percentiles of few samples are judged by.
    Result<Periods> points(const Query& query);

private:
    Result<MathValue> value(const std::string& id);
    Result<MathValue> compute(const Query& query);
    Result<TimeSeries> read(const Metric& metric, const std::string& stat, std::int64_t period,
                            const std::optional<std::string>& unit);
    Result<SeriesList> of_metrics(const std::string& part);
    Result<SeriesList> search(const std::string& text, const std::string& stat,
                              std::int64_t period);
    Result<MathValue> evaluate_expression(const Query& query);
    /// The period of an expression: of the metrics that it is computed from.
    std::int64_t period_of(const Query& query, int depth = 0) const;
    const Query* find(const std::string& id) const;

    store::Tx& tx_;
    const Scope& scope_;
    const std::vector<Query>& queries_;
    Span span_;
    base::Time now_;
    std::map<std::string, MathValue> known_;
    std::set<std::string> under_way_;  // An expression that needs itself ends here.
};

}  // namespace stormglass::cloudwatch
