// Load balancers: create, describe, delete. A deleted one's nodes are taken down by the reconciler.
#include "base/strings.h"
#include "services/elbv2/access.h"
#include "services/elbv2/attributes.h"
#include "services/elbv2/networks.h"
#include "services/elbv2/service.h"
#include "services/elbv2/views.h"

namespace stormglass::elbv2 {
namespace {

constexpr std::size_t name_max = 32, balancers_max = 50;
constexpr std::size_t id_digits = 16, dns_digits = 10, cookie_key_digits = 64;

Result<void> check_name(const std::string& name) {
    const auto bad = [&](std::string_view what) {
        return validation_error(fmt::format("The load balancer name '{}' {}", name, what));
    };
    if (name.empty() || name.size() > name_max) return bad("cannot be longer than '32' characters");
    const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-';
    });
    if (!plain) {
        return bad("can only contain characters that are alphanumeric characters and hyphens(-)");
    }
    if (name.starts_with('-') || name.ends_with('-')) {
        return bad("cannot begin or end with a hyphen(-)");
    }
    if (base::to_lower(name).starts_with("internal-")) return bad("cannot begin with 'internal-'");
    return {};
}

Result<void> check_supported(const api::CreateLoadBalancerInput& input) {
    if (input.type.value_or("application") != "application") {
        return unsupported(*input.type + " load balancers");
    }
    if (input.ip_address_type.value_or("ipv4") != "ipv4") {
        return unsupported("IP address type " + *input.ip_address_type);
    }
    if (input.customer_owned_ipv4_pool) return unsupported("customer-owned address pools");
    if (input.enable_prefix_for_ipv6_source_nat.value_or("off") != "off") {
        return unsupported("IPv6 source NAT");
    }
    if (input.ipam_pools) return unsupported("IPAM pools");
    return {};
}

}  // namespace

Result<std::vector<std::string>> wanted_subnets(const wire::List<std::string>& subnets,
                                                const wire::List<api::SubnetMapping>& mappings) {
    if (!subnets.empty() && !mappings.empty()) {
        return validation_error("You must specify either subnets or subnet mappings, not both");
    }
    std::vector<std::string> ids(subnets.begin(), subnets.end());
    for (const auto& one : mappings) {
        if (one.allocation_id || one.private_i_pv4_address || one.i_pv6_address) {
            return unsupported("addresses in subnet mappings of application load balancers");
        }
        ids.push_back(one.subnet_id.value_or(""));
    }
    return ids;
}

Result<api::CreateLoadBalancerOutput> Service::create_load_balancer(
    wire::Request& request, const api::CreateLoadBalancerInput& input) {
    TRY(check_name(input.name));
    TRY(check_supported(input));
    const std::string scheme = input.scheme.value_or("internet-facing");
    const auto subnets = TRY(wanted_subnets(input.subnets, input.subnet_mappings));
    const auto placement =
        TRY(place(request, parts_.ec2, subnets,
                  scheme == "internal" ? Scheme::internal : Scheme::internet_facing));
    auto groups = TRY(check_groups(request, parts_.ec2, placement.vpc_id, input.security_groups));
    const auto known = TRY(all_balancers(request));
    api::CreateLoadBalancerOutput output;
    for (const auto& one : known) {
        if (one.name != input.name) continue;
        const bool same = one.scheme == scheme && one.zones == placement.zones &&
                          one.group_ids == groups;
        if (!same) {
            return api::duplicate_load_balancer_name(fmt::format(
                "A load balancer with the same name '{}' exists, but with different settings",
                input.name));
        }
        output.load_balancers.push_back(view(request, one));
        return output;
    }
    if (known.size() >= balancers_max) {
        return api::too_many_load_balancers("The quota for the number of load balancers has been "
                                            "reached");
    }
    LoadBalancer made;
    made.id = parts_.random.hex(id_digits);
    made.name = input.name;
    made.arn = request.arn("elasticloadbalancing",
                           fmt::format("loadbalancer/app/{}/{}", made.name, made.id));
    made.dns_name = base::to_lower(
        fmt::format("{}{}-{}.{}.elb.localhost", scheme == "internal" ? "internal-" : "", made.name,
                    parts_.random.pick(dns_digits, "123456789"), request.region));
    made.scheme = scheme;
    made.vpc_id = placement.vpc_id;
    made.cookie_key = parts_.random.hex(cookie_key_digits);
    made.created = request.now;
    made.zones = placement.zones;
    made.group_ids = std::move(groups);
    made.tags = TRY(tags_from(input.tags));
    save(request, made);
    output.load_balancers.push_back(view(request, made));
    return output;
}

Result<api::DescribeLoadBalancersOutput> Service::describe_load_balancers(
    wire::Request& request, const api::DescribeLoadBalancersInput& input) {
    if (!input.load_balancer_arns.empty() && !input.names.empty()) {
        return validation_error("Load balancer names and ARNs cannot be specified together");
    }
    api::DescribeLoadBalancersOutput output;
    for (const auto& arn : input.load_balancer_arns) {
        output.load_balancers.push_back(view(request, TRY(need_balancer(request, arn))));
    }
    if (!input.load_balancer_arns.empty()) return output;
    auto known = TRY(all_balancers(request));
    std::sort(known.begin(), known.end(),
              [](const LoadBalancer& a, const LoadBalancer& b) { return a.name < b.name; });
    std::vector<std::string> missing(input.names.begin(), input.names.end());
    for (const auto& one : known) {
        const bool named = std::erase(missing, one.name) > 0;
        if (named || input.names.empty()) output.load_balancers.push_back(view(request, one));
    }
    if (!missing.empty()) {
        return api::load_balancer_not_found(
            fmt::format("Load balancers '[{}]' not found", base::join(missing, ", ")));
    }
    output.next_marker = TRY(paginate(output.load_balancers, input));
    return output;
}

Result<void> Service::delete_rules_and_listener(wire::Request& request, const Listener& listener) {
    const std::string balancer_id = arn_part(listener.load_balancer_arn, 0);
    TRY(rules.erase_all(request.tx(),
                        {request.account, request.region, balancer_id, listener.id}));
    listeners.erase(request.tx(), {request.account, request.region, balancer_id, listener.id});
    return tell_certificate_use(request, listener.load_balancer_arn, listener.certificates);
}

Result<api::DeleteLoadBalancerOutput> Service::delete_load_balancer(
    wire::Request& request, const api::DeleteLoadBalancerInput& input) {
    const auto balancer = TRY(find_balancer(request, input.load_balancer_arn));
    if (!balancer) return api::DeleteLoadBalancerOutput{};  // As on AWS: the call succeeds.
    if (attribute(load_balancer_attributes(), balancer->attributes,
                  "deletion_protection.enabled") == "true") {
        return api::operation_not_permitted(
            fmt::format("Load balancer '{}' cannot be deleted because deletion protection is "
                        "enabled", balancer->arn));
    }
    for (const auto& listener : TRY(listeners_of(request, balancer->arn))) {
        TRY(delete_rules_and_listener(request, listener));
    }
    services::dns_records.erase(request.tx(), {request.region, balancer->dns_name});
    load_balancers.erase(request.tx(), {request.account, request.region, balancer->id});
    return api::DeleteLoadBalancerOutput{};
}

}  // namespace stormglass::elbv2
