#include "services/ec2/network_plan.h"

#include <gtest/gtest.h>

namespace stormglass::ec2 {
namespace {

class NetworkPlanTest : public ::testing::Test {
protected:
    NetworkPlanTest() {
        records.account = "123456789012";
        records.region = "us-east-1";
        Vpc vpc;
        vpc.id = "vpc-1";
        vpc.blocks = {{"a", "10.0.0.0/16"}};
        vpc.main_table_id = "rtb-main";
        records.vpcs = {vpc};
        Subnet subnet;
        subnet.id = "subnet-1";
        subnet.vpc_id = "vpc-1";
        subnet.cidr = "10.0.1.0/24";
        subnet.zone = "us-east-1a";
        subnet.acl_id = "acl-1";
        records.subnets = {subnet};
        RouteTable main;
        main.id = "rtb-main";
        main.vpc_id = "vpc-1";
        records.route_tables = {main};
    }
    substrate::VpcSpec plan() { return plan_network(records, records.vpcs[0]); }
    Interface interface(const std::string& id) {
        Interface one;
        one.id = id;
        one.vpc_id = "vpc-1";
        one.subnet_id = "subnet-1";
        one.address = "10.0.1.5";
        one.mac = "02:00:00:00:00:01";
        one.attachment_id = "eni-attach-1";
        return one;
    }
    RegionRecords records;
};

TEST_F(NetworkPlanTest, a_subnet_without_an_association_uses_the_main_table) {
    records.internet_gateways = {{"igw-1", "vpc-1"}};
    records.route_tables[0].routes = {{"0.0.0.0/0", "igw-1", ""}};
    const auto spec = plan();
    EXPECT_TRUE(spec.has_internet_gateway);
    ASSERT_EQ(spec.subnets[0].routes.size(), 1u);
    EXPECT_EQ(spec.subnets[0].routes[0].target, substrate::RouteTarget::internet_gateway);
    RouteTable own;
    own.id = "rtb-own";
    own.vpc_id = "vpc-1";
    records.route_tables.push_back(own);
    records.subnets[0].table_id = "rtb-own";
    EXPECT_TRUE(plan().subnets[0].routes.empty());
}

TEST_F(NetworkPlanTest, a_route_to_a_gateway_elsewhere_is_a_blackhole) {
    records.internet_gateways = {{"igw-1", "vpc-2"}};
    records.route_tables[0].routes = {{"0.0.0.0/0", "igw-1", ""}};
    EXPECT_FALSE(plan().has_internet_gateway);
    EXPECT_EQ(plan().subnets[0].routes[0].target, substrate::RouteTarget::blackhole);
}

TEST_F(NetworkPlanTest, an_endpoint_routes_the_range_of_s3) {
    Endpoint endpoint;
    endpoint.id = "vpce-1";
    endpoint.vpc_id = "vpc-1";
    endpoint.table_ids = {"rtb-main"};
    records.endpoints = {endpoint};
    const auto routes = plan().subnets[0].routes;
    ASSERT_EQ(routes.size(), 1u);
    EXPECT_EQ(routes[0].target, substrate::RouteTarget::s3_endpoint);
    EXPECT_EQ(routes[0].destination, substrate::well_known::s3_range);
}

TEST_F(NetworkPlanTest, an_interface_is_plugged_into_its_instance_while_that_has_a_body) {
    Instance instance;
    instance.id = "i-1";
    records.instances = {instance};
    records.interfaces = {interface("eni-1")};
    records.interfaces[0].instance_id = "i-1";
    ASSERT_EQ(plan().interfaces.size(), 1u);
    EXPECT_EQ(plan().interfaces[0].attachment, "i-1");
    EXPECT_FALSE(plan().interfaces[0].public_address);
    records.instances[0].state = "stopped";
    EXPECT_TRUE(plan().interfaces.empty());
}

TEST_F(NetworkPlanTest, a_managed_interface_is_its_own_attachment_and_an_unattached_one_has_none) {
    records.interfaces = {interface("eni-1"), interface("eni-2")};
    records.interfaces[0].requester_id = "amazon-elb";
    records.interfaces[1].attachment_id.clear();
    const auto spec = plan();
    ASSERT_EQ(spec.interfaces.size(), 1u);
    EXPECT_EQ(spec.interfaces[0].attachment, "eni-1");
}

TEST_F(NetworkPlanTest, a_nat_gateway_is_the_attachment_of_its_interface) {
    NatGateway nat;
    nat.id = "nat-1";
    nat.vpc_id = "vpc-1";
    nat.interface_id = "eni-1";
    records.nat_gateways = {nat};
    records.interfaces = {interface("eni-1")};
    records.interfaces[0].requester_id = "amazon-nat";
    records.route_tables[0].routes = {{"0.0.0.0/0", "", "nat-1"}};
    EXPECT_EQ(plan().interfaces[0].attachment, "nat-1");
    EXPECT_EQ(plan().subnets[0].routes[0].target, substrate::RouteTarget::nat_gateway);
    records.nat_gateways[0].state = "deleted";
    EXPECT_EQ(plan().subnets[0].routes[0].target, substrate::RouteTarget::blackhole);
}

TEST_F(NetworkPlanTest, acl_rules_keep_direction_order_and_protocol_names) {
    Acl acl;
    acl.id = "acl-1";
    acl.vpc_id = "vpc-1";
    AclRule in;
    in.number = 100;
    in.allow = true;
    in.protocol = "6";
    in.cidr = "0.0.0.0/0";
    in.from_port = 80;
    in.to_port = 81;
    AclRule six = in;
    six.number = 101;
    six.cidr.clear();
    six.cidr6 = "::/0";
    AclRule out = in;
    out.egress = true;
    out.protocol = "-1";
    acl.rules = {in, six, out};
    records.acls = {acl};
    const auto spec = plan().acls.at(0);
    ASSERT_EQ(spec.ingress.size(), 1u);
    EXPECT_EQ(spec.ingress[0].protocol, "tcp");
    EXPECT_EQ(spec.ingress[0].to_port, 81);
    EXPECT_EQ(spec.egress.size(), 1u);
}

TEST_F(NetworkPlanTest, group_rules_name_blocks_groups_and_the_prefix_list) {
    Group group;
    group.id = "sg-1";
    group.vpc_id = "vpc-1";
    GroupRule block, list, member, gone, six;
    block.protocol = list.protocol = member.protocol = gone.protocol = six.protocol = "tcp";
    block.cidr = "10.0.0.0/8";
    list.prefix_list_id = "pl-1";
    member.group_id = "sg-1";
    gone.group_id = "sg-2";
    six.cidr6 = "::/0";
    group.rules = {block, list, member, gone, six};
    records.groups = {group};
    const auto rules = plan().groups.at(0).ingress;
    ASSERT_EQ(rules.size(), 3u);
    EXPECT_EQ(rules[0].cidr, "10.0.0.0/8");
    EXPECT_EQ(rules[1].cidr, substrate::well_known::s3_range);
    EXPECT_EQ(rules[2].group_id, "sg-1");
}

TEST_F(NetworkPlanTest, a_zone_at_fault_is_cut_or_slow_by_its_mode) {
    const auto before = fingerprint(plan());
    records.zone_faults = {{.zone = "us-east-1a", .mode = "power"},
                           {.zone = "us-east-1b", .mode = "slow", .loss_percent = 7}};
    const auto faults = plan().zone_faults;
    ASSERT_EQ(faults.size(), 2u);
    EXPECT_EQ(faults[0].kind, substrate::ZoneLinkFault::Kind::cut);
    EXPECT_EQ(faults[1].kind, substrate::ZoneLinkFault::Kind::slow);
    EXPECT_EQ(faults[1].loss_percent, 7);
    EXPECT_NE(fingerprint(plan()), before);
}

TEST_F(NetworkPlanTest, the_fingerprint_changes_with_anything_that_matters) {
    records.interfaces = {interface("eni-1")};
    records.interfaces[0].requester_id = "amazon-elb";
    const auto before = fingerprint(plan());
    EXPECT_EQ(before, fingerprint(plan()));
    records.interfaces[0].group_ids = {"sg-1"};
    EXPECT_NE(before, fingerprint(plan()));
    records.interfaces[0].group_ids.clear();
    records.subnets[0].acl_id = "acl-2";
    EXPECT_NE(before, fingerprint(plan()));
}

}  // namespace
}  // namespace stormglass::ec2
