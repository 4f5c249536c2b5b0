// Events in the store, many under one key: a chunk holds events of one batch that lie close in
// time, packed, in order. Its key carries the place of its first event, so that a stream's chunks
// are in time order; chunks may overlap by at most `chunk_span_ms`, and whoever reads merges them.
//
// Value of a chunk: time of arrival (8 bytes), count (4), then for each event its time after the
// chunk's first (4 bytes), its length (4) and the message as it came; all little-endian.
#pragma once

#include <functional>
#include <span>

#include "services/logs/records.h"

namespace stormglass::logs {

struct Position {
    std::int64_t time_ms = 0;
    std::uint64_t number = 0;
    auto operator<=>(const Position&) const = default;
};

struct NewEvent {
    std::int64_t time_ms = 0;
    std::string_view message;
};

/// Valid while it is visited.
struct EventView {
    Position position;
    std::int64_t ingested_ms = 0;
    std::string_view message;
};

/// What AWS counts for an event beside its message.
inline constexpr std::int64_t event_overhead_bytes = 26;
inline constexpr std::int64_t chunk_span_ms = 10'000;
inline constexpr std::size_t chunk_bytes_max = 64 * 1024;  // More only where one event is longer.

/// `events` are in time order; the first gets `first_number`, the others the numbers after it.
void put_events(store::Tx& tx, const Group& group, const std::string& stream,
                std::uint64_t first_number, std::int64_t ingested_ms,
                std::span<const NewEvent> events);

struct Range {
    Position from, to;  // from <= position < to.
    store::Direction direction = store::Direction::forward;
    /// A look at the packed bytes of a chunk: false passes over all of it.
    std::function<bool(std::string_view)> chunk_may_match = {};
};
/// Visits events in their order.
Result<void> scan_events(store::Tx& tx, const Group& group, const std::string& stream,
                         const Range& range,
                         const std::function<store::Step(const EventView&)>& visit);

/// Chunks whose last event is older than `before_ms`, oldest first, at most `chunks_max`.
struct Expired {
    std::vector<std::string> keys;
    std::int64_t bytes = 0;
};
Result<Expired> expired_chunks(store::Tx& tx, const Group& group, const std::string& stream,
                               std::int64_t before_ms, std::size_t chunks_max);
Result<void> erase_events(store::Tx& tx, const Group& group, const std::string& stream);

/// After every possible event.
inline constexpr Position position_end{std::numeric_limits<std::int64_t>::max(), 0};

}  // namespace stormglass::logs
