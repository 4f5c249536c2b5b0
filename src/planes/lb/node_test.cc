// A node's life: health as AWS tells it, draining, reloads, several listeners, TLS, stickiness,
// logs.
#include <gmock/gmock.h>
#include <openssl/x509v3.h>

#include "base/strings.h"
#include "planes/lb/testing.h"

namespace stormglass::lb {
namespace {

using testing::closed_port;
using testing::Connection;
using ::testing::EndsWith;
using testing::FakeTarget;
using ::testing::HasSubstr;
using testing::make_certificate;
using ::testing::Not;
using testing::RunningNode;
using testing::simple_config;
using ::testing::StartsWith;

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";

/// Answers health checks with a code that the test sets, and all else with its name.
class NamedTarget {
public:
    explicit NamedTarget(std::string name, int health_code = 200)
        : health_code_(health_code), name_(std::move(name)), target_([this](Connection& c) {
              for (;;) {
                  const auto request = c.message();
                  if (request.empty()) return;
                  const bool check = request.find("ELB-HealthChecker/2.0") != std::string::npos;
                  if (check) {
                      c.send(fmt::format("HTTP/1.1 {} X\r\nContent-Length: 0\r\n\r\n",
                                         health_code_.load()));
                      return;
                  }
                  if (!c.send(FakeTarget::ok(name_))) return;
              }
          }) {}
    int port() const { return target_.port(); }
    void set_health(int code) { health_code_ = code; }

private:
    std::atomic<int> health_code_;
    std::string name_;
    FakeTarget target_;
};

std::string body_of(const std::string& message) {
    return message.substr(message.find("\r\n\r\n") + 4);
}

std::string ask(RunningNode& node, std::string_view request = get) {
    auto client = node.connect();
    client.send(request);
    return client.message();
}

TEST(NodeHealth, UsesAwsWords) {
    FakeTarget deaf([](Connection& connection) { connection.rest(); });
    NamedTarget good("good");
    NamedTarget bad("bad", 500);
    auto config = simple_config({good.port(), bad.port(), closed_port(), deaf.port()});
    config.target_groups[0].health_check.timeout_ms = 100;
    config.target_groups[0].health_check.interval_ms = 150;
    RunningNode node(config);
    ASSERT_TRUE(node.wait_for_state("healthy", 0));
    for (const std::size_t index : {1, 2, 3}) ASSERT_TRUE(node.wait_for_state("unhealthy", index));
    const auto targets = node.status().target_groups[0].targets;
    EXPECT_EQ(targets[1].reason, "Target.ResponseCodeMismatch");
    EXPECT_EQ(targets[1].description, "Health checks failed with these codes: [500]");
    EXPECT_EQ(targets[2].reason, "Target.FailedHealthChecks");
    EXPECT_EQ(targets[2].description, "Health checks failed");
    EXPECT_EQ(targets[3].reason, "Target.Timeout");
    EXPECT_EQ(targets[3].description, "Request timed out");
    for (int i = 0; i < 8; ++i) EXPECT_EQ(body_of(ask(node)), "good");
}

TEST(NodeHealth, FailsOpenWhenNobodyIsHealthy) {
    NamedTarget a("a", 500);
    NamedTarget b("b", 500);
    RunningNode node(simple_config({a.port(), b.port()}));
    ASSERT_TRUE(node.wait_for_state("unhealthy", 0));
    ASSERT_TRUE(node.wait_for_state("unhealthy", 1));
    std::set<std::string> seen;
    for (int i = 0; i < 4; ++i) seen.insert(body_of(ask(node)));
    EXPECT_EQ(seen, (std::set<std::string>{"a", "b"}));
    EXPECT_TRUE(node.wait([](const LoadBalancerStatus& now) {
        return now.target_groups[0].counters.unhealthy_routing_requests == 4;
    }));
}

TEST(NodeHealth, ComesBackAfterTheHealthyThreshold) {
    NamedTarget a("a", 500);
    RunningNode node(simple_config({a.port()}));
    ASSERT_TRUE(node.wait_for_state("unhealthy"));
    a.set_health(200);
    EXPECT_TRUE(node.wait_for_state("healthy"));
}

TEST(NodeReload, AppliesRulesWithoutDroppingAConnection) {
    NamedTarget a("a");
    auto config = simple_config({a.port()});
    RunningNode node(config);
    ASSERT_TRUE(node.wait_for_state("healthy"));
    auto client = node.connect();
    client.send(get);
    EXPECT_EQ(body_of(client.message()), "a");
    Action fixed{.type = "fixed-response"};
    fixed.fixed_response = {.status_code = "200", .message_body = "fixed"};
    config.config_version = 2;
    config.listeners[0].rules.push_back({.arn = "rule/1",
                                         .priority = 1,
                                         .conditions = {{.field = "path-pattern", .values = {"/"}}},
                                         .action = fixed});
    node.apply(config);
    client.send(get);
    EXPECT_EQ(body_of(client.message()), "fixed");
    EXPECT_EQ(node.status().target_groups[0].targets[0].state, "healthy") << "health is kept";
}

TEST(NodeReload, KeepsTheOldConfigurationWhenTheNewOneIsBad) {
    NamedTarget a("a");
    auto config = simple_config({a.port()});
    RunningNode node(config);
    config.config_version = 2;
    config.listeners[0].rules.clear();
    node.apply(config);
    EXPECT_EQ(node.status().config_version, 1);
    EXPECT_THAT(node.status().config_error, HasSubstr("priority 0"));
    EXPECT_EQ(body_of(ask(node)), "a");
}

TEST(NodeReload, DrainsATargetAndLetsItsRequestEnd) {
    std::atomic<bool> asked = false;
    std::atomic<bool> answer = false;
    FakeTarget slow([&](Connection& connection) {
        connection.until("\r\n\r\n");
        asked = true;
        while (!answer) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        connection.send(FakeTarget::ok("slow"));
    });
    NamedTarget other("other");
    auto config = simple_config({slow.port()});
    config.target_groups[0].health_check.enabled = false;
    RunningNode node(config);
    auto client = node.connect();
    client.send(get);
    EXPECT_TRUE(node.wait([&](const LoadBalancerStatus&) { return asked.load(); }));
    config.config_version = 2;
    config.target_groups[0].targets[0].state = "draining";
    config.target_groups[0].targets[0].drain_deadline_ms = wall_us() / 1000 + 60'000;
    config.target_groups[0].targets.push_back(
        {.id = "i-9", .address = "127.0.0.1", .port = other.port(), .zone = "us-east-1a"});
    node.apply(config);
    EXPECT_TRUE(node.wait_for_state("draining"));
    EXPECT_EQ(node.status().target_groups[0].targets[0].reason, "Target.DeregistrationInProgress");
    EXPECT_EQ(body_of(ask(node)), "other");
    answer = true;
    EXPECT_EQ(body_of(client.message()), "slow");
}

TEST(NodeReload, CutsARequestWhenTheDeregistrationDelayIsOver) {
    std::atomic<bool> asked = false;
    FakeTarget slow([&](Connection& connection) {
        connection.until("\r\n\r\n");
        asked = true;
        connection.rest();
    });
    auto config = simple_config({slow.port()});
    config.target_groups[0].health_check.enabled = false;
    RunningNode node(config);
    auto client = node.connect();
    client.send(get);
    EXPECT_TRUE(node.wait([&](const LoadBalancerStatus&) { return asked.load(); }));
    config.config_version = 2;
    config.target_groups[0].targets.clear();
    node.apply(config);
    EXPECT_THAT(client.message(), StartsWith("HTTP/1.1 502"));
}

TEST(NodeReload, OpensAndClosesListeners) {
    NamedTarget a("a");
    auto config = simple_config({a.port()});
    config.listeners[0].port = closed_port();
    RunningNode node(config);
    config.config_version = 2;
    auto second = config.listeners[0];
    second.arn = "listener/2";
    second.port = closed_port();
    config.listeners = {second};
    node.apply(config);
    const auto status = node.status();
    ASSERT_EQ(status.listeners.size(), 1u);
    EXPECT_EQ(status.listeners[0].arn, "listener/2");
    EXPECT_TRUE(status.listeners[0].listening);
    EXPECT_EQ(body_of(ask(node)), "a");
}

TEST(NodeListeners, TellWhyTheyDoNotListenAndTryAgain) {
    auto taken = std::make_unique<FakeTarget>();
    auto config = simple_config({});
    config.listeners[0].port = taken->port();
    RunningNode node(config);
    const auto status = node.status();
    EXPECT_FALSE(status.listeners[0].listening);
    EXPECT_THAT(status.listeners[0].error, HasSubstr("Address already in use"));
    taken.reset();
    EXPECT_TRUE(
        node.wait([](const LoadBalancerStatus& now) { return now.listeners[0].listening; }));
}

TEST(NodeZones, WithoutCrossZoneOnlyTheOwnZoneServes) {
    NamedTarget here("here");
    NamedTarget there("there");
    auto config = simple_config({here.port(), there.port()});
    config.target_groups[0].cross_zone = "false";
    config.target_groups[0].targets[1].zone = "us-east-1b";
    RunningNode node(config);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(body_of(ask(node)), "here");
}

TEST(NodeStickiness, ACookieBringsTheClientBackToItsTarget) {
    NamedTarget a("a");
    NamedTarget b("b");
    auto config = simple_config({a.port(), b.port()});
    config.target_groups[0].stickiness.enabled = true;
    RunningNode node(config);
    ASSERT_TRUE(node.wait_for_state("healthy", 0) && node.wait_for_state("healthy", 1));
    const auto first = ask(node);
    const auto at = first.find("Set-Cookie: AWSALB=");
    ASSERT_NE(at, std::string::npos);
    EXPECT_THAT(first, HasSubstr("Set-Cookie: AWSALBCORS="));
    const auto cookie = first.substr(at + 12, first.find(';', at) - at - 12);
    const auto request =
        fmt::format("GET / HTTP/1.1\r\nHost: x\r\nCookie: z=1; {}; y=2\r\n\r\n", cookie);
    for (int i = 0; i < 6; ++i) EXPECT_EQ(body_of(ask(node, request)), body_of(first));
    std::set<std::string> seen;
    for (int i = 0; i < 6; ++i) {
        seen.insert(body_of(ask(node, "GET / HTTP/1.1\r\nHost: x\r\nCookie: AWSALB=x\r\n\r\n")));
    }
    EXPECT_EQ(seen.size(), 2u) << "a cookie that is not ours binds nobody";
}

TEST(NodeWeights, ShareRequestsExactlyOverACycle) {
    NamedTarget a("a");
    NamedTarget b("b");
    auto config = simple_config({a.port()});
    auto second = simple_config({b.port()}).target_groups[0];
    second.arn = "group/2";
    config.target_groups.push_back(second);
    auto& groups = config.listeners[0].rules[0].action.forward.target_groups;
    groups = {{"group/1", 9}, {"group/2", 1}};
    RunningNode node(config);
    std::map<std::string, int> seen;
    for (int i = 0; i < 20; ++i) ++seen[body_of(ask(node))];
    EXPECT_EQ(seen["a"], 18);
    EXPECT_EQ(seen["b"], 2);
}

TEST(NodeLog, WritesOneLinePerRequestInAwsFormat) {
    NamedTarget a("a");
    auto config = simple_config({a.port()});
    config.access_log_folder = "auto";
    RunningNode node(config);
    ask(node, "GET /x?\"y HTTP/1.1\r\nHost: example.com\r\nUser-Agent: t/1\r\n\r\n");
    ASSERT_TRUE(node.wait([&](const LoadBalancerStatus&) { return !node.access_log().empty(); }));
    const auto line = node.access_log();
    EXPECT_THAT(line, StartsWith("http 20"));
    EXPECT_THAT(line, HasSubstr("Z app/web/1a2b 127.0.0.1:"));
    EXPECT_THAT(line, HasSubstr(fmt::format(" 127.0.0.1:{} 0.00", a.port())));
    EXPECT_THAT(line, HasSubstr(" 200 200 "));
    EXPECT_THAT(line, HasSubstr("/x?\\x22y HTTP/1.1\" \"t/1\" - - group/1 \"Root=1-"));
    EXPECT_THAT(line, HasSubstr("\" \"-\" \"-\" 0 20"));
    EXPECT_THAT(line, HasSubstr(" \"forward\" \"-\" \"-\" \"127.0.0.1:"));
}

/// Of the access log's files, those that are whole.
std::size_t finished_files(RunningNode& node) {
    const auto files = node.access_log_files();
    return static_cast<std::size_t>(
        std::count_if(files.begin(), files.end(),
                      [](const std::string& path) { return path.ends_with(".log"); }));
}

TEST(NodeLog, HandsAFileOverWhenItsIntervalEndsAndBeginsTheNext) {
    NamedTarget a("a");
    auto config = simple_config({a.port()});
    config.access_log_folder = "auto";
    config.access_log_seconds = 1;
    RunningNode node(config);
    ask(node);
    EXPECT_TRUE(node.wait([&](const LoadBalancerStatus&) { return finished_files(node) == 1; }));
    ask(node);
    EXPECT_TRUE(node.wait([&](const LoadBalancerStatus&) { return finished_files(node) == 2; }));
    EXPECT_THAT(node.access_log_files().front(),
                ::testing::ContainsRegex("/[0-9]*-[0-9a-z]*.log$"));
    const auto text = node.access_log();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
    EXPECT_EQ(node.status().counters.access_log_lines_dropped, 0);
}

TEST(NodeLog, HandsItsFileOverWhenItIsTurnedOff) {
    NamedTarget a("a");
    auto config = simple_config({a.port()});
    config.access_log_folder = "auto";
    RunningNode node(config);
    ask(node);
    EXPECT_TRUE(node.wait([&](const LoadBalancerStatus&) { return !node.access_log().empty(); }));
    config.access_log_folder.clear();
    config.config_version = 2;
    node.apply(config);
    EXPECT_TRUE(node.wait([&](const LoadBalancerStatus&) { return finished_files(node) == 1; }));
    ask(node);
    const auto text = node.access_log();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

/// A TLS client: the subject's first DNS name of the certificate that it was shown, or the failure.
std::string served_name(int port, const char* server_name, int version_max = TLS1_3_VERSION) {
    SslContextPointer context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_max_proto_version(context.get(), version_max);
    SSL_CTX_set_cipher_list(context.get(), "DEFAULT@SECLEVEL=0");
    auto connection = Connection::to(port);
    SslPointer ssl(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), connection.fd());
    SSL_set_tlsext_host_name(ssl.get(), server_name);
    if (SSL_connect(ssl.get()) != 1) return "refused";
    SSL_write(ssl.get(), get.data(), static_cast<int>(get.size()));
    char answer[17] = "";
    SSL_read(ssl.get(), answer, 15);
    EXPECT_STREQ(answer, "HTTP/1.1 200 OK");
    X509* certificate = SSL_get0_peer_certificate(ssl.get());
    for (const char* name : {"a.example.com", "x.b.example.com"}) {
        if (X509_check_host(certificate, name, 0, 0, nullptr) == 1) return name;
    }
    return "other";
}

TEST(NodeTls, ChoosesTheCertificateByServerName) {
    NamedTarget a("a");
    auto config = simple_config({a.port()});
    config.listeners[0].protocol = "HTTPS";
    config.listeners[0].ssl_policy = "ELBSecurityPolicy-TLS13-1-2-2021-06";
    config.listeners[0].certificates = {make_certificate("arn/a", {"a.example.com"}),
                                        make_certificate("arn/b", {"*.b.example.com"})};
    RunningNode node(config);
    EXPECT_EQ(served_name(node.port(), "a.example.com"), "a.example.com");
    EXPECT_EQ(served_name(node.port(), "X.b.example.com"), "x.b.example.com");
    EXPECT_EQ(served_name(node.port(), "unknown.example.org"), "a.example.com") << "the default";
    EXPECT_EQ(served_name(node.port(), "a.example.com", TLS1_2_VERSION), "a.example.com");
    EXPECT_EQ(served_name(node.port(), "a.example.com", TLS1_1_VERSION), "refused");
    EXPECT_TRUE(node.wait([](const LoadBalancerStatus& now) {
        return now.counters.client_tls_negotiation_errors == 1;
    }));
}

TEST(NodeTls, ReachesTargetsOverTls) {
    NamedTarget a("a");
    auto inner = simple_config({a.port()});
    inner.listeners[0].protocol = "HTTPS";
    inner.listeners[0].certificates = {make_certificate("arn/a", {"a.example.com"})};
    RunningNode target(inner);  // A node is as good an HTTPS server as any.
    auto config = simple_config({target.port()});
    config.target_groups[0].protocol = "HTTPS";
    config.target_groups[0].health_check.protocol = "HTTPS";
    RunningNode node(config);
    EXPECT_TRUE(node.wait_for_state("healthy"));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(body_of(ask(node)), "a");
}

TEST(NodeThreads, SeveralWorkersServeOnePort) {
    NamedTarget a("a");
    auto config = simple_config({a.port()});
    config.threads = 3;
    RunningNode node(config);
    for (int i = 0; i < 30; ++i) EXPECT_EQ(body_of(ask(node)), "a");
}

}  // namespace
}  // namespace stormglass::lb
