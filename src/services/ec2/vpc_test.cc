#include "services/ec2/testing.h"

namespace stormglass::ec2 {
namespace {

using VpcTest = Ec2Test;

TEST_F(VpcTest, has_a_default_acl_group_and_main_table_from_birth) {
    const auto vpc_id = make_vpc();
    api::DescribeNetworkAclsInput acls_wanted;
    acls_wanted.filters = {filter("default", {"true"}), filter("vpc-id", {vpc_id})};
    ASSERT_EQ(done(&Service::describe_network_acls, acls_wanted).network_acls.size(), 1u);
    api::DescribeSecurityGroupsInput groups_wanted;
    groups_wanted.filters = {filter("group-name", {"default"}), filter("vpc-id", {vpc_id})};
    const auto found = done(&Service::describe_security_groups, groups_wanted).security_groups;
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].ip_permissions.size(), 1u);
    api::DescribeRouteTablesInput tables_wanted;
    tables_wanted.filters = {filter("association.main", {"true"}), filter("vpc-id", {vpc_id})};
    const auto tables = done(&Service::describe_route_tables, tables_wanted).route_tables;
    ASSERT_EQ(tables.size(), 1u);
    EXPECT_EQ(tables[0].routes.at(0).gateway_id, "local");
}

TEST_F(VpcTest, is_gone_with_its_defaults_after_deletion) {
    const auto vpc_id = make_vpc();
    done(&Service::delete_vpc, api::DeleteVpcInput{.vpc_id = vpc_id, .dry_run = {}});
    auto r = request();
    EXPECT_TRUE(acls.table.all(r->tx())->empty());
    EXPECT_TRUE(groups.table.all(r->tx())->empty());
    EXPECT_TRUE(route_tables.table.all(r->tx())->empty());
    EXPECT_TRUE(tagged.all(r->tx())->empty());
}

TEST_F(VpcTest, cannot_be_deleted_while_it_has_a_subnet) {
    const auto vpc_id = make_vpc();
    make_subnet(vpc_id, "10.0.1.0/24");
    EXPECT_EQ(code_of(call(&Service::delete_vpc,
                           api::DeleteVpcInput{.vpc_id = vpc_id, .dry_run = {}})),
              "DependencyViolation");
}

TEST_F(VpcTest, of_another_account_is_not_found) {
    const auto vpc_id = make_vpc();
    auto r = wire::make_internal_request(store, wire::TxMode::read, "test", "999999999999",
                                         "us-east-1", clock.now());
    api::DescribeVpcsInput input;
    input.vpc_ids.push_back(vpc_id);
    EXPECT_EQ(code_of(service.describe_vpcs(*r, input)), "InvalidVpcID.NotFound");
}

TEST_F(VpcTest, refuses_what_is_not_supported_by_name) {
    api::CreateVpcInput input;
    input.cidr_block = "10.0.0.0/16";
    input.amazon_provided_ipv6_cidr_block = true;
    const auto outcome = call(&Service::create_vpc, input);
    EXPECT_EQ(code_of(outcome), "UnsupportedOperation");
    EXPECT_NE(outcome.error().message.find("AmazonProvidedIpv6CidrBlock"), std::string::npos);
    input.amazon_provided_ipv6_cidr_block = false;
    EXPECT_TRUE(call(&Service::create_vpc, input));
}

TEST_F(VpcTest, dry_run_changes_nothing) {
    api::CreateVpcInput input;
    input.cidr_block = "10.0.0.0/16";
    input.dry_run = true;
    const auto outcome = call(&Service::create_vpc, input);
    EXPECT_EQ(code_of(outcome), "DryRunOperation");
    EXPECT_EQ(outcome.error().http_status, 412);
    EXPECT_TRUE(done(&Service::describe_vpcs, api::DescribeVpcsInput{}).vpcs.empty());
}

TEST_F(VpcTest, unknown_filters_are_errors) {
    make_vpc();
    api::DescribeVpcsInput input;
    input.filters = {filter("colour", {"blue"})};
    EXPECT_EQ(code_of(call(&Service::describe_vpcs, input)), "InvalidParameterValue");
}

TEST_F(VpcTest, filters_take_wildcards_tags_and_both_spellings) {
    api::CreateVpcInput input;
    input.cidr_block = "10.0.0.0/16";
    api::TagSpecification tags;
    tags.resource_type = "vpc";
    tags.tags.push_back({.key = "Name", .value = "web-1"});
    input.tag_specifications.push_back(tags);
    done(&Service::create_vpc, input);
    make_vpc("10.1.0.0/16");
    const auto count = [&](api::Filter one) {
        api::DescribeVpcsInput wanted;
        wanted.filters = {std::move(one)};
        return done(&Service::describe_vpcs, wanted).vpcs.size();
    };
    EXPECT_EQ(count(filter("tag:Name", {"web-*"})), 1u);
    EXPECT_EQ(count(filter("tag-key", {"Name"})), 1u);
    EXPECT_EQ(count(filter("isDefault", {"false"})), 2u);
    EXPECT_EQ(count(filter("is-default", {"true"})), 0u);
    EXPECT_EQ(count(filter("cidr", {"10.1.0.0/16", "10.9.0.0/16"})), 1u);
}

