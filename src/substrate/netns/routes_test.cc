// Route tables, public addresses, isolation: where packets may go at all.
#include "substrate/netns/test_world.h"

namespace stormglass::substrate::netns::testing {
namespace {

TEST(Routes, APublicAddressIsReachedFromTheInternetAndIsTheSourceOnTheWayOut) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    add(vpc, "web", "subnet-public", "10.20.1.11", {"sg-web"}).public_address = "203.0.113.5";
    ASSERT_OK(world.network().apply(vpc));
    const auto internet = world.network().internet_namespace();
    EchoServer web(world.at("web"), 80), ssh(world.at("web"), 22);
    EchoServer api(internet, 443, well_known::api_address);
    const auto user =
        Client::open(internet, "203.0.113.5", 80, patience, well_known::client_address);
    ASSERT_TRUE(user.has_value());
    EXPECT_EQ(user->seen_as(), well_known::client_address);
    EXPECT_TRUE(is_cut_off(internet, "203.0.113.5", 22)) << "groups apply to the internet too";
    EXPECT_TRUE(is_cut_off(internet, "10.20.1.11", 80)) << "private addresses mean nothing there";
    const auto call = Client::open(world.at("web"), well_known::api_address, 443, patience);
    ASSERT_TRUE(call.has_value());
    EXPECT_EQ(call->seen_as(), "203.0.113.5");
}

TEST(Routes, WithoutPublicAddressOrRouteOrGatewayThereIsNoInternet) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    add(vpc, "no-address", "subnet-public", "10.20.1.11", {"sg-open"});
    add(vpc, "no-route", "subnet-private", "10.20.2.11", {"sg-open"}).public_address =
        "203.0.113.6";
    add(vpc, "good", "subnet-public", "10.20.1.12", {"sg-open"}).public_address = "203.0.113.7";
    ASSERT_OK(world.network().apply(vpc));
    const auto internet = world.network().internet_namespace();
    EchoServer api(internet, 443, well_known::api_address), in(world.at("no-route"), 80);
    EXPECT_TRUE(reaches(world.at("good"), well_known::api_address, 443));
    EXPECT_TRUE(is_cut_off(world.at("no-address"), well_known::api_address, 443));
    EXPECT_TRUE(is_cut_off(world.at("no-route"), well_known::api_address, 443));
    EXPECT_TRUE(is_cut_off(internet, "203.0.113.6", 80));
    vpc.has_internet_gateway = false;
    ASSERT_OK(world.network().apply(vpc));
    EXPECT_TRUE(is_cut_off(world.at("good"), well_known::api_address, 443));
}

TEST(Routes, ARemovedRouteOrAddressEndsEstablishedFlows) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    add(vpc, "a", "subnet-public", "10.20.1.11", {"sg-open"}).public_address = "203.0.113.5";
    add(vpc, "b", "subnet-other", "10.20.3.11", {"sg-open"}).public_address = "203.0.113.6";
    ASSERT_OK(world.network().apply(vpc));
    EchoServer api(world.network().internet_namespace(), 443, well_known::api_address);
    auto a = Client::open(world.at("a"), well_known::api_address, 443, patience);
    auto b = Client::open(world.at("b"), well_known::api_address, 443, patience);
    ASSERT_TRUE(a && b && a->echoes(patience) && b->echoes(patience));
    subnet(vpc, "subnet-public").routes.clear();
    vpc.interfaces[1].public_address.reset();
    ASSERT_OK(world.network().apply(vpc));
    EXPECT_FALSE(a->echoes(silence));
    EXPECT_FALSE(b->echoes(silence));
}

TEST(Routes, AMovedPublicAddressLeadsToItsNewOwnerAtOnce) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    add(vpc, "a", "subnet-public", "10.20.1.11", {"sg-open"}).public_address = "203.0.113.5";
    add(vpc, "b", "subnet-public", "10.20.1.12", {"sg-open"});
    ASSERT_OK(world.network().apply(vpc));
    const auto internet = world.network().internet_namespace();
    const auto arrives = [&](const char* owner) {
        const auto from = bind_udp_in(internet, well_known::client_address, 6000);
        const auto to = bind_udp_in(world.at(owner), "0.0.0.0", 7000);
        return send_and_wait(*from, *to, "203.0.113.5", 7000, patience);
    };
    EXPECT_TRUE(arrives("a"));
    std::swap(vpc.interfaces[0].public_address, vpc.interfaces[1].public_address);
    ASSERT_OK(world.network().apply(vpc));
    EXPECT_TRUE(arrives("b")) << "though the flow was known before";
}

