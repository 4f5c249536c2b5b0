// FilterLogEvents: many streams at once, by pattern, merged in time order. A page ends anywhere in
// the order (time, stream, number), so its token is the last event's place in it.
#include "base/strings.h"
#include "services/logs/events.h"
#include "services/logs/filter_pattern.h"
#include "services/logs/service.h"

namespace stormglass::logs {
namespace {

constexpr std::size_t limit_default = 10'000;
constexpr std::size_t page_bytes_max = 1 << 20;

struct Place {
    std::int64_t time_ms = -1;
    std::string stream;
    std::uint64_t number = 0;
    auto operator<=>(const Place&) const = default;
};
STORMGLASS_JSON(Place, time_ms, stream, number)

struct Found {
    Place place;
    std::int64_t ingested_ms = 0;
    std::string message;
};

Result<std::vector<std::string>> wanted_streams(wire::Request& request, const Group& group,
                                                const api::FilterLogEventsInput& input) {
    if (!input.log_stream_names.empty() && input.log_stream_name_prefix) {
        return api::invalid_parameter(
            "logStreamNames and logStreamNamePrefix are mutually "
            "exclusive parameters.");
    }
    std::vector<std::string> names = input.log_stream_names;
    for (const auto& name : names) TRY(find_stream(request, group, name));
    if (!names.empty()) return names;
    const std::string prefix = input.log_stream_name_prefix.value_or("");
    TRY(streams.scan(request.tx(), {group.account, group.region, group.name}, [&](Stream& stream) {
        if (stream.name.starts_with(prefix)) names.push_back(stream.name);
    }));
    return names;
}

Result<Place> read_token(const std::optional<std::string>& token) {
    if (!token) return Place{};
    const auto text = base::base64_decode(*token);
    auto place =
        text ? base::from_json_text<Place>(*text) : Result<Place>(Unexpected(text.error()));
    if (!place) return api::invalid_parameter("The specified nextToken is invalid.");
    return place;
}

/// Fifty-six digits that tell events apart, as AWS's look.
std::string event_id(const Place& place) {
    constexpr std::uint64_t sixteen_digits = 10'000'000'000'000'000;
    return fmt::format("{:020}{:016}{:020}", place.time_ms,
                       std::hash<std::string>{}(place.stream) % sixteen_digits, place.number);
}

}  // namespace

Result<api::FilterLogEventsOutput> Service::filter_log_events(
    wire::Request& request, const api::FilterLogEventsInput& input) {
    const Group group = TRY(find_group(request, input.log_group_name, input.log_group_identifier));
    const auto pattern = TRY(FilterPattern::parse(input.filter_pattern.value_or("")));
    if (input.unmask.value_or(false)) {
        return api::invalid_parameter("Stormglass does not support unmask");
    }
    const Place last = TRY(read_token(input.next_token));
    const auto limit = static_cast<std::size_t>(input.limit.value_or(limit_default));
    const Position from{
        std::max(input.start_time.value_or(0), std::max<std::int64_t>(last.time_ms, 0)), 0};
    const Position to = input.end_time ? Position{*input.end_time + 1, 0} : position_end;
    std::vector<Found> found;
    for (const auto& name : TRY(wanted_streams(request, group, input))) {
        std::size_t here = 0,
                    here_bytes =
                        0;  // One more than the limit of each stream tells whether more follows.
        Range range{from, to};
        range.chunk_may_match = [&](std::string_view packed) { return pattern.may_match(packed); };
        TRY(scan_events(request.tx(), group, name, range, [&](const EventView& event) {
            if (!pattern.matches(event.message)) return store::Step::next;
            Place place{event.position.time_ms, name, event.position.number};
            if (place <= last) return store::Step::next;
            found.push_back({std::move(place), event.ingested_ms, std::string(event.message)});
            here_bytes += event.message.size() + event_overhead_bytes;
            return ++here <= limit && here_bytes <= page_bytes_max ? store::Step::next
                                                                   : store::Step::stop;
        }));
    }
    std::ranges::sort(found, {}, &Found::place);
    api::FilterLogEventsOutput output;
    output.events.present = output.searched_log_streams.present = true;
    std::size_t bytes = 0;
    for (auto& one : found) {
        bytes += one.message.size() + event_overhead_bytes;
        if (output.events.size() == limit || (bytes > page_bytes_max && !output.events.empty())) {
            const auto& end = found[output.events.size() - 1].place;
            output.next_token = base::base64_encode(base::to_json_text(end));
            break;
        }
        output.events.push_back({one.place.stream, one.place.time_ms, std::move(one.message),
                                 one.ingested_ms, event_id(one.place)});
    }
    return output;
}

}  // namespace stormglass::logs
