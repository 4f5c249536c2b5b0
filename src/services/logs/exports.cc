#include "services/logs/exports.h"

#include <zlib.h>

#include "services/common/ids.h"
#include "services/logs/events.h"
#include "services/logs/service.h"

namespace stormglass::logs {
namespace {

constexpr base::Millis rest{60'000};  // Who creates a task commits, which wakes.
constexpr std::size_t file_bytes_max = 16 * 1024 * 1024;  // Of text, before compression.
constexpr int gzip_window = 15 + 16;  // zlib: the largest window, in gzip's form.
constexpr int gzip_memory = 8;
constexpr std::size_t describe_default = 50;

std::string gzip(const std::string& text) {
    z_stream stream{};
    ::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, gzip_memory,
                   Z_DEFAULT_STRATEGY);
    std::string packed(::deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    ::deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    ::deflateEnd(&stream);
    return packed;
}

/// A stream's name as a part of a key.
std::string folder_of(std::string stream) {
    std::ranges::replace(stream, '/', '-');
    return stream;
}

api::ExportTask shown(const ExportTask& task) {
    api::ExportTask out;
    out.task_id = task.id;
    if (!task.name.empty()) out.task_name = task.name;
    out.log_group_name = task.group;
    out.from = task.from_ms;
    out.to = task.to_ms;
    out.destination = task.bucket;
    out.destination_prefix = task.prefix;
    auto& status = out.status.emplace();
    status.code = task.status;
    if (!task.message.empty()) status.message = task.message;
    auto& info = out.execution_info.emplace();
    info.creation_time = task.created_ms;
    if (task.completed_ms != 0) info.completion_time = task.completed_ms;
    return out;
}

bool is_over(const ExportTask& task) {
    return task.status != "PENDING" && task.status != "RUNNING";
}

}  // namespace

Result<base::Millis> Exports::reconcile() {
    for (auto& task : TRY(export_tasks.all(*store_.read()))) {
        if (is_over(task)) continue;
        if (!TRY(set_status(task, "RUNNING", ""))) continue;
        const auto done = write_out(task);
        if (!done && done.error().domain != Domain::aws) return Unexpected(done.error());
        TRY(set_status(
            task, done ? "COMPLETED" : "FAILED",
            done ? "Completed successfully" : done.error().code + ": " + done.error().message));
    }
    return rest;
}

Result<bool> Exports::set_status(ExportTask& task, const std::string& status,
                                 const std::string& message) {
    auto tx = TRY(store_.write());
    const store::Parts key{task.account, task.region, task.id};
    const auto now = TRY(export_tasks.get(*tx, key));
    if (!now || is_over(*now)) return false;
    task.status = status;
    task.message = message;
    if (is_over(task)) task.completed_ms = millis(clock_.now());
    export_tasks.put(*tx, key, task);
    TRY(store_.commit_durable(std::move(tx)));
    return true;
}

Result<void> Exports::write_out(const ExportTask& task) {
    const auto look = store_.read();
    const auto group = TRY(groups.get(*look, {task.account, task.region, task.group}));
    if (!group) return api::resource_not_found("The specified log group does not exist.");
    TRY(deliver(task, task.prefix + "/aws-logs-write-test", "Permission Check Successful"));
    for (const auto& stream : TRY(streams.all(*look, {task.account, task.region, task.group}))) {
        if (stream.name.starts_with(task.stream_prefix))
            TRY(write_stream(task, *group, stream.name));
    }
    return {};
}

Result<void> Exports::write_stream(const ExportTask& task, const Group& group,
                                   const std::string& stream) {
    std::string text;
    std::size_t number = 0;
    const auto flush = [&]() -> Result<void> {
        if (text.empty()) return {};
        const auto key =
            fmt::format("{}/{}/{}/{:06}.gz", task.prefix, task.id, folder_of(stream), number++);
        return deliver(task, key, gzip(std::exchange(text, {})));
    };
    Result<void> outcome;
    const auto look = store_.read();
    TRY(scan_events(
        *look, group, stream, {{task.from_ms, 0}, {task.to_ms, 0}}, [&](const EventView& event) {
            text += base::iso8601_millis(base::Time{base::Millis{event.position.time_ms}});
            text += ' ';
            text += event.message;
            text += '\n';
            if (text.size() >= file_bytes_max) outcome = flush();
            return outcome ? store::Step::next : store::Step::stop;
        }));
    TRY(outcome);
    return flush();
}

Result<void> Exports::deliver(const ExportTask& task, const std::string& key, std::string body) {
    const services::DeliverySender sender{
        .service = fmt::format("logs.{}.amazonaws.com", task.region),
        .service_account = "",
        .region = task.region,
        .source_account = task.account,
        .source_arn = fmt::format("arn:aws:logs:{}:{}:log-group:{}:*", task.region, task.account,
                                  task.group)};
    return delivery_.deliver(sender,
                             {task.bucket, key, "application/octet-stream", std::move(body)});
}

Result<api::CreateExportTaskOutput> Service::create_export_task(
    wire::Request& request, const api::CreateExportTaskInput& input) {
    TRY(find_group(request, input.log_group_name));
    if (input.from >= input.to) {
        return api::invalid_parameter(
            "The specified time range is not valid. Ensure that from is before to.");
    }
    for (const auto& one : TRY(export_tasks.all(request.tx(), {request.account, request.region}))) {
        if (!is_over(one)) return api::limit_exceeded("Resource limit exceeded.");
    }
    ExportTask task;
    task.id = random_.uuid();
    task.name = input.task_name.value_or("");
    task.account = request.account;
    task.region = request.region;
    task.group = input.log_group_name;
    task.stream_prefix = input.log_stream_name_prefix.value_or("");
    task.bucket = input.destination;
    task.prefix = input.destination_prefix.value_or("exportedlogs");
    task.from_ms = input.from;
    task.to_ms = input.to;
    task.created_ms = millis(request.now);
    task.status = "PENDING";
    export_tasks.put(request.tx(), {task.account, task.region, task.id}, task);
    api::CreateExportTaskOutput output;
    output.task_id = task.id;
    return output;
}

Result<api::CancelExportTaskOutput> Service::cancel_export_task(
    wire::Request& request, const api::CancelExportTaskInput& input) {
    const store::Parts key{request.account, request.region, input.task_id};
    auto task = TRY(export_tasks.get(request.tx(), key));
    if (!task) return api::resource_not_found("The specified export task does not exist.");
    if (is_over(*task))
        return api::invalid_operation("The specified export task has already ended.");
    task->status = "CANCELLED";
    task->completed_ms = millis(request.now);
    export_tasks.put(request.tx(), key, *task);
    return api::CancelExportTaskOutput{};
}

Result<api::DescribeExportTasksOutput> Service::describe_export_tasks(
    wire::Request& request, const api::DescribeExportTasksInput& input) {
    auto all = TRY(export_tasks.all(request.tx(), {request.account, request.region}));
    std::erase_if(all, [&](const ExportTask& task) {
        return (input.task_id && *input.task_id != task.id) ||
               (input.status_code && *input.status_code != task.status);
    });
    const auto size =
        static_cast<std::size_t>(input.limit.value_or(static_cast<std::int64_t>(describe_default)));
    const auto page = services::page_of(std::move(all), input.next_token.value_or(""), size);
    if (!page) return api::invalid_parameter("The specified nextToken is invalid.");
    api::DescribeExportTasksOutput output;
    output.export_tasks.present = true;
    for (const auto& task : page->items) output.export_tasks.push_back(shown(task));
    if (!page->next.empty()) output.next_token = page->next;
    return output;
}

/// There is nothing to send to: neither Kinesis nor Firehose nor Lambda.
Result<api::PutSubscriptionFilterOutput> Service::put_subscription_filter(
    wire::Request&, const api::PutSubscriptionFilterInput& input) {
    return api::invalid_parameter(
        "Stormglass does not support subscription filters: it has no Kinesis, Firehose or Lambda "
        "to send to (" +
        input.destination_arn + ")");
}

Result<api::DescribeSubscriptionFiltersOutput> Service::describe_subscription_filters(
    wire::Request& request, const api::DescribeSubscriptionFiltersInput& input) {
    TRY(find_group(request, input.log_group_name));
    api::DescribeSubscriptionFiltersOutput output;
    output.subscription_filters.present = true;
    return output;
}

}  // namespace stormglass::logs
