// What one balancer node is told: a JSON file that holds these structs. The control plane fills
// them and writes the file atomically (0600: it holds private keys), then sends SIGHUP. Members
// missing in the file keep the defaults below, which are AWS's. Names follow the ELBv2 API.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace stormglass::lb {

/// PEM, leaf first and then its chain. `arn` is what the access log shows.
struct Certificate {
    std::string arn;
    std::string chain_pem;
    std::string key_pem;
};
STORMGLASS_JSON(Certificate, arn, chain_pem, key_pem)

/// One pair of a query-string condition; an empty key matches any key.
struct QueryStringPair {
    std::string key;
    std::string value;
};
STORMGLASS_JSON(QueryStringPair, key, value)

/// `field`: host-header, path-pattern, http-header, http-request-method, query-string, source-ip.
/// Any one of `values` (of `query_strings` for query-string) must match.
struct RuleCondition {
    std::string field;
    std::vector<std::string> values;
    std::string http_header_name;                // http-header only.
    std::vector<QueryStringPair> query_strings;  // query-string only.
};
STORMGLASS_JSON(RuleCondition, field, values, http_header_name, query_strings)

struct WeightedTargetGroup {
    std::string target_group_arn;
    int weight = 1;
};
STORMGLASS_JSON(WeightedTargetGroup, target_group_arn, weight)

struct GroupStickiness {
    bool enabled = false;
    int duration_seconds = 3600;
};
STORMGLASS_JSON(GroupStickiness, enabled, duration_seconds)

struct ForwardAction {
    std::vector<WeightedTargetGroup> target_groups;
    GroupStickiness stickiness;
};
STORMGLASS_JSON(ForwardAction, target_groups, stickiness)

struct RedirectAction {
    std::string protocol = "#{protocol}";
    std::string host = "#{host}";
    std::string port = "#{port}";
    std::string path = "/#{path}";
    std::string query = "#{query}";
    std::string status_code = "HTTP_301";  // HTTP_301 or HTTP_302.
};
STORMGLASS_JSON(RedirectAction, protocol, host, port, path, query, status_code)

struct FixedResponseAction {
    std::string status_code = "503";
    std::string content_type = "text/plain";
    std::string message_body;
};
STORMGLASS_JSON(FixedResponseAction, status_code, content_type, message_body)

/// `type`: forward, redirect or fixed-response; it says which of the others counts.
struct Action {
    std::string type;
    ForwardAction forward;
    RedirectAction redirect;
    FixedResponseAction fixed_response;
};
STORMGLASS_JSON(Action, type, forward, redirect, fixed_response)

/// `priority` 0 is the listener's default rule: no conditions, always last.
struct Rule {
    std::string arn;
    int priority = 0;
    std::vector<RuleCondition> conditions;
    Action action;
};
STORMGLASS_JSON(Rule, arn, priority, conditions, action)

struct ListenerConfig {
    std::string arn;
    int port = 80;                          // 0 = any free port (tests; status tells which).
    std::string protocol = "HTTP";          // HTTP or HTTPS.
    std::string ssl_policy;                 // HTTPS: e.g. ELBSecurityPolicy-TLS13-1-2-2021-06.
    std::vector<Certificate> certificates;  // HTTPS: the first is the default, the rest by SNI.
    std::vector<Rule> rules;                // Any order; the default rule among them.
};
STORMGLASS_JSON(ListenerConfig, arn, port, protocol, ssl_policy, certificates, rules)

struct HealthCheckConfig {
    bool enabled = true;
    std::string protocol = "HTTP";      // HTTP or HTTPS.
    std::string port = "traffic-port";  // Or a number.
    std::string path = "/";
    std::string matcher = "200";  // "200", "200-299", "200,202,300-399".
    int interval_seconds = 30;
    int timeout_seconds = 5;
    int healthy_threshold = 5;
    int unhealthy_threshold = 2;
    // Finer than AWS offers, for tests: when above 0 they replace the two times above.
    int interval_ms = 0;
    int timeout_ms = 0;
};
STORMGLASS_JSON(HealthCheckConfig, enabled, protocol, port, path, matcher, interval_seconds,
                timeout_seconds, healthy_threshold, unhealthy_threshold, interval_ms, timeout_ms)

