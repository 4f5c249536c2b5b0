#include "services/elbv2/views.h"

#include "base/crypto.h"
#include "base/strings.h"
#include "services/elbv2/access.h"
#include "services/elbv2/actions.h"
#include "services/elbv2/conditions.h"

namespace stormglass::elbv2 {
namespace {

struct HostedZone {
    std::string_view region, id;
};
// Of application load balancers, as AWS publishes them.
constexpr HostedZone hosted_zones[] = {
    {"us-east-1", "Z35SXDOTRQ7X7K"},      {"us-east-2", "Z3AADJGX6KTTL2"},
    {"us-west-1", "Z368ELLRRE2KJ0"},      {"us-west-2", "Z1H1FL5HABSF5"},
    {"eu-west-1", "Z32O12XQLNTSW2"},      {"eu-west-2", "ZHURV8PSTC4K8"},
    {"eu-west-3", "Z3Q77PNBQS71R4"},      {"eu-central-1", "Z215JYRZR1TBD5"},
    {"eu-north-1", "Z23TAZ6LKFMNIO"},     {"ap-northeast-1", "Z14GRHDCWA56QT"},
    {"ap-southeast-1", "Z1LMS91P8CMLE5"}, {"ap-southeast-2", "Z1GM3OXH4ZPM65"},
    {"ap-south-1", "ZP97RAFLXTNZK"},      {"ca-central-1", "ZQSVJUPU6J1EY"},
    {"sa-east-1", "Z2P70J7HTTTPLU"},
};

/// A stable made-up one for regions that the table lacks.
std::string hosted_zone(const std::string& region) {
    for (const auto& zone : hosted_zones) {
        if (zone.region == region) return std::string(zone.id);
    }
    return "Z" + base::to_upper(base::hex_encode(base::sha256("elb-zone-" + region))).substr(0, 13);
}

}  // namespace

wire::List<api::AvailabilityZone> zone_list(const LoadBalancer& balancer) {
    wire::List<api::AvailabilityZone> list;
    for (const auto& one : balancer.zones) {
        api::AvailabilityZone zone;
        zone.zone_name = one.zone;
        zone.subnet_id = one.subnet_id;
        zone.load_balancer_addresses.present = true;
        list.push_back(std::move(zone));
    }
    return list;
}

api::LoadBalancer view(const wire::Request& request, const LoadBalancer& balancer) {
    api::LoadBalancer item;
    item.load_balancer_arn = balancer.arn;
    item.load_balancer_name = balancer.name;
    item.dns_name = balancer.dns_name;
    item.canonical_hosted_zone_id = hosted_zone(request.region);
    item.created_time = balancer.created;
    item.scheme = balancer.scheme;
    item.vpc_id = balancer.vpc_id;
    item.state = api::LoadBalancerState{.code = balancer.state, .reason = {}};
    item.type = "application";
    item.availability_zones = zone_list(balancer);
    item.security_groups = wire::List<std::string>(balancer.group_ids);
    item.ip_address_type = "ipv4";
    return item;
}

Result<api::TargetGroup> view(wire::Request& request, const TargetGroup& group) {
    const lb::HealthCheckConfig& check = group.health_check;
    api::TargetGroup item;
    item.target_group_arn = group.arn;
    item.target_group_name = group.name;
    item.protocol = group.protocol;
    item.protocol_version = "HTTP1";
    item.port = group.port;
    item.vpc_id = group.vpc_id;
    item.target_type = group.target_type;
    item.ip_address_type = "ipv4";
    item.health_check_enabled = check.enabled;
    item.health_check_protocol = check.protocol;
    item.health_check_port = check.port;
    item.health_check_path = check.path;
    item.health_check_interval_seconds = check.interval_seconds;
    item.health_check_timeout_seconds = check.timeout_seconds;
    item.healthy_threshold_count = check.healthy_threshold;
    item.unhealthy_threshold_count = check.unhealthy_threshold;
    item.matcher = api::Matcher{.http_code = check.matcher, .grpc_code = {}};
    item.load_balancer_arns = wire::List<std::string>(TRY(balancers_of(request, group.arn)));
    return item;
}

Result<api::Listener> view(wire::Request& request, const Listener& listener) {
    api::Listener item;
    item.listener_arn = listener.arn;
    item.load_balancer_arn = listener.load_balancer_arn;
    item.port = listener.port;
    item.protocol = listener.protocol;
    if (listener.protocol == "HTTPS") {
        item.ssl_policy = listener.ssl_policy;
        if (!listener.certificates.empty()) {
            item.certificates.push_back({.certificate_arn = listener.certificates.front(),
                                         .is_default = {}});
        }
        item.mutual_authentication = api::MutualAuthenticationAttributes{.mode = "off"};
    }
    for (const auto& rule : TRY(rules_of(request, listener.arn))) {
        if (rule.priority == 0) item.default_actions = view_actions(rule);
    }
    return item;
}

api::Rule view(const Rule& rule) {
    api::Rule item;
    item.rule_arn = rule.arn;
    item.priority = rule.priority == 0 ? "default" : std::to_string(rule.priority);
    item.is_default = rule.priority == 0;
    item.conditions = view_conditions(rule.conditions);
    item.actions = view_actions(rule);
    return item;
}

wire::List<api::Tag> tag_list(const Names& tags) {
    wire::List<api::Tag> list;
    list.present = true;
    for (const auto& [key, value] : tags) list.push_back({.key = key, .value = value});
    return list;
}

}  // namespace stormglass::elbv2
