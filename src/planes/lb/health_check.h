// One health check: a connection, a GET, an answer or none in time. Runs on the control thread's
// loop; used again and again by HealthChecker.
#pragma once

#include <functional>
#include <string>

#include "planes/lb/buffer.h"
#include "planes/lb/event_loop.h"
#include "planes/lb/health_machine.h"
#include "planes/lb/http1/body.h"
#include "planes/lb/stream.h"

namespace stormglass::lb {

struct HealthCheckPlan {
    std::string address;
    int port = 80;
    std::string path = "/";
    SSL_CTX* tls = nullptr;  // Null for HTTP.
    std::chrono::milliseconds timeout{5000};
    Matcher matcher;
};

struct CheckResult {
    CheckOutcome outcome = CheckOutcome::failed;
    int code = 0;  // 0 without an answer.
};

/// Calls `done` exactly once, unless destroyed before.
class HealthCheck final : public EventHandler {
public:
    HealthCheck(EventLoop& loop, HealthCheckPlan plan, std::function<void(CheckResult)> done);
    ~HealthCheck() override;
    void start();
    void on_events(std::uint32_t events) override;

private:
    enum class Step { connecting, handshake, sending, receiving, finished };
    void advance();
    void after_connect();
    void send();
    void receive();
    /// False when more bytes are needed.
    bool read_answer();
    void on_timeout();
    void finish(CheckResult result);

    EventLoop& loop_;
    HealthCheckPlan plan_;
    std::function<void(CheckResult)> done_;
    Timer timeout_;
    Stream stream_;
    Step step_ = Step::connecting;
    std::string request_;
    std::size_t sent_ = 0;
    Buffer in_;
    std::size_t scanned_ = 0;
    std::size_t body_bytes_ = 0;
    http1::BodyReader body_;
    CheckResult result_;  // Once the head is there.
    bool head_done_ = false;
    Duration stalled_before_{};
};

}  // namespace stormglass::lb
