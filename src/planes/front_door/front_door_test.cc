#include <gmock/gmock.h>
#include <sys/socket.h>

#include "planes/front_door/testing.h"

namespace stormglass::front_door {
namespace {

using testing::ask;
using testing::connect_to;
using testing::EchoServer;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::RunningDoor;
using ::testing::StartsWith;

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: Web-1.elb.localhost:81\r\n\r\n";

/// One binding on any port, standing for `listener_port`; one balancer of these node addresses.
FrontDoorConfig config_for(int listener_port, const std::vector<std::string>& addresses) {
    FrontDoorConfig config{.config_version = 1};
    config.bindings = {{.port = 0, .listener_port = listener_port}};
    config.balancers = {{.name = "web", .dns_names = {"web-1.elb.localhost"}}};
    for (const auto& address : addresses) config.balancers[0].nodes.push_back({"a", address});
    return config;
}

TEST(FrontDoor, PassesAConnectionToTheNamedBalancer) {
    EchoServer node("node");
    RunningDoor door(config_for(node.port(), {"127.0.0.1"}));
    EXPECT_EQ(ask(door.port(), get), "node 127.0.0.1 " + std::string(get));
}

TEST(FrontDoor, NamesTheKnownBalancersWhenItDoesNotKnowOne) {
    EchoServer node("node");
    RunningDoor door(config_for(node.port(), {"127.0.0.1"}));
    const auto answer = ask(door.port(), "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 404 Not Found\r\n"));
    EXPECT_THAT(answer, HasSubstr("No load balancer is called \"127.0.0.1\"."));
    EXPECT_THAT(answer, EndsWith("  web-1.elb.localhost\n"));
    EXPECT_TRUE(door.wait([](const FrontDoorStatus& now) { return now.unknown_host == 1; }));
}

TEST(FrontDoor, SaysWhenABalancerHasNoSuchListener) {
    EchoServer node("node");
    auto config = config_for(node.port(), {"127.0.0.1"});
    config.balancers[0].ports = {1};
    RunningDoor door(config);
    EXPECT_THAT(ask(door.port(), get), HasSubstr("Load balancer web has no listener on port"));
}

TEST(FrontDoor, AnswersUnknownTlsNamesWithAnAlert) {
    RunningDoor door(config_for(1, {"127.0.0.1"}));
    // A minimal ClientHello without extensions.
    std::string hello("\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03", 11);
    hello += std::string(32, 'r') + std::string("\x00\x00\x02\x13\x01\x01\x00", 7);
    EXPECT_EQ(ask(door.port(), hello), std::string("\x15\x03\x03\x00\x02\x02\x70", 7));
}

TEST(FrontDoor, TriesTheNextNodeWhenOneRefuses) {
    EchoServer node("node", testing::listen_any("127.0.0.3"));
    RunningDoor door(config_for(node.port(), {"127.0.0.2", "127.0.0.3"}));
    for (int i = 0; i < 4; ++i) EXPECT_THAT(ask(door.port(), get), StartsWith("node "));
}

TEST(FrontDoor, TakesNodesInTurn) {
    EchoServer one("one", testing::listen_any("127.0.0.2"));
    EchoServer two("two", testing::listen_any("127.0.0.3", one.port()));
    RunningDoor door(config_for(one.port(), {"127.0.0.2", "127.0.0.3"}));
    std::string order;
    for (int i = 0; i < 4; ++i) order += ask(door.port(), get).substr(0, 3);
    EXPECT_THAT(order, ::testing::AnyOf("onetwoonetwo", "twoonetwoone"));
}

TEST(FrontDoor, SaysWhenNoNodeAnswers) {
    const int nobody = testing::port_of(testing::listen_any("127.0.0.1").get());
    RunningDoor door(config_for(nobody, {"127.0.0.2", "127.0.0.3"}));
    EXPECT_THAT(ask(door.port(), get), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
    EXPECT_TRUE(door.wait([](const FrontDoorStatus& now) { return now.no_node_answered == 1; }));
}

TEST(FrontDoor, CarriesMegabytesBothWaysAndEndsCleanly) {
    EchoServer node("node");
    RunningDoor door(config_for(node.port(), {"127.0.0.1"}));
    std::string big(get);
    for (int i = 0; i < 500'000; ++i) big += std::to_string(i);
    EXPECT_EQ(ask(door.port(), big), "node 127.0.0.1 " + big);
    EXPECT_TRUE(door.wait([&](const FrontDoorStatus& now) {
        return now.connections_active == 0 && now.bytes_from_clients == std::ssize(big);
    }));
}

TEST(FrontDoor, WaitsForAHeadThatComesInPieces) {
    EchoServer node("node");
    RunningDoor door(config_for(node.port(), {"127.0.0.1"}));
    const auto fd = connect_to(door.port());
    for (const char c : get) testing::send_all(fd.get(), {&c, 1});
    shutdown(fd.get(), SHUT_WR);
    EXPECT_EQ(testing::read_to_end(fd.get()), "node 127.0.0.1 " + std::string(get));
}

TEST(FrontDoor, TellsWhyAPortCannotBeBoundAndTriesAgain) {
    auto taken = testing::listen_any("127.0.0.1");
    auto config = config_for(1, {});
    config.bindings[0].port = testing::port_of(taken.get());
    RunningDoor door(config);
    EXPECT_FALSE(door.status().bindings[0].listening);
    EXPECT_THAT(door.status().bindings[0].error, HasSubstr("Address already in use"));
    taken.reset();
    EXPECT_TRUE(door.wait([](const FrontDoorStatus& now) { return now.bindings[0].listening; }));
}

TEST(FrontDoor, KeepsConnectionsAndPortsOverAReload) {
    EchoServer node("node");
    auto config = config_for(node.port(), {"127.0.0.1"});
    RunningDoor door(config);
    const int port = door.port();
    const auto fd = connect_to(port);
    testing::send_all(fd.get(), get);
    ASSERT_TRUE(door.wait([](const FrontDoorStatus& now) { return now.bytes_from_clients > 0; }));
    config.config_version = 2;
    config.balancers[0].dns_names = {"other.elb.localhost"};
    door.apply(config);
    shutdown(fd.get(), SHUT_WR);
    EXPECT_EQ(testing::read_to_end(fd.get()), "node 127.0.0.1 " + std::string(get));
    EXPECT_EQ(door.port(), port);
    EXPECT_THAT(ask(port, get), StartsWith("HTTP/1.1 404"));
}

TEST(FrontDoor, ResetsConnectionsToALostNodeAndKeepsThoseToOneThatIsOnlyLeftOut) {
    EchoServer lost("lost", testing::listen_any("127.0.0.2"));
    EchoServer kept("kept", testing::listen_any("127.0.0.3", lost.port()));
    auto config = config_for(lost.port(), {"127.0.0.2", "127.0.0.3"});
    RunningDoor door(config);
    const auto one = connect_to(door.port()), two = connect_to(door.port());
    for (const auto* fd : {&one, &two}) testing::send_all(fd->get(), get);
    ASSERT_TRUE(door.wait(
        [](const FrontDoorStatus& now) { return now.bytes_from_clients == 2 * std::ssize(get); }));
    config.config_version = 2;
    config.balancers[0].nodes.clear();
    config.lost_nodes = {"127.0.0.2"};
    door.apply(config);
    EXPECT_TRUE(door.wait([](const FrontDoorStatus& now) { return now.connections_active == 1; }));
    for (const auto* fd : {&one, &two}) shutdown(fd->get(), SHUT_WR);
    const auto answers = testing::read_to_end(one.get()) + testing::read_to_end(two.get());
    EXPECT_EQ(answers, "kept 127.0.0.1 " + std::string(get));
}

}  // namespace
}  // namespace stormglass::front_door
