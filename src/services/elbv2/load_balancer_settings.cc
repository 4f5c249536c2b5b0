// What can be changed on a load balancer: attributes, subnets, security groups, address type.
#include "services/elbv2/access.h"
#include "services/elbv2/attributes.h"
#include "services/elbv2/log_delivery.h"
#include "services/elbv2/networks.h"
#include "services/elbv2/node_plan.h"
#include "services/elbv2/service.h"
#include "services/elbv2/views.h"

namespace stormglass::elbv2 {
namespace {

Result<void> set_attributes(const api::ModifyLoadBalancerAttributesInput& input,
                            LoadBalancer& balancer) {
    for (const auto& one : input.attributes) {
        TRY(set_attribute(load_balancer_attributes(), balancer.attributes, one.key.value_or(""),
                          one.value.value_or("")));
    }
    if (!wants_access_log(balancer)) return {};
    const auto value = [&](std::string_view key) {
        return attribute(load_balancer_attributes(), balancer.attributes, key);
    };
    if (value("access_logs.s3.bucket").empty()) {
        return validation_error("The value of 'access_logs.s3.bucket' cannot be empty");
    }
    if (value("access_logs.s3.prefix").find("AWSLogs") != std::string::npos) {
        return validation_error("The value of 'access_logs.s3.prefix' cannot contain 'AWSLogs'");
    }
    return {};
}

bool is_about_access_logs(const api::ModifyLoadBalancerAttributesInput& input) {
    return std::any_of(input.attributes.begin(), input.attributes.end(), [](const auto& one) {
        return one.key.value_or("").starts_with("access_logs.");
    });
}

}  // namespace

Result<api::DescribeLoadBalancerAttributesOutput> Service::describe_load_balancer_attributes(
    wire::Request& request, const api::DescribeLoadBalancerAttributesInput& input) {
    const auto balancer = TRY(need_balancer(request, input.load_balancer_arn));
    api::DescribeLoadBalancerAttributesOutput output;
    output.attributes =
        attribute_list<api::LoadBalancerAttribute>(load_balancer_attributes(), balancer.attributes);
    return output;
}

Result<api::ModifyLoadBalancerAttributesOutput> Service::modify_load_balancer_attributes(
    wire::Request& request, const api::ModifyLoadBalancerAttributesInput& input) {
    // Manual: the bucket is tried by writing to it, while no transaction is held.
    TRY(request.begin(wire::TxMode::read));
    auto balancer = TRY(need_balancer(request, input.load_balancer_arn));
    TRY(set_attributes(input, balancer));
    TRY(request.commit());
    if (wants_access_log(balancer) && is_about_access_logs(input)) {
        const auto to = log_destination(request.account, request.region, balancer);
        TRY(try_log_destination(parts_.deliveries, to, request.now));
    }
    TRY(request.begin(wire::TxMode::write));
    balancer = TRY(need_balancer(request, input.load_balancer_arn));  // It may have changed meanwhile.
    TRY(set_attributes(input, balancer));
    save(request, balancer);
    api::ModifyLoadBalancerAttributesOutput output;
    output.attributes =
        attribute_list<api::LoadBalancerAttribute>(load_balancer_attributes(), balancer.attributes);
    return output;
}

Result<api::SetIpAddressTypeOutput> Service::set_ip_address_type(
    wire::Request& request, const api::SetIpAddressTypeInput& input) {
    TRY(need_balancer(request, input.load_balancer_arn));
    if (input.ip_address_type != "ipv4") {
        return unsupported("IP address type " + input.ip_address_type);
    }
    return api::SetIpAddressTypeOutput{.ip_address_type = "ipv4"};
}

Result<api::SetSecurityGroupsOutput> Service::set_security_groups(
    wire::Request& request, const api::SetSecurityGroupsInput& input) {
    auto balancer = TRY(need_balancer(request, input.load_balancer_arn));
    if (input.security_groups.empty()) {
        return api::invalid_configuration_request("At least one security group must be specified");
    }
    if (input.enforce_security_group_inbound_rules_on_private_link_traffic) {
        return unsupported("PrivateLink");
    }
    balancer.group_ids =
        TRY(check_groups(request, parts_.ec2, balancer.vpc_id, input.security_groups));
    save(request, balancer);
    api::SetSecurityGroupsOutput output;
    output.security_group_ids = wire::List<std::string>(balancer.group_ids);
    return output;
}

Result<api::SetSubnetsOutput> Service::set_subnets(wire::Request& request,
                                                   const api::SetSubnetsInput& input) {
    auto balancer = TRY(need_balancer(request, input.load_balancer_arn));
    if (input.ip_address_type.value_or("ipv4") != "ipv4") {
        return unsupported("IP address type " + *input.ip_address_type);
    }
    if (input.enable_prefix_for_ipv6_source_nat.value_or("off") != "off") {
        return unsupported("IPv6 source NAT");
    }
    const auto subnets = TRY(wanted_subnets(input.subnets, input.subnet_mappings));
    const auto placement =
        TRY(place(request, parts_.ec2, subnets,
                  balancer.scheme == "internal" ? Scheme::internal : Scheme::internet_facing));
    if (placement.vpc_id != balancer.vpc_id) {
        return api::invalid_configuration_request(
            "The subnets must belong to the VPC of the load balancer");
    }
    balancer.zones = placement.zones;
    save(request, balancer);
    api::SetSubnetsOutput output;
    output.availability_zones = zone_list(balancer);
    output.ip_address_type = "ipv4";
    return output;
}

Result<api::DescribeCapacityReservationOutput> Service::describe_capacity_reservation(
    wire::Request& request, const api::DescribeCapacityReservationInput& input) {
    TRY(need_balancer(request, input.load_balancer_arn));
    return api::DescribeCapacityReservationOutput{};  // None can be made here.
}

}  // namespace stormglass::elbv2
