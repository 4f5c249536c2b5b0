// Internet gateways: the way between a VPC and the internet under glass.
#include "services/ec2/access.h"
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/service.h"

namespace stormglass::ec2 {
namespace {

constexpr FilterName gateway_filters[] = {{"attachment.state", "Attachments.State"},
                                          {"attachment.vpc-id", "Attachments.VpcId"},
                                          {"internet-gateway-id", "InternetGatewayId"},
                                          {"owner-id", "OwnerId"}};

Result<api::InternetGateway> describe(wire::Request& request, const InternetGateway& gateway) {
    api::InternetGateway item;
    item.internet_gateway_id = gateway.id;
    item.owner_id = request.account;
    item.tags = TRY(tag_list(request, gateway.id));
    item.attachments.present = true;
    if (!gateway.vpc_id.empty()) {
        item.attachments.push_back({.state = "available", .vpc_id = gateway.vpc_id});
    }
    return item;
}

/// Addresses that lead through the gateway keep it attached.
Result<bool> has_public_addresses(wire::Request& request, const std::string& vpc_id) {
    return !TRY(where(request, interfaces, [&](const Interface& one) {
                return one.vpc_id == vpc_id && !one.public_address.empty();
            })).empty();
}

}  // namespace

Result<api::CreateInternetGatewayOutput> Service::create_internet_gateway(
    wire::Request& request, const api::CreateInternetGatewayInput& input) {
    TRY(check_input("CreateInternetGateway", &input, {"TagSpecifications"}));
    const Tags tags = TRY(tags_for(request, "internet-gateway", input.tag_specifications));
    InternetGateway gateway;
    gateway.id = new_id(internet_gateways.prefix);
    create(request, internet_gateways, gateway, tags);
    return api::CreateInternetGatewayOutput{.internet_gateway = TRY(describe(request, gateway))};
}

Result<api::AttachInternetGatewayOutput> Service::attach_internet_gateway(
    wire::Request& request, const api::AttachInternetGatewayInput& input) {
    TRY(check_input("AttachInternetGateway", &input, {"InternetGatewayId", "VpcId"}));
    InternetGateway gateway = TRY(need(request, internet_gateways, input.internet_gateway_id));
    const Vpc vpc = TRY(need(request, vpcs, input.vpc_id));
    if (!gateway.vpc_id.empty()) {
        return aws_error("Resource.AlreadyAssociated",
                         fmt::format("resource {} is already attached to network {}", gateway.id,
                                     gateway.vpc_id));
    }
    if (!TRY(in_vpc(request, internet_gateways, vpc.id)).empty()) {
        return aws_error("InvalidParameterValue",
                         fmt::format("Network {} already has an internet gateway attached",
                                     vpc.id));
    }
    gateway.vpc_id = vpc.id;
    save(request, internet_gateways, gateway);
    return {};
}

Result<api::DetachInternetGatewayOutput> Service::detach_internet_gateway(
    wire::Request& request, const api::DetachInternetGatewayInput& input) {
    TRY(check_input("DetachInternetGateway", &input, {"InternetGatewayId", "VpcId"}));
    InternetGateway gateway = TRY(need(request, internet_gateways, input.internet_gateway_id));
    TRY(need(request, vpcs, input.vpc_id));
    if (gateway.vpc_id != input.vpc_id) {
        return aws_error("Gateway.NotAttached",
                         fmt::format("resource {} is not attached to network {}", gateway.id,
                                     input.vpc_id));
    }
    if (TRY(has_public_addresses(request, gateway.vpc_id))) {
        return aws_error("DependencyViolation",
                         fmt::format("Network {} has some mapped public address(es). Please unmap "
                                     "those public address(es) before detaching the gateway.",
                                     gateway.vpc_id));
    }
    gateway.vpc_id.clear();
    save(request, internet_gateways, gateway);
    return {};
}

Result<api::DeleteInternetGatewayOutput> Service::delete_internet_gateway(
    wire::Request& request, const api::DeleteInternetGatewayInput& input) {
    TRY(check_input("DeleteInternetGateway", &input, {"InternetGatewayId"}));
    const auto gateway = TRY(need(request, internet_gateways, input.internet_gateway_id));
    if (!gateway.vpc_id.empty()) {
        return std::unexpected(dependency_violation("internetGateway", gateway.id));
    }
    erase(request, internet_gateways, gateway.id);
    return {};
}

Result<api::DescribeInternetGatewaysOutput> Service::describe_internet_gateways(
    wire::Request& request, const api::DescribeInternetGatewaysInput& input) {
    TRY(check_input("DescribeInternetGateways", &input,
                    {"NextToken", "MaxResults", "InternetGatewayIds", "Filters"}));
    api::DescribeInternetGatewaysOutput output;
    for (const auto& one : TRY(select(request, internet_gateways, input.internet_gateway_ids))) {
        output.internet_gateways.push_back(TRY(describe(request, one)));
    }
    output.next_token = TRY(narrow(output.internet_gateways, "DescribeInternetGateways",
                                   "InternetGateways", gateway_filters, input));
    return output;
}

}  // namespace stormglass::ec2
