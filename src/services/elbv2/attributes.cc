#include "services/elbv2/attributes.h"

#include "base/strings.h"
#include "services/elbv2/access.h"

namespace stormglass::elbv2 {
namespace {

constexpr AttributeRule of_balancers[] = {
    {"access_logs.s3.enabled", "false", "bool", ""},
    {"access_logs.s3.bucket", "", "text", ""},
    {"access_logs.s3.prefix", "", "text", ""},
    {"idle_timeout.timeout_seconds", "60", "1-4000", ""},
    {"deletion_protection.enabled", "false", "bool", ""},
    {"routing.http2.enabled", "true", "bool", ""},
    {"routing.http.drop_invalid_header_fields.enabled", "false", "bool", ""},
    {"routing.http.xff_client_port.enabled", "false", "bool", ""},
    {"routing.http.preserve_host_header.enabled", "false", "bool", ""},
    {"routing.http.xff_header_processing.mode", "append", "append|preserve|remove", ""},
    {"load_balancing.cross_zone.enabled", "true", "bool", "true"},
    {"routing.http.desync_mitigation_mode", "defensive", "monitor|defensive|strictest", ""},
    {"client_keep_alive.seconds", "3600", "60-604800", ""},
    {"waf.fail_open.enabled", "false", "bool", "false"},  // There is no WAF that could fail.
    {"routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "false", "bool", ""},
    {"connection_logs.s3.enabled", "false", "bool", "false"},
    {"connection_logs.s3.bucket", "", "text", ""},
    {"connection_logs.s3.prefix", "", "text", ""},
    {"zonal_shift.config.enabled", "false", "bool", "false"},
    {"ipv6.deny_all_igw_traffic", "false", "bool", "false"},
};

constexpr AttributeRule of_groups[] = {
    {"target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "off",
     "percentage", ""},
    {"deregistration_delay.timeout_seconds", "300", "0-3600", ""},
    {"stickiness.type", "lb_cookie", "lb_cookie|app_cookie", ""},
    {"stickiness.lb_cookie.duration_seconds", "86400", "1-604800", ""},
    {"slow_start.duration_seconds", "0", "slow-start", ""},
    {"stickiness.app_cookie.duration_seconds", "86400", "1-604800", ""},
    {"target_group_health.dns_failover.minimum_healthy_targets.percentage", "off", "text", "off"},
    {"load_balancing.cross_zone.enabled", "use_load_balancer_configuration",
     "true|false|use_load_balancer_configuration", ""},
    {"load_balancing.algorithm.type", "round_robin",
     "round_robin|least_outstanding_requests|weighted_random", ""},
    {"target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "1", "1-1000",
     ""},
    {"stickiness.enabled", "false", "bool", ""},
    {"target_group_health.dns_failover.minimum_healthy_targets.count", "1", "text", "1"},
    {"stickiness.app_cookie.cookie_name", "", "text", ""},
    {"load_balancing.algorithm.anomaly_mitigation", "off", "on|off", "off"},
};

// The nodes neither add nor rename these headers: only AWS's defaults can be had. The common ones
// come first, those of HTTPS listeners alone after them.
constexpr AttributeRule of_listeners[] = {
    {"routing.http.response.server.enabled", "true", "bool", "true"},
    {"routing.http.response.strict_transport_security.header_value", "", "text", "-"},
    {"routing.http.response.access_control_allow_origin.header_value", "", "text", "-"},
    {"routing.http.response.access_control_allow_methods.header_value", "", "text", "-"},
    {"routing.http.response.access_control_allow_headers.header_value", "", "text", "-"},
    {"routing.http.response.access_control_allow_credentials.header_value", "", "text", "-"},
    {"routing.http.response.access_control_expose_headers.header_value", "", "text", "-"},
    {"routing.http.response.access_control_max_age.header_value", "", "text", "-"},
    {"routing.http.response.content_security_policy.header_value", "", "text", "-"},
    {"routing.http.response.x_content_type_options.header_value", "", "text", "-"},
    {"routing.http.response.x_frame_options.header_value", "", "text", "-"},
    {"routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name",
     "X-Amzn-Mtls-Clientcert-Serial-Number", "text", "X-Amzn-Mtls-Clientcert-Serial-Number"},
    {"routing.http.request.x_amzn_mtls_clientcert_issuer.header_name",
     "X-Amzn-Mtls-Clientcert-Issuer", "text", "X-Amzn-Mtls-Clientcert-Issuer"},
    {"routing.http.request.x_amzn_mtls_clientcert_subject.header_name",
     "X-Amzn-Mtls-Clientcert-Subject", "text", "X-Amzn-Mtls-Clientcert-Subject"},
    {"routing.http.request.x_amzn_mtls_clientcert_validity.header_name",
     "X-Amzn-Mtls-Clientcert-Validity", "text", "X-Amzn-Mtls-Clientcert-Validity"},
    {"routing.http.request.x_amzn_mtls_clientcert_leaf.header_name",
     "X-Amzn-Mtls-Clientcert-Leaf", "text", "X-Amzn-Mtls-Clientcert-Leaf"},
    {"routing.http.request.x_amzn_mtls_clientcert.header_name", "X-Amzn-Mtls-Clientcert", "text",
     "X-Amzn-Mtls-Clientcert"},
    {"routing.http.request.x_amzn_tls_version.header_name", "X-Amzn-Tls-Version", "text",
     "X-Amzn-Tls-Version"},
    {"routing.http.request.x_amzn_tls_cipher_suite.header_name", "X-Amzn-Tls-Cipher-Suite", "text",
     "X-Amzn-Tls-Cipher-Suite"},
};
constexpr std::size_t common_listener_attributes = 11;

bool in_range(std::string_view value, long long low, long long high) {
    const auto number = base::parse_integer(value);
    return number && *number >= low && *number <= high;
}

/// What is wrong with the value, or nothing.
std::string fault_of(const AttributeRule& rule, const std::string& value) {
    if (rule.allowed == "text") return {};
    if (rule.allowed == "bool") {
        return value == "true" || value == "false" ? "" : "must be one of [true, false]";
    }
    if (rule.allowed == "percentage") {
        return value == "off" || in_range(value, 1, 100) ? "" : "must be 'off' or between '1-100'";
    }
    if (rule.allowed == "slow-start") {
        return value == "0" || in_range(value, 30, 900) ? "" : "must be 0 or between '30-900'";
    }
    const auto words = base::split(rule.allowed, '|');
    if (words.size() > 1) {
        const bool known = std::find(words.begin(), words.end(), value) != words.end();
        return known ? "" : "must be one of [" + base::join(words, ", ") + "]";
    }
    const auto bounds = base::split(rule.allowed, '-');
    const bool fits = in_range(value, *base::parse_integer(bounds[0]),
                               *base::parse_integer(bounds[1]));
    return fits ? "" : fmt::format("must be between '{}' inclusive", rule.allowed);
}

const AttributeRule* find_rule_of(std::span<const AttributeRule> table, std::string_view key) {
    const auto found = std::find_if(table.begin(), table.end(),
                                    [&](const AttributeRule& rule) { return rule.key == key; });
    return found == table.end() ? nullptr : &*found;
}

}  // namespace

std::span<const AttributeRule> load_balancer_attributes() { return of_balancers; }
std::span<const AttributeRule> target_group_attributes() { return of_groups; }

std::span<const AttributeRule> listener_attributes(std::string_view protocol) {
    const std::span<const AttributeRule> all = of_listeners;
    return protocol == "HTTPS" ? all : all.first(common_listener_attributes);
}

std::string attribute(std::span<const AttributeRule> table, const Names& set,
                      std::string_view key) {
    if (const auto found = set.find(std::string(key)); found != set.end()) return found->second;
    const AttributeRule* rule = find_rule_of(table, key);
    return rule == nullptr ? std::string() : std::string(rule->value_default);
}

Result<void> set_attribute(std::span<const AttributeRule> table, Names& set, const std::string& key,
                           const std::string& value) {
    const AttributeRule* rule = find_rule_of(table, key);
    if (rule == nullptr) {
        return api::invalid_configuration_request(
            fmt::format("Load balancer attribute key '{}' is not recognized", key));
    }
    if (const auto fault = fault_of(*rule, value); !fault.empty()) {
        return validation_error(fmt::format("'{}' value '{}' {}", key, value, fault));
    }
    const bool acceptable = rule->only.empty() || value == rule->only || value == rule->value_default;
    if (!acceptable) return unsupported(fmt::format("attribute '{}' with value '{}'", key, value));
    set[key] = value;
    return {};
}

}  // namespace stormglass::elbv2