TEST(Routes, AnS3EndpointServesAPrivateSubnetAndNothingButS3) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    subnet(vpc, "subnet-private").routes = {{"", RouteTarget::s3_endpoint, "vpce-1"}};
    add(vpc, "a", "subnet-private", "10.20.2.11", {"sg-open"});
    ASSERT_OK(world.network().apply(vpc));
    const auto internet = world.network().internet_namespace();
    EchoServer s3(internet, 443, well_known::s3_address),
        api(internet, 443, well_known::api_address);
    EXPECT_TRUE(reaches(world.at("a"), well_known::s3_address, 443));
    EXPECT_TRUE(is_cut_off(world.at("a"), well_known::api_address, 443));
    subnet(vpc, "subnet-private").routes.clear();
    ASSERT_OK(world.network().apply(vpc));
    EXPECT_TRUE(is_cut_off(world.at("a"), well_known::s3_address, 443));
}

TEST(Routes, TheLongestPrefixWinsAndABlackholeDrops) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    subnet(vpc, "subnet-public").routes.push_back({"198.18.0.0/24", RouteTarget::blackhole, ""});
    add(vpc, "a", "subnet-public", "10.20.1.11", {"sg-open"}).public_address = "203.0.113.5";
    ASSERT_OK(world.network().apply(vpc));
    const auto internet = world.network().internet_namespace();
    EchoServer s3(internet, 443, well_known::s3_address),
        api(internet, 443, well_known::api_address);
    EXPECT_TRUE(reaches(world.at("a"), well_known::s3_address, 443));
    EXPECT_TRUE(is_cut_off(world.at("a"), well_known::api_address, 443));
}

TEST(Routes, ANatGatewayGivesAPrivateSubnetItsPublicAddressOutwardsOnly) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    subnet(vpc, "subnet-private").routes = {{"0.0.0.0/0", RouteTarget::nat_gateway, "nat-1"}};
    add(vpc, "nat-1", "subnet-public", "10.20.1.5", {}).public_address = "203.0.113.9";
    add(vpc, "a", "subnet-private", "10.20.2.11", {"sg-open"});
    ASSERT_OK(world.network().apply(vpc));
    const auto internet = world.network().internet_namespace();
    EchoServer api(internet, 443, well_known::api_address), in(world.at("a"), 80);
    const auto call = Client::open(world.at("a"), well_known::api_address, 443, patience);
    ASSERT_TRUE(call.has_value());
    EXPECT_EQ(call->seen_as(), "203.0.113.9");
    EXPECT_TRUE(is_cut_off(internet, "203.0.113.9", 80));
}

TEST(Routes, AnInstanceReachesAnothersPublicAddressAndItsOwn) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    add(vpc, "a", "subnet-public", "10.20.1.11", {"sg-open"}).public_address = "203.0.113.5";
    add(vpc, "b", "subnet-other", "10.20.3.11", {"sg-web"}).public_address = "203.0.113.6";
    ASSERT_OK(world.network().apply(vpc));
    EchoServer at_a(world.at("a"), 80), at_b(world.at("b"), 80);
    const auto call = Client::open(world.at("a"), "203.0.113.6", 80, patience);
    ASSERT_TRUE(call.has_value());
    EXPECT_EQ(call->seen_as(), "203.0.113.5");
    EXPECT_TRUE(reaches(world.at("a"), "203.0.113.5", 80));
}

TEST(Isolation, TwoVpcsOfEqualBlocksDoNotMeetExceptByPublicAddresses) {
    World world;
    auto one = sample_vpc("vpc-1"), two = sample_vpc("vpc-2"), far = sample_vpc("vpc-3", "10.30");
    add(one, "a1", "subnet-public", "10.20.1.11", {"sg-open"}).public_address = "203.0.113.5";
    add(one, "b1", "subnet-private", "10.20.2.11", {"sg-open"});
    for (auto& each : {&two, &far}) each->interfaces.clear();
    add(two, "a2", "subnet-public", "10.20.1.12", {"sg-open"}).public_address = "203.0.113.6";
    add(two, "b2", "subnet-private", "10.20.2.11", {"sg-open"});
    add(far, "a3", "subnet-public", "10.30.1.11", {"sg-open"}).public_address = "203.0.113.7";
    for (const auto* each : {&one, &two, &far}) ASSERT_OK(world.network().apply(*each));
    EchoServer b1(world.at("b1"), 80), b2(world.at("b2"), 81), a2(world.at("a2"), 80),
        a3(world.at("a3"), 80);
    EXPECT_TRUE(reaches(world.at("a1"), "10.20.2.11", 80));
    EXPECT_TRUE(reaches(world.at("a2"), "10.20.2.11", 81)) << "each VPC has its own 10.20.2.11";
    EXPECT_TRUE(is_cut_off(world.at("a1"), "10.20.2.11", 81));
    EXPECT_TRUE(is_cut_off(world.at("a1"), "10.20.1.12", 80));
    EXPECT_TRUE(is_cut_off(world.at("a1"), "10.30.1.11", 80));
    EXPECT_TRUE(reaches(world.at("a1"), "203.0.113.7", 80));
}

