#include "services/logs/events.h"

#include <algorithm>
#include <cstring>

#include "store/key.h"

namespace stormglass::logs {
namespace {

constexpr std::string_view chunks_table = "logs/chunk";
constexpr std::size_t hex_digits = 16, head_bytes = 12, event_head_bytes = 8;

std::string stream_key(const Group& group, const std::string& stream) {
    return store::key({chunks_table, group.account, group.region, group.name, stream});
}

/// One part of 32 digits: time, then number.
std::string chunk_key(const std::string& prefix, Position position) {
    return prefix + store::key({store::ordered(static_cast<std::uint64_t>(position.time_ms)) +
                                store::ordered(position.number)});
}

std::uint64_t from_hex(std::string_view digits) {
    std::uint64_t value = 0;
    for (const char c : digits) {
        value = value * 16 + static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return value;
}

Position position_in(std::string_view digits) {
    return {static_cast<std::int64_t>(from_hex(digits.substr(0, hex_digits))),
            from_hex(digits.substr(hex_digits, hex_digits))};
}

template <class T>
void append(std::string& to, T value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    to.append(bytes, sizeof value);
}

template <class T>
T read_at(std::string_view from, std::size_t at) {
    T value{};
    if (at + sizeof value <= from.size()) std::memcpy(&value, from.data() + at, sizeof value);
    return value;
}

std::string pack(std::int64_t ingested_ms, std::span<const NewEvent> events, std::size_t bytes) {
    std::string packed;
    packed.reserve(bytes);
    append(packed, ingested_ms);
    append(packed, static_cast<std::uint32_t>(events.size()));
    for (const auto& event : events) {
        append(packed, static_cast<std::uint32_t>(event.time_ms - events.front().time_ms));
        append(packed, static_cast<std::uint32_t>(event.message.size()));
        packed += event.message;
    }
    return packed;
}

/// A chunk that is being read, in either direction.
class Reader {
public:
    Reader(Position first, std::string_view packed, store::Direction direction)
        : first_(first),
          packed_(packed),
          ingested_ms_(read_at<std::int64_t>(packed, 0)),
          count_(read_at<std::uint32_t>(packed, sizeof(std::int64_t))) {
        std::size_t at = head_bytes;
        for (std::uint32_t i = 0; i < count_ && at + event_head_bytes <= packed_.size(); ++i) {
            offsets_.push_back(at);
            at += event_head_bytes + read_at<std::uint32_t>(packed_, at + 4);
        }
        next_ = direction == store::Direction::forward
                    ? 0
                    : static_cast<std::ptrdiff_t>(offsets_.size()) - 1;
        step_ = direction == store::Direction::forward ? 1 : -1;
    }
    bool done() const { return next_ < 0 || next_ >= static_cast<std::ptrdiff_t>(offsets_.size()); }
    Position position() const {
        const auto delta =
            read_at<std::uint32_t>(packed_, offsets_[static_cast<std::size_t>(next_)]);
        return {first_.time_ms + delta, first_.number + static_cast<std::uint64_t>(next_)};
    }
    EventView event() const {
        const std::size_t at = offsets_[static_cast<std::size_t>(next_)];
        const auto size = read_at<std::uint32_t>(packed_, at + 4);
        return {position(), ingested_ms_,
                std::string_view(packed_).substr(at + event_head_bytes, size)};
    }
    void advance() { next_ += step_; }

private:
    Position first_;
    std::string packed_;
    std::int64_t ingested_ms_;
    std::uint32_t count_;
    std::vector<std::size_t> offsets_;
    std::ptrdiff_t next_ = 0, step_ = 1;
};

/// Merges the few chunks that overlap.
class Merge {
public:
    Merge(const Range& range, const std::function<store::Step(const EventView&)>& visit)
        : range_(range), visit_(visit), forward_(range.direction == store::Direction::forward) {}

    /// Gives out what comes before anything that a chunk beginning at `first`, or one after it, can
    /// hold.
    store::Step flush(Position first) {
        return give([&](Position next) {
            return forward_ ? next < first : next.time_ms > first.time_ms + chunk_span_ms;
        });
    }
    store::Step finish() {
        return give([](Position) { return true; });
    }
    void add(Position first, std::string_view packed) {
        open_.emplace_back(first, packed, range_.direction);
        while (!open_.back().done() && is_before_range(open_.back().position()))
            open_.back().advance();
        if (open_.back().done()) open_.pop_back();
    }

private:
    bool is_before_range(Position position) const {
        return forward_ ? position < range_.from : position >= range_.to;
    }
    bool is_behind_range(Position position) const {
        return forward_ ? position >= range_.to : position < range_.from;
    }
    template <class Until>
    store::Step give(Until until) {
        while (!open_.empty()) {
            const auto nearest =
                std::ranges::min_element(open_, [&](const Reader& a, const Reader& b) {
                    return forward_ ? a.position() < b.position() : b.position() < a.position();
                });
            if (!until(nearest->position())) break;
            if (is_behind_range(nearest->position())) return store::Step::stop;
            if (visit_(nearest->event()) == store::Step::stop) return store::Step::stop;
            nearest->advance();
            if (nearest->done()) open_.erase(nearest);
        }
        return store::Step::next;
    }

    const Range& range_;
    const std::function<store::Step(const EventView&)>& visit_;
    const bool forward_;
    std::vector<Reader> open_;
};

}  // namespace

void put_events(store::Tx& tx, const Group& group, const std::string& stream,
                std::uint64_t first_number, std::int64_t ingested_ms,
                std::span<const NewEvent> events) {
    const std::string prefix = stream_key(group, stream);
    for (std::size_t from = 0; from < events.size();) {
        std::size_t to = from, bytes = head_bytes;
        while (to < events.size()) {
            const std::size_t more = event_head_bytes + events[to].message.size();
            const bool fits = bytes + more <= chunk_bytes_max &&
                              events[to].time_ms - events[from].time_ms <= chunk_span_ms;
            if (to > from && !fits) break;
            bytes += more;
            ++to;
        }
        tx.put(chunk_key(prefix, {events[from].time_ms, first_number + from}),
               pack(ingested_ms, events.subspan(from, to - from), bytes));
        from = to;
    }
}

Result<void> scan_events(store::Tx& tx, const Group& group, const std::string& stream,
                         const Range& range,
                         const std::function<store::Step(const EventView&)>& visit) {
    if (range.from >= range.to) return {};
    const std::string prefix = stream_key(group, stream);
    // A chunk that begins before the range may reach into it.
    const Position earliest{std::max<std::int64_t>(range.from.time_ms - chunk_span_ms, 0), 0};
    Merge merge(range, visit);
    bool stopped = false;
    TRY(tx.scan(chunk_key(prefix, earliest), chunk_key(prefix, range.to), range.direction,
                [&](std::string_view key, std::string_view value) {
                    if (value.size() < head_bytes || key.size() < prefix.size() + 2 * hex_digits) {
                        return store::Step::next;
                    }
                    const Position first = position_in(key.substr(prefix.size()));
                    stopped = merge.flush(first) == store::Step::stop;
                    if (stopped) return store::Step::stop;
                    if (!range.chunk_may_match || range.chunk_may_match(value.substr(head_bytes))) {
                        merge.add(first, value);
                    }
                    return store::Step::next;
                }));
    if (!stopped) merge.finish();
    return {};
}

Result<Expired> expired_chunks(store::Tx& tx, const Group& group, const std::string& stream,
                               std::int64_t before_ms, std::size_t chunks_max) {
    Expired expired;
    const std::string prefix = stream_key(group, stream);
    if (before_ms <= 0) return expired;
    TRY(tx.scan(chunk_key(prefix, {}), chunk_key(prefix, {before_ms, 0}), store::Direction::forward,
                [&](std::string_view key, std::string_view value) {
                    Reader reader(position_in(key.substr(prefix.size())), value,
                                  store::Direction::backward);
                    // Younger chunks may have ended: they go next time.
                    if (!reader.done() && reader.position().time_ms >= before_ms)
                        return store::Step::next;
                    for (; !reader.done(); reader.advance()) {
                        expired.bytes += static_cast<std::int64_t>(reader.event().message.size()) +
                                         event_overhead_bytes;
                    }
                    expired.keys.emplace_back(key);
                    return expired.keys.size() < chunks_max ? store::Step::next : store::Step::stop;
                }));
    return expired;
}

Result<void> erase_events(store::Tx& tx, const Group& group, const std::string& stream) {
    TRY(store::erase_prefix(tx, stream_key(group, stream)));
    return {};
}

}  // namespace stormglass::logs
