// What one balancer node tells: a JSON file that holds these structs, written whole (rename) on
// every change and at least once a second. A file older than a few seconds means that the node is
// dead or frozen. All counters only grow, from the process's start (`started_at_ms`).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace stormglass::lb {

struct ListenerStatus {
    std::string arn;
    int port = 0;
    bool listening = false;
    std::string error;  // Why it is not listening.
};
STORMGLASS_JSON(ListenerStatus, arn, port, listening, error)

/// `state`, `reason` and `description` are DescribeTargetHealth's own words: initial, healthy,
/// unhealthy, draining, unused, unavailable. Seen from this node alone.
struct TargetStatus {
    std::string id;
    int port = 0;
    std::string zone;
    std::string state;
    std::string reason;                   // Empty when healthy.
    std::string description;              // Empty when healthy.
    std::int64_t since_ms = 0;            // Unix time of the last change of state.
    std::int64_t active_requests = 0;     // Being served now.
    std::int64_t active_connections = 0;  // Open to the target now, idle ones included.
};
STORMGLASS_JSON(TargetStatus, id, port, zone, state, reason, description, since_ms, active_requests,
                active_connections)

/// Of one target group; named after the CloudWatch metrics they feed.
struct TargetGroupCounters {
    std::int64_t request_count = 0;
    std::int64_t http_code_target_2xx = 0;
    std::int64_t http_code_target_3xx = 0;
    std::int64_t http_code_target_4xx = 0;
    std::int64_t http_code_target_5xx = 0;
    std::int64_t target_connection_errors = 0;
    std::int64_t target_tls_negotiation_errors = 0;
    std::int64_t unhealthy_routing_requests = 0;   // Sent while failing open.
    std::int64_t target_response_time_us_sum = 0;  // TargetResponseTime's sum ...
    std::int64_t target_response_time_count = 0;   // ... and sample count.
    std::int64_t target_response_time_us_max = 0;  // Of the last whole second.
    /// Microseconds and how many took so long (within two percent); those that are not zero.
    std::vector<std::pair<std::int64_t, std::int64_t>> target_response_times;
};
STORMGLASS_JSON(TargetGroupCounters, request_count, http_code_target_2xx, http_code_target_3xx,
                http_code_target_4xx, http_code_target_5xx, target_connection_errors,
                target_tls_negotiation_errors, unhealthy_routing_requests,
                target_response_time_us_sum, target_response_time_count,
                target_response_time_us_max, target_response_times)

struct TargetGroupStatus {
    std::string arn;
    std::vector<TargetStatus> targets;
    TargetGroupCounters counters;
};
STORMGLASS_JSON(TargetGroupStatus, arn, targets, counters)

/// Of the whole node.
struct NodeCounters {
    std::int64_t active_connections = 0;  // A level, not a count: clients' and targets' together.
    std::int64_t active_client_connections = 0;
    std::int64_t active_requests = 0;
    std::int64_t new_connections = 0;
    std::int64_t rejected_connections = 0;
    std::int64_t client_tls_negotiation_errors = 0;
    std::int64_t processed_bytes = 0;  // As CloudWatch: both directions, client side.
    std::int64_t received_bytes = 0;   // From clients.
    std::int64_t sent_bytes = 0;       // To clients.
    std::int64_t request_count = 0;    // Requests that were given to a target.
    std::int64_t rule_evaluations = 0;
    std::int64_t http_fixed_response = 0;
    std::int64_t http_redirect = 0;
    std::int64_t http_code_elb_3xx = 0;
    std::int64_t http_code_elb_4xx = 0;
    std::int64_t http_code_elb_5xx = 0;
    std::int64_t http_code_elb_500 = 0;
    std::int64_t http_code_elb_502 = 0;
    std::int64_t http_code_elb_503 = 0;
    std::int64_t http_code_elb_504 = 0;
    std::int64_t non_sticky_requests = 0;
    std::int64_t desync_non_compliant_requests = 0;
    std::int64_t dropped_invalid_header_requests = 0;
    std::int64_t access_log_lines_dropped = 0;
};
STORMGLASS_JSON(NodeCounters, active_connections, active_client_connections, active_requests,
                new_connections, rejected_connections, client_tls_negotiation_errors,
                processed_bytes, received_bytes, sent_bytes, request_count, rule_evaluations,
                http_fixed_response, http_redirect, http_code_elb_3xx, http_code_elb_4xx,
                http_code_elb_5xx, http_code_elb_500, http_code_elb_502, http_code_elb_503,
                http_code_elb_504, non_sticky_requests, desync_non_compliant_requests,
                dropped_invalid_header_requests, access_log_lines_dropped)

/// The whole file.
struct LoadBalancerStatus {
    int pid = 0;
    std::int64_t started_at_ms = 0;
    std::int64_t written_at_ms = 0;
    std::int64_t config_version = 0;  // The one in force.
    std::string config_error;         // Why the newest file was not taken; empty when it was.
    std::string zone;
    std::vector<ListenerStatus> listeners;
    std::vector<TargetGroupStatus> target_groups;
    NodeCounters counters;
};
STORMGLASS_JSON(LoadBalancerStatus, pid, started_at_ms, written_at_ms, config_version, config_error,
                zone, listeners, target_groups, counters)

}  // namespace stormglass::lb
