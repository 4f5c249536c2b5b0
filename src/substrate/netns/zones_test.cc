// Faults of zones, as packets meet them: what is cut, what is slow, and what goes on inside.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include "substrate/netns/test_world.h"

namespace stormglass::substrate::netns::testing {
namespace {

using Kind = ZoneLinkFault::Kind;

/// subnet-public in zone a; the two others in zone b. a1, a2 in a; b1 in b; all open.
VpcSpec two_zones() {
    auto vpc = sample_vpc("vpc-1");
    subnet(vpc, "subnet-public").zone = "zone-a";
    subnet(vpc, "subnet-private").zone = "zone-b";
    subnet(vpc, "subnet-other").zone = "zone-b";
    add(vpc, "a1", "subnet-public", "10.20.1.11", {"sg-open"}).public_address = "203.0.113.5";
    add(vpc, "a2", "subnet-public", "10.20.1.12", {"sg-open"});
    add(vpc, "b1", "subnet-other", "10.20.3.11", {"sg-open"}).public_address = "203.0.113.6";
    return vpc;
}

/// Of so many datagrams from b1 to a1.
int arrivals(World& world, int sent) {
    const auto from = bind_udp_in(world.at("b1"), "10.20.3.11", 5000);
    const auto to = bind_udp_in(world.at("a1"), "10.20.1.11", 53);
    if (!from || !to) return -1;
    const base::UniqueFd sender(*from), receiver(*to);
    sockaddr_in target{};
    target.sin_family = AF_INET;
    target.sin_port = htons(53);
    inet_pton(AF_INET, "10.20.1.11", &target.sin_addr);
    for (int i = 0; i < sent; ++i) {
        sendto(sender.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&target), sizeof target);
    }
    int arrived = 0;
    pollfd waiting{receiver.get(), POLLIN, 0};
    char byte;
    while (poll(&waiting, 1, static_cast<int>(silence.count())) > 0 &&
           recv(receiver.get(), &byte, 1, 0) == 1) {
        ++arrived;
    }
    return arrived;
}

TEST(Zones, ACutZoneReachesNobodyAndNobodyReachesItButItsInsideGoesOn) {
    World world;
    auto vpc = two_zones();
    ASSERT_OK(world.network().apply(vpc));
    EchoServer a1(world.at("a1"), 80), b1(world.at("b1"), 80);
    auto inside = Client::open(world.at("a2"), "10.20.1.11", 80, patience);
    auto across = Client::open(world.at("b1"), "10.20.1.11", 80, patience);
    ASSERT_TRUE(inside && across && across->echoes(patience));

    vpc.zone_faults = {{.zone = "zone-a"}};
    ASSERT_OK(world.network().apply(vpc));
    EXPECT_FALSE(across->echoes(silence)) << "established flows are cut, too";
    EXPECT_TRUE(is_cut_off(world.at("b1"), "10.20.1.11", 80));
    EXPECT_TRUE(is_cut_off(world.at("a2"), "10.20.3.11", 80));
    EXPECT_TRUE(is_cut_off(world.network().internet_namespace(), "203.0.113.5", 80));
    EXPECT_TRUE(reaches(world.network().internet_namespace(), "203.0.113.6", 80));
    EXPECT_TRUE(inside->echoes(patience));
    EXPECT_TRUE(reaches(world.at("a2"), "10.20.1.11", 80));

    vpc.zone_faults.clear();
    ASSERT_OK(world.network().apply(vpc));
    EXPECT_TRUE(reaches(world.at("b1"), "10.20.1.11", 80));
    EXPECT_TRUE(reaches(world.network().internet_namespace(), "203.0.113.5", 80));
}

TEST(Zones, TwoCutZonesDoNotReachEachOther) {
    World world;
    auto vpc = two_zones();
    vpc.zone_faults = {{.zone = "zone-a"}, {.zone = "zone-b"}, {.zone = "zone-c"}};
    ASSERT_OK(world.network().apply(vpc));
    EchoServer a1(world.at("a1"), 80);
    EXPECT_TRUE(is_cut_off(world.at("b1"), "10.20.1.11", 80));
    EXPECT_TRUE(reaches(world.at("a2"), "10.20.1.11", 80));
}

TEST(Zones, ALaterDaemonFindsTheCutInForceAndKeepsOrEndsIt) {
    World world;
    auto vpc = two_zones();
    vpc.zone_faults = {{.zone = "zone-a"}};
    ASSERT_OK(world.network().apply(vpc));
    world.restart();
    EchoServer a1(world.at("a1"), 80);
    EXPECT_TRUE(is_cut_off(world.at("b1"), "10.20.1.11", 80));
    ASSERT_OK(world.network().apply(vpc));
    EXPECT_TRUE(is_cut_off(world.at("b1"), "10.20.1.11", 80));
    vpc.zone_faults.clear();
    ASSERT_OK(world.network().apply(vpc));
    EXPECT_TRUE(reaches(world.at("b1"), "10.20.1.11", 80));
}

TEST(Zones, ASlowZoneLosesTheShareOfPacketsItIsTold) {
    World world;
    auto vpc = two_zones();
    vpc.zone_faults = {{.zone = "zone-a", .kind = Kind::slow, .loss_percent = 100}};
    ASSERT_OK(world.network().apply(vpc));
    EchoServer a1(world.at("a1"), 80);
    EXPECT_TRUE(is_cut_off(world.at("b1"), "10.20.1.11", 80));
    EXPECT_TRUE(reaches(world.at("a2"), "10.20.1.11", 80)) << "within the zone nothing is lost";

    vpc.zone_faults[0].loss_percent = 50;
    ASSERT_OK(world.network().apply(vpc));
    constexpr int sent = 200;
    const int arrived = arrivals(world, sent);
    EXPECT_GT(arrived, sent / 5);
    EXPECT_LT(arrived, sent * 4 / 5);
}

TEST(Zones, ANatGatewayInACutZoneLeadsNowhereForTheOthers) {
    World world;
    auto vpc = two_zones();
    add(vpc, "nat-1", "subnet-public", "10.20.1.99", {}).public_address = "203.0.113.9";
    add(vpc, "b2", "subnet-private", "10.20.2.11", {"sg-open"});
    subnet(vpc, "subnet-private").routes = {{"0.0.0.0/0", RouteTarget::nat_gateway, "nat-1"}};
    ASSERT_OK(world.network().apply(vpc));
    EchoServer api(world.network().internet_namespace(), 443, well_known::api_address);
    EXPECT_TRUE(reaches(world.at("b2"), well_known::api_address, 443));
    vpc.zone_faults = {{.zone = "zone-a"}};
    ASSERT_OK(world.network().apply(vpc));
    EXPECT_TRUE(is_cut_off(world.at("b2"), well_known::api_address, 443));
}

TEST(Zones, WrongFaultsAreRefused) {
    World world;
    auto vpc = two_zones();
    vpc.zone_faults = {{.zone = "zone-a"}, {.zone = "zone-a"}};
    EXPECT_FALSE(world.network().apply(vpc).has_value());
    vpc.zone_faults = {{.zone = "zone-a", .kind = Kind::slow, .loss_percent = 101}};
    EXPECT_FALSE(world.network().apply(vpc).has_value());
}

}  // namespace
}  // namespace stormglass::substrate::netns::testing
