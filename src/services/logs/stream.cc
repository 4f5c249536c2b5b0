// Log streams: create, delete, describe.
#include "services/common/ids.h"
#include "services/logs/events.h"
#include "services/logs/service.h"

namespace stormglass::logs {
namespace {

constexpr std::size_t describe_default = 50;

struct Found {
    Stream stream;
    std::int64_t first_ms = 0, last_ms = 0;  // 0: no event.
};

Result<std::int64_t> edge_time(store::Tx& tx, const Group& group, const std::string& stream,
                               store::Direction direction) {
    std::int64_t time = 0;
    TRY(scan_events(tx, group, stream, {}, position_end, direction, [&](Event& event) {
        time = event.position.time_ms;
        return store::Step::stop;
    }));
    return time;
}

api::LogStream shown(const Group& group, const Found& found) {
    api::LogStream out;
    out.log_stream_name = found.stream.name;
    out.creation_time = found.stream.created_ms;
    out.arn = stream_arn(group, found.stream.name);
    out.stored_bytes = 0;  // As AWS answers for every stream since 2019.
    if (found.first_ms > 0) {
        out.first_event_timestamp = found.first_ms;
        out.last_event_timestamp = found.last_ms;
    }
    if (found.stream.last_ingestion_ms > 0) {
        out.last_ingestion_time = found.stream.last_ingestion_ms;
        out.upload_sequence_token = fmt::format("{:056}", found.stream.last_number);
    }
    return out;
}

}  // namespace

Result<api::CreateLogStreamOutput> Service::create_log_stream(
    wire::Request& request, const api::CreateLogStreamInput& input) {
    const Group group = TRY(find_group(request, input.log_group_name));
    if (find_stream(request, group, input.log_stream_name)) {
        return api::resource_already_exists("The specified log stream already exists");
    }
    Stream stream;
    stream.name = input.log_stream_name;
    stream.created_ms = millis(request.now);
    put_stream(request.tx(), group, stream);
    return api::CreateLogStreamOutput{};
}

Result<api::DeleteLogStreamOutput> Service::delete_log_stream(
    wire::Request& request, const api::DeleteLogStreamInput& input) {
    Group group = TRY(find_group(request, input.log_group_name));
    const Stream stream = TRY(find_stream(request, group, input.log_stream_name));
    TRY(erase_events(request.tx(), group, stream.name));
    streams.erase(request.tx(), {group.account, group.region, group.name, stream.name});
    group.stored_bytes -= std::min(group.stored_bytes, stream.stored_bytes);
    put_group(request.tx(), group);
    return api::DeleteLogStreamOutput{};
}

Result<api::DescribeLogStreamsOutput> Service::describe_log_streams(
    wire::Request& request, const api::DescribeLogStreamsInput& input) {
    const Group group = TRY(find_group(request, input.log_group_name, input.log_group_identifier));
    const bool by_time = input.order_by.value_or("LogStreamName") == "LastEventTime";
    const std::string prefix = input.log_stream_name_prefix.value_or("");
    if (by_time && input.log_stream_name_prefix) {
        return api::invalid_parameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
    }
    std::vector<Found> all;
    auto& tx = request.tx();
    for (auto& stream : TRY(streams.all(tx, {group.account, group.region, group.name}))) {
        if (!stream.name.starts_with(prefix)) continue;
        Found found;
        found.first_ms = TRY(edge_time(tx, group, stream.name, store::Direction::forward));
        found.last_ms = TRY(edge_time(tx, group, stream.name, store::Direction::backward));
        found.stream = std::move(stream);
        all.push_back(std::move(found));
    }
    if (by_time) {
        std::ranges::stable_sort(all, {}, [](const Found& found) { return found.last_ms; });
    }
    if (input.descending.value_or(false)) std::ranges::reverse(all);
    const auto size = static_cast<std::size_t>(input.limit.value_or(describe_default));
    const auto page = services::page_of(std::move(all), input.next_token.value_or(""), size);
    if (!page) return api::invalid_parameter("The specified nextToken is invalid.");
    api::DescribeLogStreamsOutput output;
    output.log_streams.present = true;
    for (const auto& found : page->items) output.log_streams.push_back(shown(group, found));
    if (!page->next.empty()) output.next_token = page->next;
    return output;
}

}  // namespace stormglass::logs
