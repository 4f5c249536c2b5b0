#include "services/elbv2/node_plan.h"

#include <set>

#include "base/strings.h"
#include "services/elbv2/access.h"
#include "services/elbv2/attributes.h"

namespace stormglass::elbv2 {
namespace {

int number(const std::string& text, int otherwise) {
    return static_cast<int>(base::parse_integer(text).value_or(otherwise));
}

lb::TargetGroupConfig group_config(const TargetGroup& group) {
    const auto value = [&](std::string_view key) {
        return attribute(target_group_attributes(), group.attributes, key);
    };
    lb::TargetGroupConfig config;
    config.arn = group.arn;
    config.name = group.name;
    config.protocol = group.protocol;
    config.algorithm = value("load_balancing.algorithm.type");
    config.health_check = group.health_check;
    config.stickiness.enabled = value("stickiness.enabled") == "true";
    config.stickiness.type = value("stickiness.type");
    const bool by_application = config.stickiness.type == "app_cookie";
    config.stickiness.duration_seconds =
        number(value(by_application ? "stickiness.app_cookie.duration_seconds"
                                    : "stickiness.lb_cookie.duration_seconds"), 86400);
    config.stickiness.cookie_name = value("stickiness.app_cookie.cookie_name");
    config.deregistration_delay_seconds = number(value("deregistration_delay.timeout_seconds"), 300);
    config.slow_start_seconds = number(value("slow_start.duration_seconds"), 0);
    config.cross_zone = value("load_balancing.cross_zone.enabled");
    const std::string_view routing = "target_group_health.unhealthy_state_routing.";
    config.minimum_healthy_targets_count =
        number(value(std::string(routing) + "minimum_healthy_targets.count"), 1);
    config.minimum_healthy_targets_percentage =
        number(value(std::string(routing) + "minimum_healthy_targets.percentage"), 0);
    return config;
}

lb::LoadBalancerAttributes attributes_of(const LoadBalancer& balancer) {
    const auto value = [&](std::string_view key) {
        return attribute(load_balancer_attributes(), balancer.attributes, key);
    };
    const auto is_on = [&](std::string_view key) { return value(key) == "true"; };
    lb::LoadBalancerAttributes to;
    to.idle_timeout_seconds = number(value("idle_timeout.timeout_seconds"), 60);
    to.client_keep_alive_seconds = number(value("client_keep_alive.seconds"), 3600);
    to.xff_header_processing_mode = value("routing.http.xff_header_processing.mode");
    to.xff_client_port = is_on("routing.http.xff_client_port.enabled");
    to.preserve_host_header = is_on("routing.http.preserve_host_header.enabled");
    to.drop_invalid_header_fields = is_on("routing.http.drop_invalid_header_fields.enabled");
    to.tls_version_and_cipher_suite_headers =
        is_on("routing.http.x_amzn_tls_version_and_cipher_suite.enabled");
    to.desync_mitigation_mode = value("routing.http.desync_mitigation_mode");
    to.http2 = is_on("routing.http2.enabled");
    return to;
}

Result<lb::ListenerConfig> listener_config(wire::Request& request,
                                           services::Certificates* certificates,
                                           const Listener& listener) {
    lb::ListenerConfig config;
    config.arn = listener.arn;
    config.port = listener.port;
    config.protocol = listener.protocol;
    config.ssl_policy = listener.ssl_policy;
    for (const auto& arn : listener.certificates) {
        if (certificates == nullptr) return fail(Domain::config, "NoCertificates", "acm is not here");
        const auto loaded = TRY(certificates->load(request, arn));
        std::string chain = loaded.certificate;
        if (!chain.empty() && !chain.ends_with('\n')) chain += '\n';
        config.certificates.push_back({arn, chain + loaded.chain, loaded.private_key});
    }
    return config;
}

/// What the nodes shall know of a registration; nothing for those that AWS calls unused.
std::optional<lb::TargetConfig> target_config(const BalancerPlan& plan, const TargetGroup& group,
                                              const Target& target) {
    const auto& zones = plan.balancer.zones;
    const bool in_zone = std::any_of(zones.begin(), zones.end(), [&](const ZoneSubnet& one) {
        return one.zone == target.zone;
    });
    if (!in_zone || plan.lost_zones.contains(target.zone)) return std::nullopt;
    if (group.target_type == "instance" && target.state == "active") {
        const auto known = plan.instances.find(target.id);
        if (known == plan.instances.end() || known->second.state != "running") return std::nullopt;
    }
    return lb::TargetConfig{target.id, target.address, target.port, target.zone, target.state,
                            target.state == "draining"
                                ? target.drain_deadline.time_since_epoch().count()
                                : 0};
}

Result<void> add_listeners(wire::Request& request, services::Certificates* certificates,
                           BalancerPlan& plan, std::set<std::string>& group_arns) {
    for (const auto& listener : TRY(listeners_of(request, plan.balancer.arn))) {
        auto config = listener_config(request, certificates, listener);
        if (!config) {
            plan.troubles.push_back(
                fmt::format("listener {}: {}", listener.port, config.error().message));
            continue;
        }
        for (const auto& rule : TRY(rules_of(request, listener.arn))) {
            config->rules.push_back({rule.arn, rule.priority, rule.conditions, rule.action});
            if (rule.action.type != "forward") continue;
            for (const auto& one : rule.action.forward.target_groups) {
                group_arns.insert(one.target_group_arn);
            }
        }
        plan.listeners.push_back(std::move(*config));
    }
    return {};
}

}  // namespace

Result<BalancerPlan> plan_balancer(wire::Request& request, ec2::api::Api& ec2,
                                   services::Certificates* certificates,
                                   const LoadBalancer& balancer) {
    BalancerPlan plan;
    plan.balancer = balancer;
    plan.lost_zones = TRY(lost_zones(request));
    std::set<std::string> group_arns;
    TRY(add_listeners(request, certificates, plan, group_arns));
    for (const auto& arn : group_arns) {
        auto group = TRY(find_group(request, arn));
        if (!group) continue;
        if (group->target_type == "instance" && plan.instances.empty()) {
            plan.instances = TRY(instances(request, ec2));
        }
        auto registered = TRY(targets_of(request, *group));
        auto config = group_config(*group);
        for (const auto& target : registered) {
            if (auto one = target_config(plan, *group, target)) config.targets.push_back(*one);
        }
        plan.groups.push_back(std::move(config));
        plan.targets[arn] = std::move(registered);
        plan.group_records.push_back(std::move(*group));
    }
    return plan;
}

bool wants_access_log(const LoadBalancer& balancer) {
    return attribute(load_balancer_attributes(), balancer.attributes, "access_logs.s3.enabled") ==
           "true";
}

lb::LoadBalancerConfig node_config(const BalancerPlan& plan, const Node& node,
                                   const std::string& access_log_folder) {
    lb::LoadBalancerConfig config;
    config.name = plan.balancer.name;
    config.arn = plan.balancer.arn;
    config.zone = node.zone;
    config.cookie_key = plan.balancer.cookie_key;
    if (wants_access_log(plan.balancer)) config.access_log_folder = access_log_folder;
    config.attributes = attributes_of(plan.balancer);
    config.listeners = plan.listeners;
    config.target_groups = plan.groups;
    return config;
}

}  // namespace stormglass::elbv2
