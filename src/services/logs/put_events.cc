// PutLogEvents: AWS's rules for a batch, and which of its events are kept.
#include "services/logs/events.h"
#include "services/logs/service.h"

namespace stormglass::logs {
namespace {

constexpr std::int64_t batch_bytes_max = 1'048'576;
constexpr std::int64_t hour_ms = 3'600'000, day_ms = 24 * hour_ms;
constexpr std::int64_t span_max_ms = day_ms, too_new_ms = 2 * hour_ms, too_old_ms = 14 * day_ms;

Result<void> check_batch(const wire::List<api::InputLogEvent>& events) {
    std::int64_t bytes = 0;
    for (std::size_t i = 0; i < events.size(); ++i) {
        bytes += static_cast<std::int64_t>(events[i].message.size()) + event_overhead_bytes;
        if (i > 0 && events[i].timestamp < events[i - 1].timestamp) {
            return api::invalid_parameter(
                "Log events in a single PutLogEvents request must be in chronological order.");
        }
    }
    if (bytes > batch_bytes_max) {
        return api::invalid_parameter(
            fmt::format("Upload too large: {} bytes exceeds limit of {}", bytes, batch_bytes_max));
    }
    if (!events.empty() && events.back().timestamp - events.front().timestamp > span_max_ms) {
        return api::invalid_parameter(
            "The batch of log events in a single PutLogEvents request "
            "cannot span more than 24 hours.");
    }
    return {};
}

/// Events are in order, so what is refused lies at the ends: [0, from) and [to, size).
struct Accepted {
    std::size_t from = 0, to = 0;
    std::optional<api::RejectedLogEventsInfo> rejected;
};

Accepted accepted_of(const Group& group, const wire::List<api::InputLogEvent>& events,
                     std::int64_t now_ms) {
    const auto first_at = [&](std::int64_t time) {
        return static_cast<std::size_t>(
            std::ranges::lower_bound(events, time, {}, &api::InputLogEvent::timestamp) -
            events.begin());
    };
    Accepted accepted;
    api::RejectedLogEventsInfo info;
    const std::size_t too_old = first_at(now_ms - too_old_ms);
    accepted.to = first_at(now_ms + too_new_ms + 1);
    accepted.from = too_old;
    if (too_old > 0) info.too_old_log_event_end_index = too_old;
    if (group.retention_days > 0) {
        const std::size_t expired = first_at(now_ms - group.retention_days * day_ms);
        if (expired > 0) info.expired_log_event_end_index = expired;
        accepted.from = std::max(accepted.from, expired);
    }
    if (accepted.to < events.size()) info.too_new_log_event_start_index = accepted.to;
    if (accepted.from > 0 || accepted.to < events.size()) accepted.rejected = info;
    return accepted;
}

}  // namespace

Result<api::PutLogEventsOutput> Service::put_log_events(wire::Request& request,
                                                        const api::PutLogEventsInput& input) {
    Group group = TRY(find_group(request, input.log_group_name));
    Stream stream = TRY(find_stream(request, group, input.log_stream_name));
    TRY(check_batch(input.log_events));
    const std::int64_t now_ms = millis(request.now);
    const Accepted accepted = accepted_of(group, input.log_events, now_ms);
    for (std::size_t i = accepted.from; i < accepted.to; ++i) {
        const auto& event = input.log_events[i];
        put_event(request.tx(), group, stream.name,
                  {{event.timestamp, ++stream.last_number}, now_ms, event.message});
        const auto bytes = static_cast<std::int64_t>(event.message.size()) + event_overhead_bytes;
        stream.stored_bytes += bytes;
        group.stored_bytes += bytes;
    }
    if (accepted.from < accepted.to) stream.last_ingestion_ms = now_ms;
    put_stream(request.tx(), group, stream);
    put_group(request.tx(), group);
    api::PutLogEventsOutput output;
    output.next_sequence_token = fmt::format("{:056}", stream.last_number);
    output.rejected_log_events_info = accepted.rejected;
    return output;
}

}  // namespace stormglass::logs
