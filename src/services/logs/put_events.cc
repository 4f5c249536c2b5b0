// PutLogEvents: AWS's rules for a batch, and which of its events are kept.
#include "base/log.h"
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

std::vector<NewEvent> chosen(const wire::List<api::InputLogEvent>& events,
                             const Accepted& accepted) {
    std::vector<NewEvent> kept;
    kept.reserve(accepted.to > accepted.from ? accepted.to - accepted.from : 0);
    for (std::size_t i = accepted.from; i < accepted.to; ++i) {
        kept.push_back({events[i].timestamp, events[i].message});
    }
    return kept;
}

}  // namespace

Result<void> Service::take_in(wire::Request& request, Group& group, Stream& stream,
                              std::span<const NewEvent> events) {
    if (events.empty()) return {};
    const std::int64_t now_ms = millis(request.now);
    put_events(request.tx(), group, stream.name, stream.last_number + 1, now_ms, events);
    stream.last_number += events.size();
    std::int64_t bytes = 0;
    for (const auto& event : events) {
        bytes += static_cast<std::int64_t>(event.message.size()) + event_overhead_bytes;
    }
    stream.stored_bytes += bytes;
    group.stored_bytes += bytes;
    stream.last_ingestion_ms = now_ms;
    const auto first = events.front().time_ms, last = events.back().time_ms;
    stream.first_event_ms =
        stream.first_event_ms == 0 ? first : std::min(stream.first_event_ms, first);
    stream.last_event_ms = std::max(stream.last_event_ms, last);
    put_stream(request.tx(), group, stream);
    put_group(request.tx(), group);
    if (publisher_ == nullptr) return {};
    auto samples = samples_of_intake(group, events.size(), bytes, request.now);
    const auto add = [&](std::vector<cloudwatch::Sample> more) {
        std::ranges::move(more, std::back_inserter(samples));
    };
    for (const auto& filter :
         TRY(metric_filters.all(request.tx(), {group.account, group.region, group.name}))) {
        add(TRY(samples_of_filter(filter, *TRY(patterns_.get(filter.pattern)), events)));
    }
    for (const auto& event : events) add(samples_embedded(event));
    // Metrics follow from the events; what CloudWatch refuses must not refuse the events.
    const auto published = publisher_->publish(request, samples);
    if (!published) spdlog::warn("logs: metrics of {}: {}", group.name, published.error().message);
    return {};
}

Result<api::PutLogEventsOutput> Service::put_log_events(wire::Request& request,
                                                        const api::PutLogEventsInput& input) {
    Group group = TRY(find_group(request, input.log_group_name));
    Stream stream = TRY(find_stream(request, group, input.log_stream_name));
    TRY(check_batch(input.log_events));
    const Accepted accepted = accepted_of(group, input.log_events, millis(request.now));
    TRY(take_in(request, group, stream, chosen(input.log_events, accepted)));
    api::PutLogEventsOutput output;
    output.next_sequence_token = fmt::format("{:056}", stream.last_number);
    output.rejected_log_events_info = accepted.rejected;
    return output;
}

}  // namespace stormglass::logs
