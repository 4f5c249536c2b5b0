// VPC endpoints: the gateway to S3, and the prefix list that its routes and group rules name.
#include "services/ec2/access.h"
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/names.h"
#include "services/ec2/service.h"

namespace stormglass::ec2 {
namespace {

/// The range of S3 under glass (substrate::well_known::s3_range).
constexpr char s3_addresses[] = "198.18.1.0/24";
/// What an endpoint has when none is given; what it may have here at all.
constexpr char open_policy[] =
    R"({"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]})";

constexpr FilterName endpoint_filters[] = {{"service-name", "ServiceName"},
                                           {"service-region", "ServiceRegion"},
                                           {"vpc-endpoint-id", "VpcEndpointId"},
                                           {"vpc-endpoint-state", "State"},
                                           {"vpc-endpoint-type", "VpcEndpointType"},
                                           {"ip-address-type", "IpAddressType"},
                                           {"vpc-id", "VpcId"}};
constexpr FilterName list_filters[] = {{"prefix-list-id", "PrefixListId"},
                                       {"prefix-list-name", "PrefixListName"}};
constexpr FilterName service_filters[] = {{"owner", "Owner"},
                                          {"service-name", "ServiceName"},
                                          {"service-region", "ServiceRegion"},
                                          {"service-type", "ServiceType.ServiceType"},
                                          {"supported-ip-address-types",
                                           "SupportedIpAddressTypes"}};

Result<api::VpcEndpoint> describe(wire::Request& request, const Endpoint& endpoint) {
    api::VpcEndpoint item;
    item.vpc_endpoint_id = endpoint.id;
    item.vpc_endpoint_type = "Gateway";
    item.vpc_id = endpoint.vpc_id;
    item.service_name = endpoint.service_name;
    item.service_region = request.region;
    item.state = "available";
    item.policy_document = endpoint.policy;
    item.route_table_ids = endpoint.table_ids;
    item.route_table_ids.present = true;
    item.subnet_ids.present = true;
    item.groups.present = true;
    item.network_interface_ids.present = true;
    item.dns_entries.present = true;
    item.private_dns_enabled = false;
    item.requester_managed = false;
    item.creation_timestamp = endpoint.created;
    item.tags = TRY(tag_list(request, endpoint.id));
    item.owner_id = request.account;
    return item;
}

/// Policies of endpoints are not enforced, so only one that allows everything is taken.
Result<std::string> policy_of(const std::optional<std::string>& given) {
    if (!given || given->empty()) return std::string(open_policy);
    const auto parsed = base::parse_json(*given);
    if (!parsed) return aws_error("InvalidPolicyDocument", "The policy is not valid JSON");
    const auto statements = parsed->value("Statement", base::Json::array());
    if (statements == base::Json::parse(open_policy)["Statement"]) return *given;
    return unsupported("policies of VPC endpoints that restrict access");
}

Result<void> check_table(wire::Request& request, const std::string& vpc_id,
                         const std::string& table_id) {
    const RouteTable table = TRY(need(request, route_tables, table_id));
    if (table.vpc_id != vpc_id) {
        return aws_error("InvalidParameter",
                         fmt::format("Route table {} belongs to different network {}", table.id,
                                     table.vpc_id));
    }
    for (const auto& other : TRY(all(request, endpoints))) {
        if (std::find(other.table_ids.begin(), other.table_ids.end(), table_id) !=
            other.table_ids.end()) {
            return aws_error("RouteAlreadyExists",
                             fmt::format("route table {} already has a route with destination-"
                                         "prefix-list-id {}", table_id,
                                         s3_prefix_list_id(request.region)));
        }
    }
    return {};
}

Result<void> check_service(const wire::Request& request, const api::CreateVpcEndpointInput& input) {
    const std::string name = input.service_name.value_or("");
    const std::string type = input.vpc_endpoint_type.value_or("Gateway");
    if (!name.starts_with("com.amazonaws." + request.region + ".")) {
        return aws_error("InvalidServiceName",
                         fmt::format("The Vpc Endpoint Service '{}' does not exist", name));
    }
    if (type != "Gateway") return unsupported("VPC endpoints of type " + type);
    if (name != s3_service_name(request.region)) {
        return unsupported("a gateway endpoint for " + name + ", only for S3");
    }
    return {};
}

api::ServiceDetail s3_service(const std::string& region) {
    api::ServiceDetail item;
    item.service_name = s3_service_name(region);
    item.service_id = "vpce-svc-" + s3_prefix_list_id(region).substr(3);
    item.service_region = region;
    item.service_type.push_back({.service_type = "Gateway"});
    item.owner = "amazon";
    item.base_endpoint_dns_names.push_back("s3." + region + ".amazonaws.com");
    item.vpc_endpoint_policy_supported = true;
    item.acceptance_required = false;
    item.manages_vpc_endpoints = false;
    item.tags.present = true;
    item.supported_ip_address_types.push_back("ipv4");
    return item;
}

}  // namespace