/// A registered target. `state`: "active"; or "draining" until `drain_deadline_ms` (Unix time in
/// ms), after which the control plane leaves it out. Targets that AWS calls unused for the control
/// plane's reasons (stopped instance, zone not enabled) are not listed at all.
struct TargetConfig {
    std::string id;       // Instance id or address: what DescribeTargetHealth names.
    std::string address;  // IPv4.
    int port = 80;
    std::string zone;
    std::string state = "active";
    std::int64_t drain_deadline_ms = 0;
};
STORMGLASS_JSON(TargetConfig, id, address, port, zone, state, drain_deadline_ms)

struct StickinessConfig {
    bool enabled = false;
    std::string type = "lb_cookie";  // lb_cookie or app_cookie.
    int duration_seconds = 86400;
    std::string cookie_name;  // app_cookie: the application's own cookie.
};
STORMGLASS_JSON(StickinessConfig, enabled, type, duration_seconds, cookie_name)

struct TargetGroupConfig {
    std::string arn;
    std::string name;
    std::string protocol = "HTTP";          // HTTP or HTTPS, towards the targets.
    std::string algorithm = "round_robin";  // Or least_outstanding_requests, weighted_random.
    bool anomaly_mitigation = false;
    HealthCheckConfig health_check;
    StickinessConfig stickiness;
    int deregistration_delay_seconds = 300;
    int slow_start_seconds = 0;
    std::string cross_zone = "use_load_balancer_configuration";  // Or "true", "false".
    int minimum_healthy_targets_count = 1;       // unhealthy_state_routing; 0 = off.
    int minimum_healthy_targets_percentage = 0;  // unhealthy_state_routing; 0 = off.
    std::vector<TargetConfig> targets;
};
STORMGLASS_JSON(TargetGroupConfig, arn, name, protocol, algorithm, anomaly_mitigation, health_check,
                stickiness, deregistration_delay_seconds, slow_start_seconds, cross_zone,
                minimum_healthy_targets_count, minimum_healthy_targets_percentage, targets)

/// The load balancer's attributes (ModifyLoadBalancerAttributes), with AWS's defaults.
struct LoadBalancerAttributes {
    int idle_timeout_seconds = 60;
    int client_keep_alive_seconds = 3600;
    std::string xff_header_processing_mode = "append";  // append, preserve, remove.
    bool xff_client_port = false;
    bool preserve_host_header = false;
    bool drop_invalid_header_fields = false;
    bool tls_version_and_cipher_suite_headers = false;
    std::string desync_mitigation_mode = "defensive";  // monitor, defensive, strictest.
    bool http2 = true;
};
STORMGLASS_JSON(LoadBalancerAttributes, idle_timeout_seconds, client_keep_alive_seconds,
                xff_header_processing_mode, xff_client_port, preserve_host_header,
                drop_invalid_header_fields, tls_version_and_cipher_suite_headers,
                desync_mitigation_mode, http2)

/// The whole file.
struct LoadBalancerConfig {
    std::int64_t config_version = 0;  // Grows with each change; status says which one is applied.
    std::string name;
    std::string arn;   // The access log's name is its "app/NAME/ID" part.
    std::string zone;  // The node's own.
    std::string bind_address = "0.0.0.0";
    std::string cookie_key;  // 64 hex digits, the same for all nodes; keeps AWSALB cookies opaque.
    int threads = 1;
    std::string access_log_folder;  // Empty = none. One line per request, AWS's format.
    int access_log_seconds = 300;   // The interval of one file.
    LoadBalancerAttributes attributes;
    std::vector<ListenerConfig> listeners;
    std::vector<TargetGroupConfig> target_groups;  // All that a rule names.
};
STORMGLASS_JSON(LoadBalancerConfig, config_version, name, arn, zone, bind_address, cookie_key,
                threads, access_log_folder, access_log_seconds, attributes, listeners,
                target_groups)

}  // namespace stormglass::lb
