// Events in the store: one key an event, in time order within a stream. The key carries time and a
// number, the value the time of arrival (8 bytes, little-endian) and the message as it came.
#pragma once

#include <functional>

#include "services/logs/records.h"

namespace stormglass::logs {

struct Position {
    std::int64_t time_ms = 0;
    std::uint64_t number = 0;
    auto operator<=>(const Position&) const = default;
};

struct Event {
    Position position;
    std::int64_t ingested_ms = 0;
    std::string message;
};

/// What AWS counts for an event beside its message.
inline constexpr std::int64_t event_overhead_bytes = 26;

void put_event(store::Tx& tx, const Group& group, const std::string& stream, const Event& event);
/// Visits events with from <= position < to.
Result<void> scan_events(store::Tx& tx, const Group& group, const std::string& stream,
                         Position from, Position to, store::Direction direction,
                         const std::function<store::Step(Event&)>& visit);
void erase_event(store::Tx& tx, const Group& group, const std::string& stream, Position position);
Result<void> erase_events(store::Tx& tx, const Group& group, const std::string& stream);

/// After every possible event.
inline constexpr Position position_end{std::numeric_limits<std::int64_t>::max(), 0};

}  // namespace stormglass::logs
