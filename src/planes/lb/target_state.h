// What lives on across configurations: a target's health and load, a group's counters. Written by
// the health checker (control thread) and by the workers, read by all: everything is atomic.
// Snapshots share ownership of them, since an old snapshot may outlive a newer one for as long as a
// request runs; this is the one place where shared_ptr holds something that changes.
#pragma once

#include <atomic>
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
