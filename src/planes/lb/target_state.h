// What lives on across configurations: a target's health and load, a group's counters. Written by
// the health checker (control thread) and by the workers, read by all: everything is atomic.
// Snapshots share ownership of them, since an old snapshot may outlive a newer one for as long as a
// request runs; this is the one place where shared_ptr holds something that changes.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <string>

namespace stormglass::lb {

using Counter = std::atomic<std::int64_t>;

inline void count(Counter& counter, std::int64_t by = 1) {
    counter.fetch_add(by, std::memory_order_relaxed);
}
inline std::int64_t read(const Counter& counter) { return counter.load(std::memory_order_relaxed); }
/// Raises a maximum.
inline void raise(Counter& counter, std::int64_t value) {
    auto seen = read(counter);
    while (value > seen && !counter.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
    }
}

struct TargetState {
    std::atomic<bool> healthy = false;
    Counter healthy_since_ms = 0;  // Steady clock; slow start counts from it.
    Counter active_requests = 0;
    Counter active_connections = 0;
    /// Unix ms after which requests to it are cut: 0 = it stays.
    Counter cut_after_ms = 0;

    bool is_cut(std::int64_t unix_ms) const {
        const auto at = read(cut_after_ms);
        return at != 0 && unix_ms >= at;
    }
};

/// A histogram of times in microseconds: exact below 32, then 32 steps for each doubling (within
/// two percent of the middle of a step), up to twenty minutes.
class TimeHistogram {
public:
    static constexpr int step_bits = 5, bits_max = 30;
    static constexpr int steps = 1 << step_bits;
    static constexpr int size = steps * (bits_max - step_bits + 1);

    void add(std::int64_t us) { count(counts_[index_of(us)]); }
    std::int64_t at(int index) const { return read(counts_[index]); }
    static int index_of(std::int64_t us) {
        const auto value = static_cast<std::uint64_t>(us < 0 ? 0 : us);
        if (value < steps) return static_cast<int>(value);
        const int shift = std::bit_width(value) - 1 - step_bits;
        if (shift + step_bits >= bits_max) return size - 1;
        return steps * (shift + 1) + static_cast<int>((value >> shift) - steps);
    }
    /// The middle of a step.
    static std::int64_t value_of(int index) {
        if (index < steps) return index;
        const int shift = index / steps - 1;
        const auto begin = static_cast<std::int64_t>(steps + index % steps) << shift;
        return begin + ((std::int64_t{1} << shift) >> 1);
    }

private:
    Counter counts_[size] = {};
};

struct TargetGroupState {
    /// Grows with every change of health or membership: workers then look anew.
    std::atomic<std::uint64_t> generation = 1;
    Counter requests = 0;
    Counter codes[6] = {};  // By class: codes[2] counts 2XX.
    Counter connection_errors = 0;
    Counter tls_errors = 0;
    Counter unhealthy_routing_requests = 0;
    Counter response_time_us_sum = 0;
    Counter response_time_count = 0;
    Counter response_time_us_max = 0;  // Since the status writer last took it.
    TimeHistogram response_times;
};

/// The node's own counters; status.h says what each means.
struct NodeState {
    Counter client_connections = 0;
    Counter target_connections = 0;
    Counter active_requests = 0;
    Counter new_connections = 0;
    Counter rejected_connections = 0;
    Counter client_tls_errors = 0;
    Counter received_bytes = 0;
    Counter sent_bytes = 0;
    Counter requests = 0;
    Counter rule_evaluations = 0;
    Counter fixed_responses = 0;
    Counter redirects = 0;
    Counter codes[6] = {};  // Made by the balancer, by class.
    Counter code_500 = 0;
    Counter code_502 = 0;
    Counter code_503 = 0;
    Counter code_504 = 0;
    Counter non_sticky_requests = 0;
    Counter desync_non_compliant = 0;
    Counter dropped_invalid_header_requests = 0;
    Counter log_lines_dropped = 0;
};

}  // namespace stormglass::lb
