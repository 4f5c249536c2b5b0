// GetLogEvents: one stream, page by page in both directions.
#include <charconv>

#include "services/logs/events.h"
#include "services/logs/service.h"

namespace stormglass::logs {
namespace {

constexpr std::size_t limit_default = 10'000;
constexpr std::size_t page_bytes_max = 1 << 20;

/// "f/TIME/NUMBER": what comes after that event; "b/...": what comes before it.
struct Token {
    char direction = 'b';
    Position position;
};

std::string token_text(char direction, Position position) {
    return fmt::format("{}/{:032}/{:020}", direction, position.time_ms, position.number);
}

Result<Token> read_token(const std::string& text) {
    const auto bad = [] { return api::invalid_parameter("The specified nextToken is invalid."); };
    if (!text.starts_with("f/") && !text.starts_with("b/")) return bad();
    const auto slash = text.find('/', 2);
    if (slash == std::string::npos) return bad();
    Token token{text[0], {}};
    const char *middle = text.data() + slash, *end = text.data() + text.size();
    const auto time = std::from_chars(text.data() + 2, middle, token.position.time_ms);
    const auto number = std::from_chars(middle + 1, end, token.position.number);
    if (time.ec != std::errc{} || time.ptr != middle || number.ec != std::errc{} ||
        number.ptr != end || token.position.time_ms < 0) {
        return bad();
    }
    return token;
}

Position after(Position position) { return {position.time_ms, position.number + 1}; }

}  // namespace

Result<api::GetLogEventsOutput> Service::get_log_events(wire::Request& request,
                                                        const api::GetLogEventsInput& input) {
    const Group group = TRY(find_group(request, input.log_group_name, input.log_group_identifier));
    const Stream stream = TRY(find_stream(request, group, input.log_stream_name));
    if (input.unmask.value_or(false)) {
        return api::invalid_parameter("Stormglass does not support unmask");
    }
    Position from{std::max<std::int64_t>(input.start_time.value_or(0), 0), 0};
    Position to = input.end_time ? Position{*input.end_time, 0} : position_end;
    bool forward = input.start_from_head.value_or(false);
    Position here{from};
    if (input.next_token) {
        const Token token = TRY(read_token(*input.next_token));
        forward = token.direction == 'f';
        here = token.position;
        if (forward) {
            from = std::max(from, after(here));
        } else {
            to = std::min(to, here);
        }
    }
    const auto limit = static_cast<std::size_t>(input.limit.value_or(limit_default));
    std::vector<api::OutputLogEvent> found;
    std::vector<Position> places;
    std::size_t bytes = 0;
    TRY(scan_events(request.tx(), group, stream.name,
                    {from, to, forward ? store::Direction::forward : store::Direction::backward},
                    [&](const EventView& event) {
                        bytes += event.message.size() + event_overhead_bytes;
                        if (!found.empty() && bytes > page_bytes_max) return store::Step::stop;
                        found.push_back({event.position.time_ms, std::string(event.message),
                                         event.ingested_ms});
                        places.push_back(event.position);
                        return found.size() < limit ? store::Step::next : store::Step::stop;
                    }));
    if (!forward) {
        std::ranges::reverse(found);
        std::ranges::reverse(places);
    }
    api::GetLogEventsOutput output;
    output.events.present = true;
    for (auto& event : found) output.events.push_back(std::move(event));
    output.next_forward_token = token_text('f', places.empty() ? here : places.back());
    output.next_backward_token = token_text('b', places.empty() ? here : places.front());
    return output;
}

}  // namespace stormglass::logs