TEST_F(VpcTest, pages_follow_each_other) {
    for (int i = 0; i < 7; ++i) make_vpc();
    api::DescribeVpcsInput input;
    input.max_results = 5;
    const auto first = done(&Service::describe_vpcs, input);
    EXPECT_EQ(first.vpcs.size(), 5u);
    input.next_token = first.next_token;
    const auto second = done(&Service::describe_vpcs, input);
    EXPECT_EQ(second.vpcs.size(), 2u);
    EXPECT_FALSE(second.next_token);
}

TEST_F(VpcTest, subnets_must_lie_inside_and_apart) {
    const auto vpc_id = make_vpc();
    make_subnet(vpc_id, "10.0.1.0/24");
    api::CreateSubnetInput input;
    input.vpc_id = vpc_id;
    input.cidr_block = "10.0.1.128/25";
    EXPECT_EQ(code_of(call(&Service::create_subnet, input)), "InvalidSubnet.Conflict");
    input.cidr_block = "10.1.0.0/24";
    EXPECT_EQ(code_of(call(&Service::create_subnet, input)), "InvalidSubnet.Range");
    input.cidr_block = "10.0.2.0/24";
    input.availability_zone = "us-east-1z";
    EXPECT_EQ(code_of(call(&Service::create_subnet, input)), "InvalidParameterValue");
}

TEST_F(VpcTest, a_subnet_counts_its_free_addresses) {
    const auto vpc_id = make_vpc();
    const auto subnet_id = make_subnet(vpc_id, "10.0.1.0/28");
    const auto available = [&] {
        return *done(&Service::describe_subnets, api::DescribeSubnetsInput{})
                    .subnets[0].available_ip_address_count;
    };
    EXPECT_EQ(available(), 11);
    api::CreateNetworkInterfaceInput input;
    input.subnet_id = subnet_id;
    for (int i = 0; i < 11; ++i) done(&Service::create_network_interface, input);
    EXPECT_EQ(available(), 0);
    EXPECT_EQ(code_of(call(&Service::create_network_interface, input)),
              "InsufficientFreeAddressesInSubnet");
}

TEST_F(VpcTest, a_subnet_moves_between_acls_by_its_association) {
    const auto vpc_id = make_vpc();
    const auto subnet_id = make_subnet(vpc_id, "10.0.1.0/24");
    api::CreateNetworkAclInput wanted;
    wanted.vpc_id = vpc_id;
    const auto acl_id = *done(&Service::create_network_acl, wanted).network_acl->network_acl_id;
    api::DescribeNetworkAclsInput by_subnet;
    by_subnet.filters = {filter("association.subnet-id", {subnet_id})};
    const auto before = done(&Service::describe_network_acls, by_subnet).network_acls;
    ASSERT_EQ(before.size(), 1u);
    api::ReplaceNetworkAclAssociationInput replace;
    replace.association_id = *before[0].associations[0].network_acl_association_id;
    replace.network_acl_id = acl_id;
    done(&Service::replace_network_acl_association, replace);
    const auto after = done(&Service::describe_network_acls, by_subnet).network_acls;
    ASSERT_EQ(after.size(), 1u);
    EXPECT_EQ(after[0].network_acl_id, acl_id);
    EXPECT_EQ(code_of(call(&Service::delete_network_acl,
                           api::DeleteNetworkAclInput{.dry_run = {}, .network_acl_id = acl_id})),
              "DependencyViolation");
}

TEST_F(VpcTest, a_route_to_a_detached_gateway_is_a_blackhole) {
    const auto vpc_id = make_vpc();
    const auto gateway = attach_gateway(vpc_id);
    api::CreateRouteTableInput wanted;
    wanted.vpc_id = vpc_id;
    api::CreateRouteInput route;
    route.route_table_id =
        *done(&Service::create_route_table, wanted).route_table->route_table_id;
    route.destination_cidr_block = "0.0.0.0/0";
    route.gateway_id = gateway;
    done(&Service::create_route, route);
    const auto state = [&] {
        api::DescribeRouteTablesInput input;
        input.route_table_ids.push_back(route.route_table_id);
        return *done(&Service::describe_route_tables, input).route_tables[0].routes[1].state;
    };
    EXPECT_EQ(state(), "active");
    api::DetachInternetGatewayInput detach;
    detach.internet_gateway_id = gateway;
    detach.vpc_id = vpc_id;
    done(&Service::detach_internet_gateway, detach);
    EXPECT_EQ(state(), "blackhole");
}

