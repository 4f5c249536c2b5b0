// Log streams: create, delete, describe.
#include "services/common/ids.h"
#include "services/logs/events.h"
#include "services/logs/service.h"

namespace stormglass::logs {
namespace {

constexpr std::size_t describe_default = 50;

api::LogStream shown(const Group& group, const Stream& found) {
    api::LogStream out;
    out.log_stream_name = found.name;
    out.creation_time = found.created_ms;
    out.arn = stream_arn(group, found.name);
    out.stored_bytes = 0;  // As AWS answers for every stream since 2019.
    if (found.first_event_ms > 0) {
        out.first_event_timestamp = found.first_event_ms;
        out.last_event_timestamp = found.last_event_ms;
    }
    if (found.last_ingestion_ms > 0) {
        out.last_ingestion_time = found.last_ingestion_ms;
        out.upload_sequence_token = fmt::format("{:056}", found.last_number);
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
    auto all = TRY(streams.all(request.tx(), {group.account, group.region, group.name}));
    std::erase_if(all, [&](const Stream& stream) { return !stream.name.starts_with(prefix); });
    if (by_time) {
        std::ranges::stable_sort(all, {}, &Stream::last_event_ms);
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
