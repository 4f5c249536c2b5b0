// Route tables, their routes and which subnets they serve. The local routes and those of gateway
// endpoints are not stored: they follow from the VPC's blocks and from the endpoints.
#include "services/ec2/access.h"
#include "services/ec2/cidr.h"
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/names.h"
#include "services/ec2/service.h"

namespace stormglass::ec2 {
namespace {

constexpr FilterName table_filters[] = {
    {"association.gateway-id", "Associations.GatewayId"},
    {"association.route-table-association-id", "Associations.RouteTableAssociationId"},
    {"association.route-table-id", "Associations.RouteTableId"},
    {"association.subnet-id", "Associations.SubnetId"},
    {"association.main", "Associations.Main"},
    {"owner-id", "OwnerId"},
    {"route-table-id", "RouteTableId"},
    {"route.destination-cidr-block", "Routes.DestinationCidrBlock"},
    {"route.destination-ipv6-cidr-block", "Routes.DestinationIpv6CidrBlock"},
    {"route.destination-prefix-list-id", "Routes.DestinationPrefixListId"},
    {"route.gateway-id", "Routes.GatewayId"},
    {"route.instance-id", "Routes.InstanceId"},
    {"route.nat-gateway-id", "Routes.NatGatewayId"},
    {"route.origin", "Routes.Origin"},
    {"route.state", "Routes.State"},
    {"vpc-id", "VpcId"}};

/// What all tables of an answer are described from, read once.
struct Surroundings {
    std::vector<Vpc> vpcs;
    std::vector<Subnet> subnets;
    std::vector<Endpoint> endpoints;
    std::vector<InternetGateway> internet_gateways;
    std::vector<NatGateway> nat_gateways;
};

Result<Surroundings> look_around(wire::Request& request) {
    return Surroundings{.vpcs = TRY(all(request, vpcs)),
                        .subnets = TRY(all(request, subnets)),
                        .endpoints = TRY(all(request, endpoints)),
                        .internet_gateways = TRY(all(request, internet_gateways)),
                        .nat_gateways = TRY(all(request, nat_gateways))};
}

bool is_active(const Surroundings& around, const RouteTable& table, const Route& route) {
    if (!route.gateway_id.empty()) {
        return std::any_of(around.internet_gateways.begin(), around.internet_gateways.end(),
                           [&](const InternetGateway& one) {
                               return one.id == route.gateway_id && one.vpc_id == table.vpc_id;
                           });
    }
    return std::any_of(around.nat_gateways.begin(), around.nat_gateways.end(),
                       [&](const NatGateway& one) {
                           return one.id == route.nat_gateway_id && one.state == "available";
                       });
}

api::RouteTableAssociation describe_association(const std::string& id, const std::string& table_id) {
    api::RouteTableAssociation item;
    item.route_table_association_id = id;
    item.route_table_id = table_id;
    item.main = false;
    item.association_state =
        api::RouteTableAssociationState{.state = "associated", .status_message = {}};
    return item;
}

void add_routes(api::RouteTable& item, const Surroundings& around, const RouteTable& table,
                const wire::Request& request) {
    for (const auto& vpc : around.vpcs) {
        if (vpc.id != table.vpc_id) continue;
        for (const auto& block : vpc.blocks) {
            api::Route local;
            local.destination_cidr_block = block.cidr;
            local.gateway_id = "local";
            local.origin = "CreateRouteTable";
            local.state = "active";
            item.routes.push_back(std::move(local));
        }
    }
    for (const auto& route : table.routes) {
        api::Route one;
        one.destination_cidr_block = route.destination;
        if (!route.gateway_id.empty()) one.gateway_id = route.gateway_id;
        if (!route.nat_gateway_id.empty()) one.nat_gateway_id = route.nat_gateway_id;
        one.origin = "CreateRoute";
        one.state = is_active(around, table, route) ? "active" : "blackhole";
        item.routes.push_back(std::move(one));
    }
    for (const auto& endpoint : around.endpoints) {
        const auto& ids = endpoint.table_ids;
        if (std::find(ids.begin(), ids.end(), table.id) == ids.end()) continue;
        api::Route one;
        one.destination_prefix_list_id = s3_prefix_list_id(request.region);
        one.gateway_id = endpoint.id;
        one.origin = "CreateRoute";
        one.state = "active";
        item.routes.push_back(std::move(one));
    }
}

Result<api::RouteTable> describe(wire::Request& request, const Surroundings& around,
                                 const RouteTable& table) {
    api::RouteTable item;
    item.route_table_id = table.id;
    item.vpc_id = table.vpc_id;
    item.owner_id = request.account;
    item.tags = TRY(tag_list(request, table.id));
    item.propagating_vgws.present = true;
    item.associations.present = true;
    for (const auto& vpc : around.vpcs) {
        if (vpc.main_table_id != table.id) continue;
        item.associations.push_back(describe_association(vpc.main_association_id, table.id));
        item.associations.back().main = true;
    }
    for (const auto& subnet : around.subnets) {
        if (subnet.table_id != table.id) continue;
        item.associations.push_back(describe_association(subnet.table_association_id, table.id));
        item.associations.back().subnet_id = subnet.id;
    }
    add_routes(item, around, table, request);
    return item;
}

Result<std::string> destination_of(const std::optional<std::string>& cidr,
                                   const std::optional<std::string>& cidr6) {
    if (cidr6 && !cidr6->empty()) return unsupported("IPv6 routes");
    if (!cidr) {
        return aws_error("MissingParameter",
                         "The request must contain the parameter destinationCidrBlock");
    }
    const auto parsed = parse_cidr(*cidr);
    if (!parsed) {
        return aws_error("InvalidParameterValue",
                         fmt::format("Value ({}) for parameter destinationCidrBlock is invalid. "
                                     "This is not a valid CIDR block.", *cidr));
    }
    return parsed->text();
}

/// The route to the gateway that the input names.
template <class Input>
Result<Route> route_to(wire::Request& request, const RouteTable& table, const Input& input) {
    Route route;
    route.destination = TRY(destination_of(input.destination_cidr_block,
                                           input.destination_ipv6_cidr_block));
    const std::string gateway_id = input.gateway_id.value_or("");
    const std::string nat_id = input.nat_gateway_id.value_or("");
    if (gateway_id.empty() == nat_id.empty()) {
        return aws_error("InvalidParameterCombination",
                         "The request must contain exactly one of gatewayId, natGatewayId");
    }
    if (!nat_id.empty()) {
        const NatGateway nat = TRY(need(request, nat_gateways, nat_id));
        route.nat_gateway_id = nat.id;
        return route;
    }
    if (!gateway_id.starts_with("igw-")) return unsupported("routes to " + gateway_id);
    const InternetGateway gateway = TRY(need(request, internet_gateways, gateway_id));
    if (gateway.vpc_id != table.vpc_id) {
        return aws_error("InvalidParameterValue",
                         fmt::format("route table {} and network gateway {} belong to different "
                                     "networks", table.id, gateway.id));
    }
    route.gateway_id = gateway.id;
    return route;
}

Result<void> check_not_local(wire::Request& request, const RouteTable& table,
                             const std::string& destination) {
    const Vpc vpc = TRY(need(request, vpcs, table.vpc_id));
    for (const auto& block : vpc.blocks) {
        if (block.cidr == destination) {
            return aws_error("RouteAlreadyExists",
                             fmt::format("The route identified by {} already exists.",
                                         destination));
        }
        if (parse_cidr(block.cidr)->contains(*parse_cidr(destination))) {
            return unsupported("routes more specific than the local one");
        }
    }
    return {};
}

std::vector<Route>::iterator find_route(RouteTable& table, const std::string& destination) {
    return std::find_if(table.routes.begin(), table.routes.end(),
                        [&](const Route& route) { return route.destination == destination; });
}

Unexpected no_association(const std::string& id) {
    return aws_error("InvalidAssociationID.NotFound",
                     fmt::format("The association ID '{}' does not exist", id));
}

Result<std::optional<Subnet>> subnet_with(wire::Request& request, const std::string& association) {
    auto found = TRY(where(request, subnets, [&](const Subnet& subnet) {
        return subnet.table_association_id == association;
    }));
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

Result<std::optional<Vpc>> vpc_with_main(wire::Request& request, const std::string& association) {
    auto found = TRY(where(request, vpcs, [&](const Vpc& vpc) {
        return vpc.main_association_id == association;
    }));
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

Unexpected different_networks(const std::string& table_id, const std::string& subnet_id) {
    return aws_error("InvalidParameterValue",
                     fmt::format("route table {} and subnet {} belong to different networks",
                                 table_id, subnet_id));
}

const api::RouteTableAssociationState associated{.state = "associated", .status_message = {}};

}  // namespace

Result<api::CreateRouteTableOutput> Service::create_route_table(
    wire::Request& request, const api::CreateRouteTableInput& input) {
    TRY(check_input("CreateRouteTable", &input, {"TagSpecifications", "ClientToken", "VpcId"}));
    const Vpc vpc = TRY(need(request, vpcs, input.vpc_id));
    const Tags tags = TRY(tags_for(request, "route-table", input.tag_specifications));
    RouteTable table;
    table.id = new_id(route_tables.prefix);
    table.vpc_id = vpc.id;
    create(request, route_tables, table, tags);
    return api::CreateRouteTableOutput{
        .route_table = TRY(describe(request, TRY(look_around(request)), table)),
        .client_token = input.client_token};
}

Result<api::DeleteRouteTableOutput> Service::delete_route_table(
    wire::Request& request, const api::DeleteRouteTableInput& input) {
    TRY(check_input("DeleteRouteTable", &input, {"RouteTableId"}));
    const RouteTable table = TRY(need(request, route_tables, input.route_table_id));
    const Vpc vpc = TRY(need(request, vpcs, table.vpc_id));
    const auto served = TRY(where(request, subnets, [&](const Subnet& subnet) {
        return subnet.table_id == table.id;
    }));
    const auto used = TRY(where(request, endpoints, [&](const Endpoint& endpoint) {
        return std::find(endpoint.table_ids.begin(), endpoint.table_ids.end(), table.id) !=
               endpoint.table_ids.end();
    }));
    if (vpc.main_table_id == table.id || !served.empty()) {
        return std::unexpected(dependency_violation("routeTable", table.id));
    }
    for (auto endpoint : used) {
        std::erase(endpoint.table_ids, table.id);
        save(request, endpoints, endpoint);
    }
    erase(request, route_tables, table.id);
    return {};
}

Result<api::DescribeRouteTablesOutput> Service::describe_route_tables(
    wire::Request& request, const api::DescribeRouteTablesInput& input) {
    TRY(check_input("DescribeRouteTables", &input,
                    {"NextToken", "MaxResults", "RouteTableIds", "Filters"}));
    const Surroundings around = TRY(look_around(request));
    api::DescribeRouteTablesOutput output;
    for (const auto& table : TRY(select(request, route_tables, input.route_table_ids))) {
        output.route_tables.push_back(TRY(describe(request, around, table)));
    }
    output.next_token = TRY(narrow(output.route_tables, "DescribeRouteTables", "RouteTables",
                                   table_filters, input));
    return output;
}

Result<api::CreateRouteOutput> Service::create_route(wire::Request& request,
                                                     const api::CreateRouteInput& input) {
    TRY(check_input("CreateRoute", &input,
                    {"RouteTableId", "DestinationCidrBlock", "DestinationIpv6CidrBlock",
                     "GatewayId", "NatGatewayId"}));
    RouteTable table = TRY(need(request, route_tables, input.route_table_id));
    Route route = TRY(route_to(request, table, input));
    TRY(check_not_local(request, table, route.destination));
    const auto known = find_route(table, route.destination);
    if (known != table.routes.end()) {
        const bool same = known->gateway_id == route.gateway_id &&
                          known->nat_gateway_id == route.nat_gateway_id;
        if (same) return api::CreateRouteOutput{.return_ = true};
        return aws_error("RouteAlreadyExists",
                         fmt::format("The route identified by {} already exists.",
                                     route.destination));
    }
    table.routes.push_back(std::move(route));
    save(request, route_tables, table);
    return api::CreateRouteOutput{.return_ = true};
}

Result<api::ReplaceRouteOutput> Service::replace_route(wire::Request& request,
                                                       const api::ReplaceRouteInput& input) {
    TRY(check_input("ReplaceRoute", &input,
                    {"RouteTableId", "DestinationCidrBlock", "DestinationIpv6CidrBlock",
                     "GatewayId", "NatGatewayId"}));
    RouteTable table = TRY(need(request, route_tables, input.route_table_id));
    Route route = TRY(route_to(request, table, input));
    const auto known = find_route(table, route.destination);
    if (known == table.routes.end()) {
        return aws_error("InvalidParameterValue",
                         fmt::format("There is no route defined for '{}' in the route table. Use "
                                     "CreateRoute instead.", route.destination));
    }
    *known = std::move(route);
    save(request, route_tables, table);
    return {};
}

Result<api::DeleteRouteOutput> Service::delete_route(wire::Request& request,
                                                     const api::DeleteRouteInput& input) {
    TRY(check_input("DeleteRoute", &input,
                    {"RouteTableId", "DestinationCidrBlock", "DestinationIpv6CidrBlock"}));
    RouteTable table = TRY(need(request, route_tables, input.route_table_id));
    const std::string destination =
        TRY(destination_of(input.destination_cidr_block, input.destination_ipv6_cidr_block));
    const auto known = find_route(table, destination);
    if (known == table.routes.end()) {
        return aws_error("InvalidRoute.NotFound",
                         fmt::format("no route with destination-cidr-block {} in route table {}",
                                     destination, table.id));
    }
    table.routes.erase(known);
    save(request, route_tables, table);
    return {};
}

Result<api::AssociateRouteTableOutput> Service::associate_route_table(
    wire::Request& request, const api::AssociateRouteTableInput& input) {
    TRY(check_input("AssociateRouteTable", &input, {"SubnetId", "RouteTableId"}));
    const RouteTable table = TRY(need(request, route_tables, input.route_table_id));
    Subnet subnet = TRY(need(request, subnets, input.subnet_id.value_or("")));
    if (subnet.vpc_id != table.vpc_id) return different_networks(table.id, subnet.id);
    if (!subnet.table_id.empty() && subnet.table_id != table.id) {
        return aws_error("Resource.AlreadyAssociated",
                         fmt::format("the specified association for route table {} conflicts with "
                                     "an existing association", table.id));
    }
    if (subnet.table_id.empty()) {
        subnet.table_id = table.id;
        subnet.table_association_id = new_id("rtbassoc");
        save(request, subnets, subnet);
    }
    return api::AssociateRouteTableOutput{.association_id = subnet.table_association_id,
                                          .association_state = associated};
}

Result<api::DisassociateRouteTableOutput> Service::disassociate_route_table(
    wire::Request& request, const api::DisassociateRouteTableInput& input) {
    TRY(check_input("DisassociateRouteTable", &input, {"AssociationId"}));
    auto subnet = TRY(subnet_with(request, input.association_id));
    if (!subnet) {
        if (!TRY(vpc_with_main(request, input.association_id))) {
            return no_association(input.association_id);
        }
        return aws_error("InvalidParameterValue",
                         fmt::format("cannot disassociate the main route table association {}",
                                     input.association_id));
    }
    subnet->table_id.clear();
    subnet->table_association_id.clear();
    save(request, subnets, *subnet);
    return {};
}

Result<api::ReplaceRouteTableAssociationOutput> Service::replace_route_table_association(
    wire::Request& request, const api::ReplaceRouteTableAssociationInput& input) {
    TRY(check_input("ReplaceRouteTableAssociation", &input, {"AssociationId", "RouteTableId"}));
    const RouteTable table = TRY(need(request, route_tables, input.route_table_id));
    const std::string association = new_id("rtbassoc");
    if (auto vpc = TRY(vpc_with_main(request, input.association_id))) {
        if (vpc->id != table.vpc_id) return different_networks(table.id, vpc->id);
        vpc->main_table_id = table.id;
        vpc->main_association_id = association;
        save(request, vpcs, *vpc);
    } else {
        auto subnet = TRY(subnet_with(request, input.association_id));
        if (!subnet) return no_association(input.association_id);
        if (subnet->vpc_id != table.vpc_id) return different_networks(table.id, subnet->id);
        subnet->table_id = table.id;
        subnet->table_association_id = association;
        save(request, subnets, *subnet);
    }
    return api::ReplaceRouteTableAssociationOutput{.new_association_id = association,
                                                   .association_state = associated};
}

}  // namespace stormglass::ec2