/// Every IPv4 address that the test's own namespace, the host's, holds.
std::vector<std::string> host_addresses() {
    std::vector<std::string> found;
    auto netlink = Netlink::open();
    EXPECT_TRUE(netlink.has_value());
    const auto addresses = netlink->addresses();
    EXPECT_TRUE(addresses.has_value());
    for (const auto& each : *addresses) found.push_back(to_string(each.block.address));
    return found;
}

TEST(Isolation, NothingInsideReachesTheHost) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    add(vpc, "a", "subnet-public", "10.20.1.11", {"sg-open"}).public_address = "203.0.113.5";
    ASSERT_OK(world.network().apply(vpc));
    const std::string inside[] = {world.at("a"), world.network().router_namespace("vpc-1"),
                                  world.network().internet_namespace()};
    EchoServer host("/proc/self/ns/net", 0x5347);
    for (const auto& address : host_addresses()) {
        EXPECT_TRUE(reaches("/proc/self/ns/net", address, 0x5347));
        for (const auto& from : inside) {
            EXPECT_TRUE(is_cut_off(from, address, 0x5347)) << from << " to " << address;
            if (address.starts_with("127.")) continue;
            EXPECT_FALSE(pings(from, address, silence)) << from << " to " << address;
        }
    }
}

TEST(Isolation, TheRouterAnswersOnlyWhatItServes) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    vpc.acls.push_back({"acl-closed", {}, {}});
    subnet(vpc, "subnet-public").acl_id = "acl-closed";
    add(vpc, "a", "subnet-public", "10.20.1.11", {});
    ASSERT_OK(world.network().apply(vpc));
    const auto router = world.network().router_namespace("vpc-1");
    EchoServer metadata(router, 80, well_known::metadata_address), dns(router, 53),
        other(router, 81);
    for (const char* resolver : {"10.20.0.2", well_known::resolver_address}) {
        EXPECT_TRUE(reaches(world.at("a"), resolver, 53)) << "groups and ACLs do not filter it";
        EXPECT_TRUE(datagram_arrives(world.at("a"), router, resolver, 53, patience));
        EXPECT_TRUE(is_cut_off(world.at("a"), resolver, 81));
    }
    const auto call = Client::open(world.at("a"), well_known::metadata_address, 80, patience);
    ASSERT_TRUE(call.has_value());
    EXPECT_EQ(call->seen_as(), "10.20.1.11");
    EXPECT_TRUE(is_cut_off(world.at("a"), well_known::metadata_address, 53));
    EXPECT_TRUE(is_cut_off(world.at("a"), "10.20.1.1", 81));
    EXPECT_TRUE(is_cut_off(world.network().internet_namespace(), "198.18.128.2", 53));
}

TEST(Backplane, EndsReachEachOtherAndNothingElse) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    add(vpc, "db-1", "subnet-public", "10.20.1.11", {});
    add(vpc, "db-2", "subnet-private", "10.20.2.11", {});
    add(vpc, "web", "subnet-private", "10.20.2.12", {"sg-open"});
    ASSERT_OK(world.network().apply(vpc));
    ASSERT_OK(world.network().apply_backplane({{"db-1", "100.64.0.1"}, {"db-2", "100.64.0.2"}}));
    ASSERT_OK(world.network().apply(vpc));
    EchoServer one(world.at("db-1"), 3306), two(world.at("db-2"), 3306);
    EXPECT_TRUE(reaches(world.at("db-1"), "100.64.0.2", 3306));
    EXPECT_TRUE(reaches(world.at("db-2"), "100.64.0.1", 3306));
    EXPECT_TRUE(is_cut_off(world.at("web"), "100.64.0.1", 3306));
    ASSERT_OK(world.network().apply_backplane({{"db-1", "100.64.0.1"}}));
    EXPECT_TRUE(is_cut_off(world.at("db-1"), "100.64.0.2", 3306));
    EXPECT_FALSE(world.network().apply_backplane({{"db-9", "100.64.0.9"}}).has_value());
}

}  // namespace
}  // namespace stormglass::substrate::netns::testing