Result<api::CreateVpcEndpointOutput> Service::create_vpc_endpoint(
    wire::Request& request, const api::CreateVpcEndpointInput& input) {
    TRY(check_input("CreateVpcEndpoint", &input,
                    {"VpcEndpointType", "VpcId", "ServiceName", "PolicyDocument", "RouteTableIds",
                     "ClientToken", "TagSpecifications"}));
    const Vpc vpc = TRY(need(request, vpcs, input.vpc_id));
    TRY(check_service(request, input));
    const std::string token = input.client_token.value_or("");
    if (!token.empty()) {
        for (const auto& known : TRY(all(request, endpoints))) {
            if (known.client_token != token) continue;
            return api::CreateVpcEndpointOutput{.vpc_endpoint = TRY(describe(request, known)),
                                                .client_token = token};
        }
    }
    Endpoint endpoint;
    endpoint.id = new_id(endpoints.prefix);
    endpoint.vpc_id = vpc.id;
    endpoint.service_name = *input.service_name;
    endpoint.policy = TRY(policy_of(input.policy_document));
    endpoint.created = request.now;
    endpoint.client_token = token;
    for (const auto& id : input.route_table_ids) {
        TRY(check_table(request, vpc.id, id));
        endpoint.table_ids.push_back(id);
    }
    create(request, endpoints, endpoint,
           TRY(tags_for(request, "vpc-endpoint", input.tag_specifications)));
    return api::CreateVpcEndpointOutput{.vpc_endpoint = TRY(describe(request, endpoint)),
                                        .client_token = input.client_token};
}

Result<api::DescribeVpcEndpointsOutput> Service::describe_vpc_endpoints(
    wire::Request& request, const api::DescribeVpcEndpointsInput& input) {
    TRY(check_input("DescribeVpcEndpoints", &input,
                    {"VpcEndpointIds", "Filters", "MaxResults", "NextToken"}));
    api::DescribeVpcEndpointsOutput output;
    for (const auto& one : TRY(select(request, endpoints, input.vpc_endpoint_ids))) {
        output.vpc_endpoints.push_back(TRY(describe(request, one)));
    }
    output.next_token = TRY(narrow(output.vpc_endpoints, "DescribeVpcEndpoints", "VpcEndpoints",
                                   endpoint_filters, input));
    return output;
}

Result<api::ModifyVpcEndpointOutput> Service::modify_vpc_endpoint(
    wire::Request& request, const api::ModifyVpcEndpointInput& input) {
    TRY(check_input("ModifyVpcEndpoint", &input,
                    {"VpcEndpointId", "ResetPolicy", "PolicyDocument", "AddRouteTableIds",
                     "RemoveRouteTableIds"}));
    Endpoint endpoint = TRY(need(request, endpoints, input.vpc_endpoint_id));
    for (const auto& id : input.remove_route_table_ids) std::erase(endpoint.table_ids, id);
    save(request, endpoints, endpoint);
    for (const auto& id : input.add_route_table_ids) {
        TRY(check_table(request, endpoint.vpc_id, id));
        endpoint.table_ids.push_back(id);
    }
    if (input.policy_document) endpoint.policy = TRY(policy_of(input.policy_document));
    if (input.reset_policy.value_or(false)) endpoint.policy = open_policy;
    save(request, endpoints, endpoint);
    return api::ModifyVpcEndpointOutput{.return_ = true};
}

Result<api::DeleteVpcEndpointsOutput> Service::delete_vpc_endpoints(
    wire::Request& request, const api::DeleteVpcEndpointsInput& input) {
    TRY(check_input("DeleteVpcEndpoints", &input, {"VpcEndpointIds"}));
    api::DeleteVpcEndpointsOutput output;
    output.unsuccessful.present = true;
    for (const auto& id : input.vpc_endpoint_ids) {
        const auto known = need(request, endpoints, id);
        if (known) {
            erase(request, endpoints, id);
            continue;
        }
        if (known.error().domain != Domain::aws) return std::unexpected(known.error());
        output.unsuccessful.push_back(
            {.error = api::UnsuccessfulItemError{.code = known.error().code,
                                                 .message = known.error().message},
             .resource_id = id});
    }
    return output;
}

Result<api::DescribePrefixListsOutput> Service::describe_prefix_lists(
    wire::Request& request, const api::DescribePrefixListsInput& input) {
    TRY(check_input("DescribePrefixLists", &input,
                    {"Filters", "MaxResults", "NextToken", "PrefixListIds"}));
    const std::string id = s3_prefix_list_id(request.region);
    for (const auto& one : input.prefix_list_ids) {
        if (one != id) {
            return aws_error("InvalidPrefixListId.NotFound",
                             fmt::format("The prefix list ID '{}' does not exist", one));
        }
    }
    api::PrefixList list;
    list.prefix_list_id = id;
    list.prefix_list_name = s3_service_name(request.region);
    list.cidrs.push_back(s3_addresses);
    api::DescribePrefixListsOutput output;
    output.prefix_lists.push_back(std::move(list));
    output.next_token = TRY(narrow(output.prefix_lists, "DescribePrefixLists", "PrefixLists",
                                   list_filters, input));
    return output;
}

Result<api::DescribeVpcEndpointServicesOutput> Service::describe_vpc_endpoint_services(
    wire::Request& request, const api::DescribeVpcEndpointServicesInput& input) {
    TRY(check_input("DescribeVpcEndpointServices", &input,
                    {"ServiceNames", "Filters", "MaxResults", "NextToken"}));
    api::DescribeVpcEndpointServicesOutput output;
    output.service_details.push_back(s3_service(request.region));
    for (const auto& name : input.service_names) {
        if (name == s3_service_name(request.region)) continue;
        return aws_error("InvalidServiceName",
                         fmt::format("The Vpc Endpoint Service '{}' does not exist", name));
    }
    output.next_token = TRY(narrow(output.service_details, "DescribeVpcEndpointServices",
                                   "ServiceDetails", service_filters, input));
    output.service_names.present = true;
    for (const auto& one : output.service_details) {
        output.service_names.push_back(*one.service_name);
    }
    return output;
}

}  // namespace stormglass::ec2
