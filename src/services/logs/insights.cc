// StartQuery, GetQueryResults, StopQuery, DescribeQueries: Logs Insights.
#include "base/strings.h"
#include "services/logs/service.h"

namespace stormglass::logs {
namespace {

constexpr std::size_t groups_per_query_max = 50;
constexpr std::int64_t second_ms = 1000;
constexpr std::size_t described_default = 1000;

/// Times may be seconds or milliseconds, as in AWS's examples of both.
std::int64_t to_millis(std::int64_t time) {
    constexpr std::int64_t seconds_max = 100'000'000'000;
    return time < seconds_max ? time * second_ms : time;
}

Result<std::vector<std::string>> wanted_groups(const api::StartQueryInput& input) {
    std::vector<std::string> names = input.log_group_names;
    if (input.log_group_name) names.push_back(*input.log_group_name);
    for (const auto& one : input.log_group_identifiers) names.push_back(group_name_of(one));
    if (names.empty()) {
        return api::invalid_parameter(
            "You must specify exactly one of logGroupName, logGroupNames, or logGroupIdentifiers.");
    }
    if (names.size() > groups_per_query_max)
        return api::invalid_parameter("At most 50 log groups in a query.");
    return names;
}

Unexpected malformed(const Error& error) { return api::malformed_query(error.message); }

}  // namespace

Result<api::StartQueryOutput> Service::start_query(wire::Request& request,
                                                   const api::StartQueryInput& input) {
    if (input.query_language.value_or("CWLI") != "CWLI") {
        return api::invalid_parameter("Stormglass does not support the query language " +
                                      *input.query_language);
    }
    const auto names = TRY(wanted_groups(input));
    auto query = parse_query(input.query_string);
    auto job = std::make_shared<QueryJob>();
    for (const auto& name : names) {
        job->scope.groups.push_back(TRY(find_group(request, name)));
        TRY(request.authorize({.action = "logs:StartQuery",
                               .resource = group_arn(job->scope.groups.back()) + ":*",
                               .context = {},
                               .resource_policy = {},
                               .mode = wire::PolicyMode::identity_or_resource,
                               .resource_account = {}}));
    }
    if (!query) return malformed(query.error());
    job->id = random_.uuid();
    job->text = input.query_string;
    job->account = request.account;
    job->region = request.region;
    job->query = std::move(*query);
    job->scope.from_ms = to_millis(input.start_time);
    job->scope.to_ms = to_millis(input.end_time);
    if (job->scope.from_ms > job->scope.to_ms) {
        return api::malformed_query("The query's end time is before its start time.");
    }
    if (input.limit) job->scope.limit = static_cast<std::size_t>(*input.limit);
    job->created = request.now;
    api::StartQueryOutput output;
    output.query_id = job->id;
    if (!queries_.add(std::move(job))) {
        return api::limit_exceeded("The maximum number of concurrent queries is 30.");
    }
    return output;
}

Result<api::GetQueryResultsOutput> Service::get_query_results(
    wire::Request& request, const api::GetQueryResultsInput& input) {
    const auto job = queries_.find(request.account, request.region, input.query_id);
    if (job == nullptr) return api::resource_not_found("The specified query does not exist.");
    return queries_.look(*job, [](const QueryJob& now) {
        api::GetQueryResultsOutput output;
        output.status = now.status;
        output.results.present = true;
        output.query_language = "CWLI";
        for (const auto& row : now.result.rows) {
            auto& line = output.results.emplace_back();
            for (const auto& [name, value] : row) {
                auto& field = line.emplace_back();
                field.field = name;
                field.value = value;
            }
        }
        auto& statistics = output.statistics.emplace();
        statistics.records_matched = static_cast<double>(now.result.matched);
        statistics.records_scanned = static_cast<double>(now.result.scanned);
        statistics.bytes_scanned = static_cast<double>(now.result.bytes);
        return output;
    });
}

Result<api::StopQueryOutput> Service::stop_query(wire::Request& request,
                                                 const api::StopQueryInput& input) {
    const auto job = queries_.find(request.account, request.region, input.query_id);
    if (job == nullptr) return api::resource_not_found("The specified query does not exist.");
    if (!queries_.cancel(*job))
        return api::invalid_parameter("The specified query has already ended.");
    api::StopQueryOutput output;
    output.success = true;
    return output;
}

Result<api::DescribeQueriesOutput> Service::describe_queries(
    wire::Request& request, const api::DescribeQueriesInput& input) {
    api::DescribeQueriesOutput output;
    output.queries.present = true;
    auto all = queries_.all(request.account, request.region);
    std::ranges::reverse(all);
    const auto limit = static_cast<std::size_t>(
        input.max_results.value_or(static_cast<std::int64_t>(described_default)));
    for (const auto& job : all) {
        const bool named = !input.log_group_name ||
                           std::ranges::any_of(job->scope.groups, [&](const Group& group) {
                               return group.name == *input.log_group_name;
                           });
        const auto status = queries_.look(*job, [](const QueryJob& now) { return now.status; });
        if (!named || (input.status && *input.status != status) || output.queries.size() == limit)
            continue;
        auto& shown = output.queries.emplace_back();
        shown.query_id = job->id;
        shown.query_string = job->text;
        shown.status = status;
        shown.query_language = "CWLI";
        shown.create_time = millis(job->created);
        shown.log_group_name = job->scope.groups.front().name;
    }
    return output;
}

}  // namespace stormglass::logs
