// The codes that the balancer makes by itself, each for AWS's documented reason.
#include <gmock/gmock.h>

#include "planes/lb/testing.h"

namespace stormglass::lb {
namespace {

using testing::closed_port;
using testing::Connection;
using testing::FakeTarget;
using ::testing::HasSubstr;
using testing::RunningNode;
using testing::simple_config;
using ::testing::StartsWith;

/// Without health checks a target's script sees the test's own requests only.
LoadBalancerConfig quiet_config(int target_port) {
    auto config = simple_config({target_port});
    config.target_groups[0].health_check.enabled = false;
    return config;
}

std::string answer_to(RunningNode& node, std::string_view request) {
    auto client = node.connect();
    client.send(request);
    return client.message();
}

TEST(OwnAnswers, AreAwsPagesByteForByte) {
    RunningNode node(simple_config({}));
    const auto answer = answer_to(node, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 Service Temporarily Unavailable\r\n"
                                   "Server: awselb/2.0\r\nDate: "));
    EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/html\r\nContent-Length: 162\r\n"
                                  "Connection: keep-alive\r\n\r\n<html>\r\n<head><title>503 "));
}

TEST(OwnAnswers, SayWhatIsWrongWithARequest) {
    FakeTarget target;
    RunningNode node(quiet_config(target.port()));
    const std::string many(64, 'a');
    std::string addresses = "1.1.1.1";
    for (int i = 0; i < 30; ++i) addresses += ", 1.1.1.1";
    std::string headers;
    for (int i = 0; i < 9; ++i) {
        headers += fmt::format("X-{}: {}\r\n", i, std::string(8000, 'h'));
    }
    const std::vector<std::pair<std::string, std::string>> cases{
        {"nonsense\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", "400"},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400"},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", "400"},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", "501"},
        {"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", "405"},
        {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", "505"},
        {"GET /" + std::string(17000, 'u') + " HTTP/1.1\r\nHost: x\r\n\r\n", "414"},
        {"GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(17000, 'h') + "\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: " + addresses + "\r\n\r\n", "463"},
    };
    for (const auto& [request, code] : cases) {
        EXPECT_THAT(answer_to(node, request), StartsWith("HTTP/1.1 " + code))
            << request.substr(0, 80);
    }
    EXPECT_EQ(target.connections(), 0);
    EXPECT_TRUE(node.wait([&](const LoadBalancerStatus& now) {
        return now.counters.http_code_elb_4xx == 11 && now.counters.http_code_elb_5xx == 2;
    }));
}

TEST(OwnAnswers, GoOnAfterAnUnwantedBodyIsRead) {
    RunningNode node(simple_config({}));
    auto client = node.connect();
    client.send(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\n"
        "Host: x\r\n\r\n");
    EXPECT_THAT(client.message(), StartsWith("HTTP/1.1 503"));
    EXPECT_THAT(client.message(), StartsWith("HTTP/1.1 503"));
}

TEST(OwnAnswers, Are502WhenTheTargetRefuses) {
    RunningNode node(quiet_config(closed_port()));
    EXPECT_THAT(answer_to(node, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 502"));
    EXPECT_TRUE(node.wait([](const LoadBalancerStatus& now) {
        return now.target_groups[0].counters.target_connection_errors == 1;
    }));
}

TEST(OwnAnswers, Are502WhenTheTargetTalksNonsenseOrHangsUp) {
    for (const std::string_view reply :
         {"", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
        FakeTarget target([&](Connection& connection) {
            connection.until("\r\n\r\n");
            connection.send(reply);
        });
        RunningNode node(quiet_config(target.port()));
        EXPECT_THAT(answer_to(node, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                    StartsWith("HTTP/1.1 502 Bad Gateway\r\n"))
            << reply;
    }
}

TEST(OwnAnswers, Are504WhenTheTargetStaysSilent) {
    FakeTarget target([](Connection& connection) { connection.rest(); });
    auto config = quiet_config(target.port());
    config.attributes.idle_timeout_seconds = 1;
    RunningNode node(config);
    EXPECT_THAT(answer_to(node, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                StartsWith("HTTP/1.1 504 Gateway Time-out\r\n"));
}

TEST(OwnAnswers, Are408WhenTheClientStaysSilent) {
    auto config = simple_config({});
    config.attributes.idle_timeout_seconds = 1;
    RunningNode node(config);
    auto client = node.connect();
    EXPECT_THAT(client.message(), StartsWith("HTTP/1.1 408 Request Time-out\r\n"));
    auto half = node.connect();
    half.send("GET / HTT");
    EXPECT_THAT(half.message(), StartsWith("HTTP/1.1 408 Request Time-out\r\n"));
}

TEST(OwnAnswers, Count460WhenTheClientGivesUp) {
    std::atomic<bool> asked = false;
    FakeTarget target([&](Connection& connection) {
        connection.until("\r\n\r\n");
        asked = true;
        connection.rest();
    });
    auto config = quiet_config(target.port());
    config.access_log_folder = "auto";
    RunningNode node(config);
    auto client = node.connect();
    client.send("GET /long HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(node.wait([&](const LoadBalancerStatus&) { return asked.load(); }));
    client.close();
    EXPECT_TRUE(node.wait([&](const LoadBalancerStatus& now) {
        return now.counters.http_code_elb_4xx == 1 && now.counters.active_requests == 0 &&
               node.access_log().find(" 460 - ") != std::string::npos;
    }));
}

TEST(Desync, AmbiguousRequestsPassAndThenBothConnectionsClose) {
    FakeTarget target;
    RunningNode node(quiet_config(target.port()));
    auto client = node.connect();
    client.send("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
    const auto answer = client.rest();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    EXPECT_TRUE(node.wait([](const LoadBalancerStatus& now) {
        return now.counters.active_connections == 0 &&
               now.counters.desync_non_compliant_requests == 1;
    }));
}

TEST(Desync, StrictestBlocksWhatIsMerelyUnusual) {
    FakeTarget target;
    auto config = quiet_config(target.port());
    config.attributes.desync_mitigation_mode = "strictest";
    RunningNode node(config);
    EXPECT_THAT(answer_to(node, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"),
                StartsWith("HTTP/1.1 400"));
}

}  // namespace
}  // namespace stormglass::lb
