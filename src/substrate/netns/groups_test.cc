// Security groups and network ACLs, as packets meet them.
#include "substrate/netns/test_world.h"

namespace stormglass::substrate::netns::testing {
namespace {

TEST(SecurityGroups, TheDatabaseIsReachableFromTheWebGroupAndFromNowhereElse) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    add(vpc, "web", "subnet-public", "10.20.1.11", {"sg-web"});
    add(vpc, "other", "subnet-public", "10.20.1.12", {"sg-none"});
    add(vpc, "neighbour", "subnet-private", "10.20.2.12", {"sg-none"});
    add(vpc, "db", "subnet-private", "10.20.2.20", {"sg-db"});
    ASSERT_OK(world.network().apply(vpc));
    EchoServer mysql(world.at("db"), 3306), ssh(world.at("db"), 22), http(world.at("web"), 80);

    EXPECT_TRUE(reaches(world.at("web"), "10.20.2.20", 3306));
    EXPECT_TRUE(is_cut_off(world.at("other"), "10.20.2.20", 3306));
    EXPECT_TRUE(is_cut_off(world.at("neighbour"), "10.20.2.20", 3306)) << "same subnet";
    EXPECT_TRUE(is_cut_off(world.network().internet_namespace(), "10.20.2.20", 3306));
    EXPECT_TRUE(is_cut_off(world.network().router_namespace("vpc-1"), "10.20.2.20", 22));
    EXPECT_TRUE(is_cut_off(world.at("web"), "10.20.2.20", 22)) << "port not allowed";
    EXPECT_TRUE(is_cut_off(world.at("db"), "10.20.1.11", 80)) << "sg-db has no egress";
}

TEST(SecurityGroups, MembershipOfSeveralGroupsAddsTheirRules) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    group(vpc, "sg-admin").ingress = {{"tcp", 22, 23, "10.20.1.0/24", ""}};
    add(vpc, "a", "subnet-public", "10.20.1.11", {"sg-web", "sg-admin"});
    add(vpc, "b", "subnet-public", "10.20.1.12", {"sg-open"});
    add(vpc, "c", "subnet-other", "10.20.3.12", {"sg-open"});
    add(vpc, "bare", "subnet-public", "10.20.1.13", {});
    ASSERT_OK(world.network().apply(vpc));
    EchoServer ssh(world.at("a"), 22), telnet(world.at("a"), 23), http(world.at("a"), 80);
    EchoServer open(world.at("bare"), 80);
    EXPECT_TRUE(reaches(world.at("b"), "10.20.1.11", 22));
    EXPECT_TRUE(reaches(world.at("b"), "10.20.1.11", 23));
    EXPECT_TRUE(reaches(world.at("b"), "10.20.1.11", 80));
    EXPECT_TRUE(reaches(world.at("c"), "10.20.1.11", 80));
    EXPECT_TRUE(is_cut_off(world.at("c"), "10.20.1.11", 22)) << "outside the rule's block";
    EXPECT_TRUE(is_cut_off(world.at("b"), "10.20.1.13", 80)) << "no group at all";
}

TEST(SecurityGroups, ProtocolsAndIcmpTypesAreToldApart) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    group(vpc, "sg-ping").ingress = {{"icmp", 8, -1, "0.0.0.0/0", ""}};
    group(vpc, "sg-dns").ingress = {{"17", 53, 53, "0.0.0.0/0", ""},
                                    {"50", -1, -1, "0.0.0.0/0", ""}};
    add(vpc, "a", "subnet-public", "10.20.1.11", {"sg-open"});
    add(vpc, "ping", "subnet-public", "10.20.1.12", {"sg-ping"});
    add(vpc, "dns", "subnet-public", "10.20.1.13", {"sg-dns"});
    ASSERT_OK(world.network().apply(vpc));
    EchoServer tcp(world.at("dns"), 53);
    EXPECT_TRUE(pings(world.at("a"), "10.20.1.12", patience));
    EXPECT_FALSE(pings(world.at("a"), "10.20.1.13", silence));
    EXPECT_TRUE(datagram_arrives(world.at("a"), world.at("dns"), "10.20.1.13", 53, patience));
    EXPECT_FALSE(datagram_arrives(world.at("a"), world.at("ping"), "10.20.1.12", 53, silence));
    EXPECT_TRUE(is_cut_off(world.at("a"), "10.20.1.13", 53)) << "UDP only";
}

TEST(SecurityGroups, AnEstablishedFlowOutlivesTheRuleAndANewOneDoesNotStart) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    add(vpc, "web", "subnet-public", "10.20.1.11", {"sg-web"});
    add(vpc, "db", "subnet-private", "10.20.2.20", {"sg-db"});
    ASSERT_OK(world.network().apply(vpc));
    EchoServer mysql(world.at("db"), 3306);
    auto before = Client::open(world.at("web"), "10.20.2.20", 3306, patience);
    ASSERT_TRUE(before && before->echoes(patience));

    group(vpc, "sg-db").ingress.clear();
    ASSERT_OK(world.network().apply(vpc));
    EXPECT_TRUE(before->echoes(patience));
    EXPECT_TRUE(is_cut_off(world.at("web"), "10.20.2.20", 3306));
}

