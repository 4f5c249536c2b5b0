#include "planes/lb/health_check.h"

#include <fmt/format.h>

#include "planes/lb/limits.h"

namespace stormglass::lb {

HealthCheck::HealthCheck(EventLoop& loop, HealthCheckPlan plan,
                         std::function<void(CheckResult)> done)
    : loop_(loop),
      plan_(std::move(plan)),
      done_(std::move(done)),
      timeout_([this] { on_timeout(); }) {}

HealthCheck::~HealthCheck() {
    loop_.cancel(timeout_);
    if (stream_.open()) loop_.remove(stream_.fd());
}

void HealthCheck::start() {
    stalled_before_ = loop_.stalled_total();
    request_ = fmt::format(
        "GET {} HTTP/1.1\r\nHost: {}:{}\r\nConnection: close\r\n"
        "User-Agent: ELB-HealthChecker/2.0\r\nAccept-Encoding: gzip, compressed\r\n\r\n",
        plan_.path, plan_.address, plan_.port);
    auto fd = start_connect(plan_.address, plan_.port);
    if (!fd) return finish({CheckOutcome::failed, 0});
    stream_ = Stream(std::move(*fd));
    if (!loop_.add(stream_.fd(), *this)) return finish({CheckOutcome::failed, 0});
    loop_.schedule(timeout_, loop_.now() + plan_.timeout);
}

void HealthCheck::on_events(std::uint32_t) { advance(); }

void HealthCheck::advance() {
    if (step_ == Step::connecting) after_connect();
    if (step_ == Step::handshake) {
        const auto state = stream_.handshake();
        if (state == IoState::blocked) return;
        if (state != IoState::ok) return finish({CheckOutcome::failed, 0});
        step_ = Step::sending;
    }
    if (step_ == Step::sending) send();
    if (step_ == Step::receiving) receive();
}

void HealthCheck::after_connect() {
    if (connect_error(stream_.fd()) != 0) return finish({CheckOutcome::failed, 0});
    if (plan_.tls == nullptr) {
        step_ = Step::sending;  // A connect still in progress blocks the first write.
        return;
    }
    SslPointer ssl(SSL_new(plan_.tls));
    if (!ssl) return finish({CheckOutcome::failed, 0});
    SSL_set_connect_state(ssl.get());
    stream_.start_tls(std::move(ssl));
    step_ = Step::handshake;
}

void HealthCheck::send() {
    while (sent_ < request_.size()) {
        const auto io = stream_.write(std::string_view(request_).substr(sent_));
        if (io.state == IoState::blocked) return;
        if (io.state != IoState::ok) return finish({CheckOutcome::failed, 0});
        sent_ += io.bytes;
    }
    step_ = Step::receiving;
}

void HealthCheck::receive() {
    for (;;) {
        const auto io = stream_.read(in_.prepare(limits::read_size), limits::read_size);
        if (io.state == IoState::blocked) return;
        if (io.state != IoState::ok) {
            return finish(head_done_ ? result_ : CheckResult{CheckOutcome::failed, 0});
        }
        in_.commit(io.bytes);
        if (read_answer()) return;
    }
}

/// The head decides; the body is read on only so that the target is not cut off while it writes.
bool HealthCheck::read_answer() {
    while (!head_done_) {
        http1::ResponseHead head;
        const auto status = http1::parse_response(in_.view(), scanned_, head);
        if (status == http1::HeadStatus::need_more) return false;
        if (status != http1::HeadStatus::done) {
            finish({CheckOutcome::failed, 0});
            return true;
        }
        const auto framing = http1::response_framing(head, http1::AnsweredMethod::other);
        const int code = head.status;
        in_.consume(head.size);
        scanned_ = 0;
        if (code < 200) continue;  // An interim answer: the real one follows.
        const bool passed = plan_.matcher.matches(code);
        result_ = {passed ? CheckOutcome::passed : CheckOutcome::wrong_code, code};
        head_done_ = true;
        if (framing.bad) break;
        body_.start(framing.framing, framing.length);
    }
    while (!body_.finished()) {
        const auto piece = body_.next(in_.view());
        if (piece.bad) break;
        if (piece.consumed == 0) return false;
        body_bytes_ += piece.consumed;
        in_.consume(piece.consumed);
        if (body_bytes_ > limits::health_body_max) break;
    }
    finish(result_);
    return true;
}

void HealthCheck::on_timeout() {
    // Time in which this process did not run (frozen, starved) is not the target's.
    const auto stalled = loop_.stalled_total() - stalled_before_;
    if (stalled > Duration::zero()) {
        stalled_before_ = loop_.stalled_total();
        loop_.schedule(timeout_, loop_.now() + stalled);
        return;
    }
    finish(head_done_ ? result_ : CheckResult{CheckOutcome::timed_out, 0});
}

void HealthCheck::finish(CheckResult result) {
    if (step_ == Step::finished) return;
    step_ = Step::finished;
    loop_.cancel(timeout_);
    if (stream_.open()) {
        loop_.remove(stream_.fd());
        stream_.close();
    }
    done_(result);
}

}  // namespace stormglass::lb
