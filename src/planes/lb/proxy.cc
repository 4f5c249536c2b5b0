// The exchange with a target: bytes move both ways as they come, bounded by limits::buffered_max
// each way, and each way's failures have the code that AWS documents.
#include <fmt/format.h>

#include "planes/lb/client_connection.h"
#include "planes/lb/limits.h"
#include "planes/lb/stickiness.h"

namespace stormglass::lb {
namespace {

using http1::FieldId;
using http1::Framing;

/// Appends a piece of a body in the receiver's framing.
void append_piece(Buffer& to, std::string_view payload, Framing framing) {
    if (payload.empty()) return;
    if (framing != Framing::chunked) return to.append(payload);
    char space[24];
    to.append(http1::chunk_opening(payload.size(), space));
    to.append(payload);
    to.append("\r\n");
}

bool target_keeps_open(const http1::ResponseHead& head) {
    if (http1::has_token(head.fields, FieldId::connection, "close")) return false;
    return head.version == "HTTP/1.1" ||
           http1::has_token(head.fields, FieldId::connection, "keep-alive");
}

}  // namespace

void ClientConnection::open_upstream() {
    x_.upstream = worker_.pool().take(*x_.target->state);
    x_.connect_began = worker_.loop().now();
    if (x_.upstream) {
        x_.upstream->user = this;
        return send_head();
    }
    x_.upstream = std::make_unique<Upstream>(worker_.loop(), x_.target->state,
                                             worker_.node().target_connections);
    x_.upstream->user = this;
    x_.upstream->connect(x_.target->config.address, x_.target->config.port,
                         x_.group->target_tls() ? worker_.target_tls() : nullptr);
}

void ClientConnection::send_head() {
    x_.upstream->out.append(x_.request_head);
    x_.dispatched = worker_.loop().now();
    if (x_.log.dispatched_us == 0) x_.log.dispatched_us = wall_us();
}

bool ClientConnection::step_exchange() {
    if (!advance_upstream()) return phase_ != Phase::exchange;
    bool progress = move_request_body();
    if (phase_ != Phase::exchange) return true;
    progress |= write_upstream();
    progress |= read_upstream();
    progress |= take_response();
    return progress;
}

/// True once the connection is ready and the head is on its way.
bool ClientConnection::advance_upstream() {
    Upstream& upstream = *x_.upstream;
    if (upstream.state() == Upstream::State::ready) return true;
    switch (upstream.advance()) {
        case Upstream::State::ready:
            send_head();
            return true;
        case Upstream::State::refused:
        case Upstream::State::unreachable:
            count(x_.group->state->connection_errors);
            fail_exchange(502);
            return false;
        case Upstream::State::tls_failed:
            count(x_.group->state->tls_errors);
            fail_exchange(502);
            return false;
        default:
            return false;
    }
}

bool ClientConnection::move_request_body() {
    Upstream& upstream = *x_.upstream;
    bool progress = false;
    while (!x_.request_body.finished() && !in_.empty() && !upstream.broken &&
           upstream.out.size() < limits::buffered_max) {
        const auto piece = x_.request_body.next(in_.view());
        if (piece.bad) {
            x_.keep_client = false;
            upstream.broken = true;
            x_.response_begun ? cut_response() : answer_error(400);
            return true;
        }
        if (piece.consumed == 0) break;
        const auto framing = x_.request_body.framing();
        append_piece(upstream.out, piece.payload, framing);
        if (framing == Framing::chunked && x_.request_body.finished()) {
            upstream.out.append(http1::last_chunk);
        }
        in_.consume(piece.consumed);
        x_.log.received_bytes += static_cast<std::int64_t>(piece.consumed);
        progress = true;
    }
    return progress;
}

bool ClientConnection::write_upstream() {
    Upstream& upstream = *x_.upstream;
    if (upstream.out.empty() || !upstream.writable || upstream.broken) return false;
    const auto io = upstream.write_some();
    if (io == IoState::ok) touch();
    return io != IoState::blocked;
}

bool ClientConnection::read_upstream() {
    Upstream& upstream = *x_.upstream;
    if (!upstream.readable || x_.target_ended || upstream.in.size() >= limits::buffered_max ||
        out_.size() >= limits::buffered_max) {
        return false;
    }
    const auto io = upstream.read_some();
    if (io == IoState::ok) touch();
    if (io == IoState::closed || io == IoState::failed) {
        x_.target_ended = true;
        x_.target_failed = io == IoState::failed;
    }
    return io != IoState::blocked;
}

bool ClientConnection::take_response() {
    bool progress = false;
    while (phase_ == Phase::exchange && !x_.response_begun && take_response_head()) progress = true;
    if (phase_ != Phase::exchange) return true;
    if (x_.response_begun) progress |= move_response_body();
    if (phase_ != Phase::exchange) return true;
    if (x_.response_begun && x_.response_body.finished()) {
        end_exchange();
        return true;
    }
    // An end of the target's counts once all it said before is dealt with.
    if (x_.target_ended && !progress && out_.size() < limits::buffered_max) {
        on_upstream_end();
        return true;
    }
    return progress;
}

/// One head, interim or final. False: needs more bytes.
bool ClientConnection::take_response_head() {
    Buffer& in = x_.upstream->in;
    http1::ResponseHead& head = response_head_;
    if (in.empty()) return false;
    const auto status = http1::parse_response(in.view(), x_.response_scanned, head);
    if (status == http1::HeadStatus::need_more) return false;
    x_.response_scanned = 0;
    if (status != http1::HeadStatus::done) return fail_exchange(502), true;
    if (head.status == 101) {
        if (!x_.upgrade_wanted) return fail_exchange(502), true;
        begin_tunnel(head);
        return true;
    }
    if (head.status < 200) {
        if (x_.client_http11) write_response_head(out_, {.head = head, .date = {}});
        in.consume(head.size);
        return true;
    }
    const auto method = x_.head_method ? http1::AnsweredMethod::head : http1::AnsweredMethod::other;
    const auto framing = http1::response_framing(head, method);
    if (framing.bad) return fail_exchange(502), true;
    pass_response_head(head, framing);
    in.consume(head.size);
    return true;
}

void ClientConnection::pass_response_head(const http1::ResponseHead& head,
                                          http1::BodyFraming framing) {
    x_.response_begun = true;
    x_.log.target_status = head.status;
    x_.log.answered_us = wall_us();
    x_.response_body.start(framing.framing, framing.length);
    if (!target_keeps_open(head) || framing.framing == Framing::until_close) x_.close_target = true;
    // Answered before the request was whole: what the client still sends is not a new request.
    if (!x_.request_body.finished()) x_.keep_client = false;
    x_.client_framing = framing.framing;
    if (framing.framing == Framing::until_close || framing.framing == Framing::chunked) {
        x_.client_framing = x_.client_http11 ? Framing::chunked : Framing::until_close;
        if (!x_.client_http11) x_.keep_client = false;
    }
    add_target_cookies(head);
    write_response_head(
        out_, {.head = head,
               .framing = x_.client_framing,
               .persistence = x_.keep_client ? Persistence::keep_alive : Persistence::close,
               .upgrade = head.status == 101,
               .cookies = &x_.cookies,
               .date = worker_.http_date()});
    count_target_response(head.status);
}

void ClientConnection::add_target_cookies(const http1::ResponseHead& head) {
    const StickinessConfig& config = x_.group->config.stickiness;
    if (!config.enabled) return;
    if (config.type == "app_cookie" && !x_.had_sticky_cookie &&
        !Stickiness::sets_application_cookie(*x_.group, head.fields)) {
        return;
    }
    const Stickiness sticky(*x_.snapshot, worker_.random(), wall_us() / 1'000'000);
    const auto scheme = facts_.tls ? Stickiness::Scheme::https : Stickiness::Scheme::http;
    sticky.add_target_cookies(*x_.group, *x_.target, scheme, x_.cookies);
}

void ClientConnection::count_target_response(int status) {
    TargetGroupState& state = *x_.group->state;
    const int status_class = status / 100;
    if (status_class <= 5) count(state.codes[status_class]);
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(worker_.loop().now() - x_.dispatched)
            .count();
    count(state.response_time_us_sum, took);
    count(state.response_time_count);
    raise(state.response_time_us_max, took);
    state.response_times.add(took);
}

bool ClientConnection::move_response_body() {
    Buffer& in = x_.upstream->in;
    bool progress = false;
    while (!x_.response_body.finished() && !in.empty() && out_.size() < limits::buffered_max) {
        const auto piece = x_.response_body.next(in.view());
        if (piece.bad) {
            cut_response();
            return true;
        }
        if (piece.consumed == 0) break;
        append_piece(out_, send_at_once(piece.payload), x_.client_framing);
        in.consume(piece.consumed);
        progress = true;
    }
    if (progress && x_.response_body.finished() && x_.client_framing == Framing::chunked) {
        out_.append(http1::last_chunk);
    }
    return progress;
}

/// Gives a large piece of a plain body straight to the socket; returns what it did not take.
std::string_view ClientConnection::send_at_once(std::string_view payload) {
    constexpr std::size_t worthwhile = 4096;
    if (payload.size() < worthwhile || !out_.empty() || !writable_ ||
        x_.client_framing == Framing::chunked) {
        return payload;
    }
    const auto io = stream_.write(payload);
    if (io.state == IoState::blocked) writable_ = false;
    if (io.state != IoState::ok) return payload;  // A failure shows again when it is flushed.
    count_sent(io.bytes);
    return payload.substr(io.bytes);
}

void ClientConnection::on_upstream_end() {
    if (!x_.response_begun) {
        // A kept connection that the target closed just as we used it: nothing was done yet.
        const bool stale = x_.upstream->reused && x_.upstream->in.empty() && x_.retry_allowed;
        if (!stale) return fail_exchange(502);
        x_.retry_allowed = false;
        x_.target_ended = x_.target_failed = false;
        worker_.loop().dispose(std::move(x_.upstream));
        return open_upstream();
    }
    if (!x_.target_failed && x_.response_body.end_at_close()) {
        if (x_.client_framing == Framing::chunked) out_.append(http1::last_chunk);
        return end_exchange();
    }
    cut_response();
}

void ClientConnection::fail_exchange(int status) {
    if (x_.response_begun) return cut_response();
    drop_upstream();
    answer_error(status);
}

/// The response cannot be finished: the client must see it end too early.
void ClientConnection::cut_response() {
    count_own_code(502);
    finish_log(502);
    drop_upstream();
    x_.running = false;
    if (x_.client_framing != Framing::until_close) return enter(Phase::flush);
    worker_.loop().remove(stream_.fd());
    stream_.abort();  // Only a reset tells such a client that something is missing.
    close_now();
}

void ClientConnection::end_exchange() {
    const bool whole = x_.request_body.finished() && x_.upstream->out.empty();
    if (!whole) x_.keep_client = false;
    if (!whole || x_.close_target) x_.upstream->broken = true;
    finish_log(x_.log.target_status);
    auto upstream = std::move(x_.upstream);
    drop_upstream();
    worker_.pool().give_back(std::move(upstream));
    x_.running = false;
    enter(x_.keep_client ? Phase::waiting : Phase::flush);
}

/// Ends the counting of the request at its target, and its connection unless that was taken away.
void ClientConnection::drop_upstream() {
    if (x_.counted_at_target) {
        count(x_.target->state->active_requests, -1);
        count(worker_.node().active_requests, -1);
        x_.counted_at_target = false;
    }
    if (!x_.upstream) return;
    x_.upstream->user = nullptr;
    worker_.loop().dispose(std::move(x_.upstream));
}

void ClientConnection::finish_log(int status) {
    if (!worker_.log().enabled()) return;
    LogRecord& log = x_.log;
    if (log.type != "ws" && log.type != "wss") log.type = facts_.tls ? "https" : "http";
    log.finished_us = wall_us();
    log.load_balancer = x_.snapshot->log_name;
    log.client_address = facts_.address;
    log.client_port = facts_.port;
    log.elb_status = status;
    log.sent_bytes = sent_total_ + static_cast<std::int64_t>(out_.size()) - x_.sent_before;
    if (log.url.empty()) {  // Not even a request line could be read.
        log.url = fmt::format("{}://{}:{}", facts_.tls ? "https" : "http", facts_.address,
                              facts_.listener_port);
    }
    log.tls_cipher = facts_.tls_cipher;
    log.tls_version = facts_.tls_version;
    if (x_.group != nullptr) log.target_group_arn = x_.group->config.arn;
    log.trace_id = x_.trace_id;
    log.domain_name = server_name_;
    log.certificate_arn = certificate_arn_;
    log.connection_id = connection_id_;
    worker_.log().add(log);
}

void ClientConnection::begin_tunnel(const http1::ResponseHead& head) {
    pass_response_head(head, {});
    x_.upstream->in.consume(head.size);
    x_.log.type = facts_.tls ? "wss" : "ws";
    enter(Phase::tunnel);
}

/// Bytes pass as they are; each side's end is passed on once its bytes are.
bool ClientConnection::step_tunnel() {
    Upstream& upstream = *x_.upstream;
    bool progress = false;
    if (!in_.empty() && upstream.out.size() < limits::buffered_max) {
        upstream.out.append(in_.view());
        x_.log.received_bytes += static_cast<std::int64_t>(in_.size());
        in_.clear();
        progress = true;
    }
    progress |= write_upstream();
    progress |= read_upstream();
    if (!upstream.in.empty() && out_.size() < limits::buffered_max) {
        out_.append(upstream.in.view());
        upstream.in.clear();
        progress = true;
    }
    if (client_ended_ && in_.empty() && upstream.out.empty() && !target_shut_) {
        upstream.stream().shutdown_write();
        target_shut_ = progress = true;
    }
    if (x_.target_ended && upstream.in.empty() && out_.empty() && !client_shut_) {
        stream_.shutdown_write();
        client_shut_ = progress = true;
    }
    if ((client_shut_ && target_shut_) || x_.target_failed) {
        finish_log(101);
        close_now();
        return true;
    }
    return progress;
}

}  // namespace stormglass::lb
