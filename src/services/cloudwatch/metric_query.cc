// GetMetricData: metrics, metric math and SEARCH, in pages.
#include "services/cloudwatch/labels.h"
#include "services/cloudwatch/queries.h"
#include "services/cloudwatch/service.h"
#include "services/common/ids.h"

namespace stormglass::cloudwatch {
namespace {

constexpr std::size_t queries_max = 500;
constexpr std::int64_t points_max = 100'800;

Result<std::vector<Query>> queries_of(const api::GetMetricDataInput& input) {
    if (input.metric_data_queries.size() > queries_max) {
        return aws_error("ValidationError",
                         "The collection MetricDataQueries must not have a size greater than 500.");
    }
    std::vector<Query> queries;
    for (const auto& query : input.metric_data_queries) {
        if (query.account_id) {
            return aws_error("ValidationError", "Stormglass does not support AccountId in queries");
        }
        queries.push_back(query_of(query));
    }
    TRY(check_queries(queries));
    return queries;
}

api::MetricDataResult shown(const Query& query, const TimeSeries& series, std::string label,
                            bool descending) {
    api::MetricDataResult result;
    result.id = query.id;
    result.label = std::move(label);
    result.status_code = "Complete";
    result.timestamps.present = result.values.present = true;
    result.timestamps.reserve(series.values.size());
    result.values.reserve(series.values.size());
    const auto add = [&](const auto& point) {
        result.timestamps.push_back(point.first);
        result.values.push_back(point.second);
    };
    if (descending) {
        std::for_each(series.values.rbegin(), series.values.rend(), add);
    } else {
        std::ranges::for_each(series.values, add);
    }
    return result;
}

/// Takes a page out of all results: `skip` data points in, at most `most` of them. A result that
/// goes on in the next page says so. Returns whether there is a next page.
bool cut(std::vector<api::MetricDataResult>& all, std::size_t skip, std::size_t most) {
    bool more = false;
    for (auto& one : all) {
        const std::size_t before = std::min(skip, one.values.size());
        skip -= before;
        const std::size_t taken = std::min(most, one.values.size() - before);
        most -= taken;
        if (before + taken < one.values.size()) {
            more = true;
            one.status_code = "PartialData";
        }
        const auto keep = [&](auto& list) {
            list.erase(list.begin() + static_cast<std::ptrdiff_t>(before + taken), list.end());
            list.erase(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(before));
        };
        keep(one.timestamps);
        keep(one.values);
    }
    return more;
}

}  // namespace

Result<api::GetMetricDataOutput> Service::get_metric_data(wire::Request& request,
                                                          const api::GetMetricDataInput& input) {
    const auto queries = TRY(queries_of(input));
    const Scope scope = scope_of(request);
    if (input.start_time >= input.end_time) {
        return aws_error("ValidationError",
                         "The parameter StartTime must be less than the parameter EndTime.");
    }
    Queries answers(request.tx(), scope, queries, {input.start_time, input.end_time}, request.now);
    const bool descending = input.scan_by.value_or("TimestampDescending") == "TimestampDescending";
    std::vector<api::MetricDataResult> all;
    const Labels labels(queries);
    for (const auto& query : queries) {
        if (!query.return_data.value_or(true)) continue;
        const auto found = TRY(answers.answer(query.id));
        for (const auto& series : found) {
            all.push_back(shown(query, series, labels.of(query, series), descending));
        }
    }
    const auto skip = services::page_start(input.next_token.value_or(""));
    if (!skip) return api::invalid_next_token("The next token is invalid.");
    const auto most = static_cast<std::size_t>(
        std::clamp<std::int64_t>(input.max_datapoints.value_or(points_max), 1, points_max));
    api::GetMetricDataOutput output;
    output.messages.present = true;
    if (cut(all, *skip, most)) output.next_token = services::page_token(*skip + most);
    output.metric_data_results = wire::List<api::MetricDataResult>(std::move(all));
    return output;
}

}  // namespace stormglass::cloudwatch
