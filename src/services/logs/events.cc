#include "services/logs/events.h"

#include <cstring>

#include "store/key.h"

namespace stormglass::logs {
namespace {

constexpr std::string_view events_table = "logs/event";
constexpr std::size_t ingested_bytes = 8, hex_digits = 16;

std::string stream_key(const Group& group, const std::string& stream) {
    return store::key({events_table, group.account, group.region, group.name, stream});
}

/// One part of 32 digits: time, then number.
std::string position_part(Position position) {
    return store::ordered(static_cast<std::uint64_t>(position.time_ms)) +
           store::ordered(position.number);
}

std::string event_key(const Group& group, const std::string& stream, Position position) {
    return stream_key(group, stream) + store::key({position_part(position)});
}

std::uint64_t from_hex(std::string_view digits) {
    std::uint64_t value = 0;
    for (const char c : digits) {
        value = value * 16 + static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return value;
}

Event read_event(std::string_view digits, std::string_view value) {
    Event event;
    event.position.time_ms = static_cast<std::int64_t>(from_hex(digits.substr(0, hex_digits)));
    event.position.number = from_hex(digits.substr(hex_digits, hex_digits));
    std::memcpy(&event.ingested_ms, value.data(), ingested_bytes);
    event.message = value.substr(ingested_bytes);
    return event;
}

}  // namespace

void put_event(store::Tx& tx, const Group& group, const std::string& stream, const Event& event) {
    std::string value(ingested_bytes, '\0');
    std::memcpy(value.data(), &event.ingested_ms, ingested_bytes);
    value += event.message;
    tx.put(event_key(group, stream, event.position), value);
}

Result<void> scan_events(store::Tx& tx, const Group& group, const std::string& stream,
                         Position from, Position to, store::Direction direction,
                         const std::function<store::Step(Event&)>& visit) {
    const std::string prefix = stream_key(group, stream);
    if (from >= to) return {};
    return tx.scan(
        event_key(group, stream, from), event_key(group, stream, to), direction,
        [&](std::string_view key, std::string_view value) {
            if (value.size() < ingested_bytes || key.size() < prefix.size() + 2 * hex_digits) {
                return store::Step::next;
            }
            Event event = read_event(key.substr(prefix.size()), value);
            return visit(event);
        });
}

void erase_event(store::Tx& tx, const Group& group, const std::string& stream, Position position) {
    tx.erase(event_key(group, stream, position));
}

Result<void> erase_events(store::Tx& tx, const Group& group, const std::string& stream) {
    TRY(store::erase_prefix(tx, stream_key(group, stream)));
    return {};
}

}  // namespace stormglass::logs
