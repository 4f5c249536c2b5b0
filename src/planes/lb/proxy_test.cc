// What a client and a target see of each other through a node, with real sockets.
#include <gmock/gmock.h>

#include "planes/lb/testing.h"

namespace stormglass::lb {
namespace {

using testing::closed_port;
using testing::Connection;
using testing::FakeTarget;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RunningNode;
using testing::simple_config;
using ::testing::StartsWith;

constexpr std::string_view get = "GET /a?b=c HTTP/1.1\r\nHost: example.com\r\n\r\n";

TEST(Proxy, AddsTheForwardedFieldsAndATraceId) {
    FakeTarget target;
    RunningNode node(simple_config({target.port()}));
    auto client = node.connect();
    client.send(get);
    const auto answer = client.message();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("GET /a?b=c HTTP/1.1\r\nX-Forwarded-For: 127.0.0.1\r\n"
                                  "X-Forwarded-Proto: http\r\nX-Forwarded-Port: "));
    EXPECT_THAT(answer, HasSubstr("X-Amzn-Trace-Id: Root=1-"));
    EXPECT_THAT(answer, HasSubstr("Connection: keep-alive\r\n"));
    EXPECT_THAT(answer, HasSubstr("Date: "));
}

TEST(Proxy, KeepsBothConnectionsForTheNextRequest) {
    FakeTarget target;
    auto config = simple_config({target.port()});
    config.target_groups[0].health_check.enabled = false;
    RunningNode node(config);
    auto client = node.connect();
    for (int i = 0; i < 5; ++i) {
        client.send(get);
        EXPECT_THAT(client.message(), StartsWith("HTTP/1.1 200"));
    }
    EXPECT_EQ(target.connections(), 1);
}

TEST(Proxy, AnswersPipelinedRequestsInOrder) {
    FakeTarget target;
    RunningNode node(simple_config({target.port()}));
    auto client = node.connect();
    std::string all;
    for (int i = 0; i < 20; ++i) {
        all += fmt::format("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", i);
    }
    client.send(all);
    for (int i = 0; i < 20; ++i) {
        EXPECT_THAT(client.message(), HasSubstr(fmt::format("GET /{} HTTP/1.1", i)));
    }
}

TEST(Proxy, StreamsLargeBodiesBothWays) {
    const std::string body(3'000'000, 'x');
    FakeTarget target([&](Connection& connection) {
        const auto request = connection.message();
        connection.send(FakeTarget::ok(request.substr(request.find("\r\n\r\n") + 4)));
        connection.rest();
    });
    RunningNode node(simple_config({target.port()}));
    auto client = node.connect();
    std::thread writer([&] {
        client.send(
            fmt::format("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.size()));
        client.send(body);
    });
    const auto answer = client.message();
    writer.join();
    EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4), body);
}

TEST(Proxy, PassesChunkedRequestsAndResponses) {
    FakeTarget target([](Connection& connection) {
        const auto request = connection.message();
        if (request.starts_with("POST")) {
            EXPECT_THAT(request, HasSubstr("Transfer-Encoding: chunked\r\n"));
            EXPECT_THAT(request, HasSubstr("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
        }
        connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        connection.send("2;x=y\r\nde\r\n0\r\nTrailer: 1\r\n\r\n");
        connection.rest();
    });
    RunningNode node(simple_config({target.port()}));
    auto client = node.connect();
    client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send("5\r\nhello\r\n0\r\n\r\n");
    EXPECT_THAT(client.message(), HasSubstr("\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
}

TEST(Proxy, TurnsABodyThatEndsWithTheConnectionIntoChunks) {
    FakeTarget target([](Connection& connection) {
        connection.message();
        connection.send("HTTP/1.0 200 OK\r\n\r\nto the end");
    });
    RunningNode node(simple_config({target.port()}));
    auto client = node.connect();
    client.send(get);
    const auto answer = client.message();
    EXPECT_THAT(answer, HasSubstr("Transfer-Encoding: chunked\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\n\r\na\r\nto the end\r\n0\r\n\r\n"));
    auto old = node.connect();
    old.send("GET / HTTP/1.0\r\n\r\n");
    EXPECT_THAT(old.rest(), ::testing::EndsWith("Connection: close\r\n\r\nto the end"));
}

TEST(Proxy, AnswersHeadWithoutABody) {
    FakeTarget target;
    RunningNode node(simple_config({target.port()}));
    auto client = node.connect();
    client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(client.until("\r\n\r\n"), HasSubstr("Content-Length: 5\r\n"));
    client.send(get);
    EXPECT_THAT(client.message(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(Proxy, RelaysAnInterim100Continue) {
    FakeTarget target([](Connection& connection) {
        const auto head = connection.until("\r\n\r\n");
        if (!head.starts_with("POST")) return;
        EXPECT_THAT(head, HasSubstr("Expect: 100-continue\r\n"));
        connection.send("HTTP/1.1 100 Continue\r\n\r\n");
        connection.send(FakeTarget::ok(connection.exactly(4)));
    });
    auto config = simple_config({target.port()});
    config.target_groups[0].health_check.enabled = false;
    RunningNode node(config);
    auto client = node.connect();
    client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    EXPECT_EQ(client.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("body");
    EXPECT_THAT(client.message(), ::testing::EndsWith("\r\n\r\nbody"));
}

TEST(Proxy, TunnelsAfterAnUpgrade) {
    FakeTarget target([](Connection& connection) {
        const auto head = connection.until("\r\n\r\n");
        EXPECT_THAT(head, HasSubstr("Connection: upgrade\r\nUpgrade: websocket\r\n"));
        connection.send(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\n\r\nfirst");
        const auto got = connection.exactly(4);
        connection.send("<" + got + ">");
        EXPECT_EQ(connection.rest(), "");
    });
    auto config = simple_config({target.port()});
    config.target_groups[0].health_check.enabled = false;
    RunningNode node(config);
    auto client = node.connect();
    client.send(
        "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\n"
        "Upgrade: websocket\r\n\r\n");
    EXPECT_THAT(client.until("\r\n\r\n"), StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
    EXPECT_EQ(client.exactly(5), "first");
    client.send("ping");
    EXPECT_EQ(client.exactly(6), "<ping>");
    client.half_close();
    EXPECT_EQ(client.rest(), "");
}

TEST(Proxy, AsksAgainWhenAKeptConnectionTurnsOutClosed) {
    std::atomic<int> served = 0;
    FakeTarget target([&](Connection& connection) {
        if (connection.message().empty()) return;
        connection.send(FakeTarget::ok("one"));
        // The second request on the same connection finds it closing.
        if (connection.until("\r\n\r\n").empty()) return;
        ++served;
    });
    auto config = simple_config({target.port()});
    config.target_groups[0].health_check.enabled = false;
    RunningNode node(config);
    auto client = node.connect();
    client.send(get);
    EXPECT_THAT(client.message(), HasSubstr("one"));
    client.send(get);
    EXPECT_THAT(client.message(), HasSubstr("one"));
    EXPECT_EQ(served, 1);
}

TEST(Proxy, GivesAnEarlyAnswerAndThenCloses) {
    FakeTarget target([](Connection& connection) {
        connection.until("\r\n\r\n");
        connection.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
        connection.rest();
    });
    auto config = simple_config({target.port()});
    config.target_groups[0].health_check.enabled = false;
    RunningNode node(config);
    auto client = node.connect();
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nonly this");
    const auto answer = client.rest();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 Too Large\r\n"));
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
}

TEST(Proxy, ClosesTheClientWhenAResponseBreaksOff) {
    FakeTarget target([](Connection& connection) {
        connection.until("\r\n\r\n");
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    });
    auto config = simple_config({target.port()});
    config.target_groups[0].health_check.enabled = false;
    RunningNode node(config);
    auto client = node.connect();
    client.send(get);
    EXPECT_THAT(client.rest(), ::testing::EndsWith("\r\n\r\nonly this"));
}

TEST(Proxy, CountsWhatItDid) {
    FakeTarget target;
    RunningNode node(simple_config({target.port()}));
    auto client = node.connect();
    client.send(get);
    client.message();
    EXPECT_TRUE(node.wait([](const LoadBalancerStatus& now) {
        return now.counters.request_count == 1 && now.counters.received_bytes == std::ssize(get) &&
               now.target_groups[0].counters.http_code_target_2xx == 1 &&
               now.target_groups[0].counters.target_response_time_count == 1 &&
               now.counters.active_client_connections == 1 &&
               now.target_groups[0].targets[0].active_requests == 0;
    }));
}

}  // namespace
}  // namespace stormglass::lb