TEST(SecurityGroups, AnAddressGivenToAnotherInterfaceDoesNotBringItsFlowsAlong) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    add(vpc, "web", "subnet-public", "10.20.1.11", {"sg-web"});
    add(vpc, "db", "subnet-private", "10.20.2.20", {"sg-db"});
    ASSERT_OK(world.network().apply(vpc));
    const auto from = bind_udp_in(world.at("web"), "10.20.1.11", 5000);
    group(vpc, "sg-db").ingress = {{"udp", 53, 53, "", "sg-web"}};
    ASSERT_OK(world.network().apply(vpc));
    const auto to = bind_udp_in(world.at("db"), "10.20.2.20", 53);
    ASSERT_TRUE(from && to && send_and_wait(*from, *to, "10.20.2.20", 53, patience));
    const auto back = bind_udp_in(world.at("db"), "10.20.2.20", 53);
    const auto again = bind_udp_in(world.at("web"), "10.20.1.11", 5000);
    ASSERT_TRUE(send_and_wait(*back, *again, "10.20.1.11", 5000, patience)) << "an answer passes";

    vpc.interfaces[0].id = "eni-other";
    vpc.interfaces[0].attachment = "other";
    vpc.interfaces[0].group_ids = {"sg-none"};
    ASSERT_OK(world.network().apply(vpc));
    const auto stranger = bind_udp_in(world.at("other"), "10.20.1.11", 5000);
    const auto db = bind_udp_in(world.at("db"), "10.20.2.20", 53);
    EXPECT_FALSE(send_and_wait(*stranger, *db, "10.20.2.20", 53, silence));
}

TEST(NetworkAcl, ADenyWinsOverLaterAllowsAndStopsEstablishedFlowsToo) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    add(vpc, "a", "subnet-public", "10.20.1.11", {"sg-open"});
    add(vpc, "b", "subnet-private", "10.20.2.11", {"sg-open"});
    ASSERT_OK(world.network().apply(vpc));
    EchoServer server(world.at("b"), 80);
    auto before = Client::open(world.at("a"), "10.20.2.11", 80, patience);
    ASSERT_TRUE(before && before->echoes(patience));

    const AclEntry all{100, true, "-1", "0.0.0.0/0"};
    vpc.acls.push_back({"acl-strict", {{50, false, "tcp", "10.20.1.0/24", 80, 80}, all}, {all}});
    subnet(vpc, "subnet-private").acl_id = "acl-strict";
    ASSERT_OK(world.network().apply(vpc));
    EXPECT_TRUE(is_cut_off(world.at("a"), "10.20.2.11", 80));
    EXPECT_FALSE(before->echoes(silence));
    EXPECT_TRUE(pings(world.at("a"), "10.20.2.11", patience)) << "only port 80 is denied";
}

TEST(NetworkAcl, IsStatelessTheWayBackNeedsItsOwnRule) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    const AclEntry all{100, true, "-1", "0.0.0.0/0"};
    vpc.acls.push_back({"acl-oneway", {all}, {{100, true, "tcp", "0.0.0.0/0", 80, 80}}});
    subnet(vpc, "subnet-private").acl_id = "acl-oneway";
    add(vpc, "a", "subnet-public", "10.20.1.11", {"sg-open"});
    add(vpc, "b", "subnet-private", "10.20.2.11", {"sg-open"});
    ASSERT_OK(world.network().apply(vpc));
    EchoServer server(world.at("b"), 80);
    EXPECT_TRUE(is_cut_off(world.at("a"), "10.20.2.11", 80));

    vpc.acls.back().egress.push_back({110, true, "tcp", "0.0.0.0/0", 1024, 65535});
    ASSERT_OK(world.network().apply(vpc));
    EXPECT_TRUE(reaches(world.at("a"), "10.20.2.11", 80));
}

TEST(NetworkAcl, NeverFiltersBetweenHostsOfOneSubnetButDoesFilterTheInternet) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    vpc.acls.push_back({"acl-closed", {}, {}});
    subnet(vpc, "subnet-public").acl_id = "acl-closed";
    add(vpc, "a", "subnet-public", "10.20.1.11", {"sg-open"}).public_address = "203.0.113.5";
    add(vpc, "b", "subnet-public", "10.20.1.12", {"sg-open"});
    add(vpc, "c", "subnet-private", "10.20.2.12", {"sg-open"});
    ASSERT_OK(world.network().apply(vpc));
    EchoServer server(world.at("a"), 80);
    EXPECT_TRUE(reaches(world.at("b"), "10.20.1.11", 80));
    EXPECT_TRUE(is_cut_off(world.at("c"), "10.20.1.11", 80));
    EXPECT_TRUE(is_cut_off(world.network().internet_namespace(), "203.0.113.5", 80));
    EXPECT_TRUE(pings(world.at("a"), "10.20.1.1", patience)) << "the gateway is no host";
}

TEST(SourceCheck, AForgedSourceAddressIsDroppedUnlessTheCheckIsOff) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    add(vpc, "a", "subnet-public", "10.20.1.11", {"sg-open"});
    add(vpc, "b", "subnet-private", "10.20.2.12", {"sg-open"});
    add(vpc, "target", "subnet-other", "10.20.3.13", {"sg-open"});
    ASSERT_OK(world.network().apply(vpc));
    const auto forge = [&]() -> Result<void> {
        auto netlink = TRY(Netlink::open());
        return netlink.add_address({loopback_index, {TRY(parse_address("10.20.2.99")), 32}});
    };
    ASSERT_OK(run_in_namespace(world.at("a"), forge));
    const auto forged_arrives = [&](std::chrono::milliseconds timeout) {
        const auto receiver = bind_udp_in(world.at("target"), "0.0.0.0", 9000);
        const auto sender = bind_udp_in(world.at("a"), "10.20.2.99", 0);
        return send_and_wait(*sender, *receiver, "10.20.3.13", 9000, timeout);
    };
    EXPECT_FALSE(forged_arrives(silence));
    vpc.interfaces[0].source_dest_check = false;
    ASSERT_OK(world.network().apply(vpc));
    EXPECT_TRUE(forged_arrives(patience));
}

}  // namespace
}  // namespace stormglass::substrate::netns::testing
