// NAT gateways: an interface with an Elastic IP in a public subnet, through which other subnets
// reach the internet under glass.
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/interfaces.h"
#include "services/ec2/service.h"

namespace stormglass::ec2 {
namespace {

constexpr auto deleted_visible = std::chrono::hours{1};

constexpr FilterName nat_filters[] = {{"nat-gateway-id", "NatGatewayId"},
                                      {"state", "State"},
                                      {"subnet-id", "SubnetId"},
                                      {"vpc-id", "VpcId"}};

Result<api::NatGateway> describe(wire::Request& request, const NatGateway& gateway) {
    api::NatGateway item;
    item.nat_gateway_id = gateway.id;
    item.vpc_id = gateway.vpc_id;
    item.subnet_id = gateway.subnet_id;
    item.state = gateway.state;
    item.connectivity_type = "public";
    item.create_time = gateway.created;
    item.delete_time = gateway.deleted;
    item.tags = TRY(tag_list(request, gateway.id));
    api::NatGatewayAddress address;
    address.allocation_id = gateway.allocation_id;
    address.network_interface_id = gateway.interface_id;
    address.is_primary = true;
    if (const auto interface = TRY(find(request, interfaces, gateway.interface_id))) {
        address.private_ip = interface->address;
        address.public_ip = interface->public_address;
        address.association_id = interface->association_id;
        address.status = "succeeded";
    }
    item.nat_gateway_addresses.push_back(std::move(address));
    return item;
}

}  // namespace

Result<api::CreateNatGatewayOutput> Service::create_nat_gateway(
    wire::Request& request, const api::CreateNatGatewayInput& input) {
    TRY(check_input("CreateNatGateway", &input,
                    {"AllocationId", "ClientToken", "SubnetId", "TagSpecifications",
                     "ConnectivityType", "PrivateIpAddress"}));
    if (input.connectivity_type.value_or("public") != "public") {
        return unsupported("private NAT gateways");
    }
    const std::string token = input.client_token.value_or("");
    for (const auto& known : TRY(all(request, nat_gateways))) {
        if (token.empty() || known.client_token != token) continue;
        return api::CreateNatGatewayOutput{.client_token = token,
                                           .nat_gateway = TRY(describe(request, known))};
    }
    const Subnet subnet = TRY(need(request, subnets, input.subnet_id.value_or("")));
    ElasticAddress address =
        TRY(need(request, elastic_addresses, input.allocation_id.value_or("")));
    if (!address.interface_id.empty()) {
        return aws_error("Resource.AlreadyAssociated",
                         fmt::format("resource {} is already associated", address.id));
    }
    if (TRY(in_vpc(request, internet_gateways, subnet.vpc_id)).empty()) {
        return aws_error("Gateway.NotAttached",
                         fmt::format("Network {} has no Internet gateway attached",
                                     subnet.vpc_id));
    }
    const Tags tags = TRY(tags_for(request, "natgateway", input.tag_specifications));
    NatGateway gateway;
    gateway.id = new_id(nat_gateways.prefix);
    Interface interface = TRY(make_interface(
        request, parts_.random,
        {.subnet = subnet,
         .address = input.private_ip_address.value_or(""),
         .group_ids = {},
         .description = "Interface for NAT Gateway " + gateway.id,
         .requester_id = "amazon-nat"}));
    interface.group_ids.clear();  // A NAT gateway has no security groups.
    interface.source_dest_check = false;
    interface.attachment_id = new_id("ela-attach");
    interface.attached = request.now;
    interface.public_address = address.public_address;
    interface.allocation_id = address.id;
    interface.association_id = address.association_id = new_id("eipassoc");
    address.interface_id = interface.id;
    save(request, elastic_addresses, address);
    create(request, interfaces, interface, {});
    gateway.vpc_id = subnet.vpc_id;
    gateway.subnet_id = subnet.id;
    gateway.interface_id = interface.id;
    gateway.allocation_id = address.id;
    gateway.client_token = token;
    gateway.created = request.now;
    create(request, nat_gateways, gateway, tags);
    return api::CreateNatGatewayOutput{.client_token = input.client_token,
                                       .nat_gateway = TRY(describe(request, gateway))};
}

Result<api::DeleteNatGatewayOutput> Service::delete_nat_gateway(
    wire::Request& request, const api::DeleteNatGatewayInput& input) {
    TRY(check_input("DeleteNatGateway", &input, {"NatGatewayId"}));
    NatGateway gateway = TRY(need(request, nat_gateways, input.nat_gateway_id));
    if (const auto interface = TRY(find(request, interfaces, gateway.interface_id))) {
        TRY(remove_interface(request, *interface));
    }
    gateway.state = "deleted";
    gateway.deleted = request.now;
    save(request, nat_gateways, gateway);
    return api::DeleteNatGatewayOutput{.nat_gateway_id = gateway.id};
}

Result<api::DescribeNatGatewaysOutput> Service::describe_nat_gateways(
    wire::Request& request, const api::DescribeNatGatewaysInput& input) {
    TRY(check_input("DescribeNatGateways", &input,
                    {"Filter", "MaxResults", "NatGatewayIds", "NextToken"}));
    api::DescribeNatGatewaysOutput output;
    for (const auto& one : TRY(select(request, nat_gateways, input.nat_gateway_ids))) {
        // A deleted gateway stays visible for a while, as on AWS.
        if (one.deleted && request.now - *one.deleted > deleted_visible) continue;
        output.nat_gateways.push_back(TRY(describe(request, one)));
    }
    TRY(keep_matching(output.nat_gateways, "DescribeNatGateways", "NatGateways", nat_filters,
                      input.filter));
    output.next_token =
        TRY(paginate(output.nat_gateways, {input.next_token.value_or(""), input.max_results}));
    return output;
}

}  // namespace stormglass::ec2