TEST_F(VpcTest, an_endpoint_puts_its_prefix_list_into_the_tables) {
    const auto vpc_id = make_vpc();
    api::DescribeRouteTablesInput tables;
    const auto table_id =
        *done(&Service::describe_route_tables, tables).route_tables[0].route_table_id;
    api::CreateVpcEndpointInput input;
    input.vpc_id = vpc_id;
    input.service_name = "com.amazonaws.us-east-1.s3";
    input.vpc_endpoint_type = "Gateway";
    input.route_table_ids.push_back(table_id);
    const auto endpoint = done(&Service::create_vpc_endpoint, input);
    const auto routes = done(&Service::describe_route_tables, tables).route_tables[0].routes;
    ASSERT_EQ(routes.size(), 2u);
    EXPECT_EQ(routes[1].gateway_id, endpoint.vpc_endpoint->vpc_endpoint_id);
    input.vpc_endpoint_type = "Interface";
    EXPECT_EQ(code_of(call(&Service::create_vpc_endpoint, input)), "UnsupportedOperation");
}

TEST_F(VpcTest, a_managed_interface_holds_its_subnet_and_group) {
    const auto vpc_id = make_vpc();
    const auto subnet_id = make_subnet(vpc_id, "10.0.1.0/24");
    const auto group_id = make_group(vpc_id, "lb");
    auto r = request();
    const auto made = managed.create(*r, {.subnet_id = subnet_id,
                                          .group_ids = {group_id},
                                          .description = "ELB app/web/1",
                                          .requester_id = "amazon-elb",
                                          .public_address = services::PublicAddress::wanted});
    ASSERT_TRUE(made);
    ASSERT_TRUE(r->commit());
    EXPECT_TRUE(made->public_address.starts_with("203.0.113."));
    api::DescribeNetworkInterfacesInput input;
    input.filters = {filter("attachment.instance-owner-id", {"amazon-elb"}),
                     filter("description", {"ELB app/web/1"})};
    EXPECT_EQ(done(&Service::describe_network_interfaces, input).network_interfaces.size(), 1u);
    EXPECT_EQ(code_of(call(&Service::delete_subnet,
                           api::DeleteSubnetInput{.subnet_id = subnet_id, .dry_run = {}})),
              "DependencyViolation");
    api::DeleteSecurityGroupInput group;
    group.group_id = group_id;
    EXPECT_EQ(code_of(call(&Service::delete_security_group, group)), "DependencyViolation");
    r.reset();
    r = request();
    ASSERT_TRUE(managed.remove(*r, made->id));
    ASSERT_TRUE(managed.remove(*r, made->id));
    ASSERT_TRUE(r->commit());
    done(&Service::delete_security_group, group);
}

TEST_F(VpcTest, tags_are_created_described_and_deleted) {
    const auto vpc_id = make_vpc();
    api::CreateTagsInput input;
    input.resources.push_back(vpc_id);
    input.tags.push_back({.key = "a", .value = "1"});
    input.tags.push_back({.key = "b", .value = "2"});
    done(&Service::create_tags, input);
    api::DeleteTagsInput remove;
    remove.resources.push_back(vpc_id);
    remove.tags.push_back({.key = "a", .value = {}});
    remove.tags.push_back({.key = "b", .value = "other"});
    done(&Service::delete_tags, remove);
    api::DescribeTagsInput wanted;
    wanted.filters = {filter("resource-id", {vpc_id})};
    const auto tags = done(&Service::describe_tags, wanted).tags;
    ASSERT_EQ(tags.size(), 1u);
    EXPECT_EQ(tags[0].key, "b");
    EXPECT_EQ(tags[0].resource_type, "vpc");
}

TEST_F(VpcTest, flow_logs_say_that_they_are_not_delivered) {
    api::CreateFlowLogsInput input;
    input.resource_type = "VPC";
    input.resource_ids.push_back(make_vpc());
    input.traffic_type = "ALL";
    input.log_destination = "arn:aws:logs:us-east-1:123456789012:log-group:/app/flow-logs";
    input.deliver_logs_permission_arn = "arn:aws:iam::123456789012:role/flow";
    done(&Service::create_flow_logs, input);
    const auto logs = done(&Service::describe_flow_logs, api::DescribeFlowLogsInput{}).flow_logs;
    ASSERT_EQ(logs.size(), 1u);
    EXPECT_EQ(logs[0].deliver_logs_status, "FAILED");
    EXPECT_EQ(logs[0].log_group_name, "/app/flow-logs");
}

TEST_F(VpcTest, zones_are_filtered_as_terraform_does) {
    api::DescribeAvailabilityZonesInput input;
    input.filters = {filter("opt-in-status", {"opt-in-not-required"}),
                     filter("state", {"available"})};
    EXPECT_EQ(done(&Service::describe_availability_zones, input).availability_zones.size(), 3u);
}

}  // namespace
}  // namespace stormglass::ec2
