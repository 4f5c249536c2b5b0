// The socket side of a client connection: reading, writing, phases and deadlines. What a request
// leads to is in request.cc, what a target does with it in proxy.cc.
#include "planes/lb/client_connection.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "planes/lb/limits.h"

namespace stormglass::lb {
namespace {

constexpr std::uint32_t end_events = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::size_t head_bytes_max =
    limits::request_line_max + limits::request_headers_max + limits::read_size;

std::string address_text(const sockaddr_in& peer) {
    char text[INET_ADDRSTRLEN] = "";
    inet_ntop(AF_INET, &peer.sin_addr, text, sizeof text);
    return text;
}

}  // namespace

ClientConnection::ClientConnection(Worker& worker, base::UniqueFd fd, int port,
                                   const sockaddr_in& peer)
    : worker_(worker),
      stream_(std::move(fd)),
      port_(port),
      peer_address_(ntohl(peer.sin_addr.s_addr)),
      timer_([this] { on_timer(); }) {
    facts_.address = address_text(peer);
    facts_.port = ntohs(peer.sin_port);
    facts_.listener_port = port != 0 ? port : bound_port(stream_.fd());
    born_ = last_activity_ = phase_began_ = worker.loop().now();
    count(worker.node().client_connections);
    count(worker.node().new_connections);
}

ClientConnection::~ClientConnection() {
    worker_.loop().cancel(timer_);
    drop_upstream();
    if (stream_.open()) worker_.loop().remove(stream_.fd());
    count(worker_.node().client_connections, -1);
}

bool ClientConnection::start() {
    const Listener* listener = worker_.find_listener(port_);
    if (listener == nullptr) return false;
    const int one = 1;
    setsockopt(stream_.fd(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (listener->https()) {
        auto session = listener->tls->new_session();
        if (!session) return false;
        stream_.start_tls(std::move(session));
        facts_.tls = true;
        x_.snapshot = worker_.snapshot();  // Its TLS contexts must outlive the handshake.
        enter(Phase::handshake);
    }
    if (worker_.log().enabled()) connection_id_ = "TID_" + worker_.random().hex(32);
    if (!worker_.loop().add(stream_.fd(), *this)) return false;
    arm();
    return true;
}

void ClientConnection::on_events(std::uint32_t events) {
    const bool any_for_tls = stream_.tls() && events != 0;
    if ((events & (EPOLLIN | end_events)) != 0 || any_for_tls) readable_ = true;
    if ((events & end_events) != 0) end_announced_ = true;
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0 || any_for_tls) writable_ = true;
    pump();
}

void ClientConnection::on_upstream_events() { pump(); }

/// Runs until nothing moves; a connection that never stops moving yields to the others.
void ClientConnection::pump() {
    for (int round = 0; round < limits::rounds_per_turn; ++round) {
        if (phase_ == Phase::closed) return;
        if (!pump_once()) {
            if (phase_ == Phase::closed) return;
            if (phase_ == Phase::waiting) {
                in_.release_if_empty();
                out_.release_if_empty();
            }
            return arm();
        }
    }
    if (phase_ == Phase::closed) return;
    arm();
    worker_.loop().resume_later(*this);
}

bool ClientConnection::pump_once() {
    bool progress = false;
    if (phase_ == Phase::handshake) {
        if (!do_handshake()) return false;
        progress = true;
    }
    progress |= fill_in();
    switch (phase_) {
        case Phase::waiting:
            progress |= take_request();
            break;
        case Phase::exchange:
            progress |= step_exchange();
            break;
        case Phase::tunnel:
            progress |= step_tunnel();
            break;
        case Phase::discard:
        case Phase::linger:
            progress |= discard_input();
            break;
        default:
            break;
    }
    if (phase_ == Phase::closed) return true;
    progress |= flush_out();
    if (phase_ == Phase::flush && out_.empty()) progress |= finish_writing();
    return progress;
}

bool ClientConnection::do_handshake() {
    const auto io = stream_.handshake();
    if (io == IoState::blocked) return false;
    if (io != IoState::ok) {
        count(worker_.node().client_tls_errors);
        close_now();
        return false;
    }
    SSL* ssl = stream_.ssl();
    facts_.tls_version = SSL_get_version(ssl);
    facts_.tls_cipher = SSL_get_cipher_name(ssl);
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    server_name_ = name != nullptr ? name : "";
    const Listener* listener = worker_.find_listener(port_);
    if (listener != nullptr && listener->https()) {
        certificate_arn_ = listener->tls->chosen_certificate(ssl);
    }
    enter(Phase::waiting);
    touch();
    return true;
}

bool ClientConnection::wants_input() const {
    switch (phase_) {
        case Phase::waiting:
            return in_.size() < head_bytes_max && out_.size() < limits::buffered_max;
        case Phase::exchange:
            return in_.size() <
                   (x_.request_body.finished() ? limits::read_size : limits::buffered_max);
        case Phase::tunnel:
            return in_.size() < limits::buffered_max;
        case Phase::discard:
        case Phase::linger:
            return true;
        default:
            return false;
    }
}

bool ClientConnection::fill_in() {
    if (!readable_ || client_ended_ || !wants_input()) return false;
    const auto io = stream_.read(in_.prepare(limits::read_size), limits::read_size);
    if (io.state == IoState::blocked) {
        readable_ = false;
        return false;
    }
    if (io.state == IoState::ok) {
        in_.commit(io.bytes);
        // A short read emptied the socket: spares asking again, unless the end is known to follow.
        if (io.bytes < limits::read_size && !stream_.tls() && !end_announced_) readable_ = false;
        count(worker_.node().received_bytes, static_cast<std::int64_t>(io.bytes));
        touch();
        return true;
    }
    client_ended_ = true;
    on_client_end();
    return true;
}

/// The client closed, or closed its half: AWS does not tell the two apart, and gives up (460).
void ClientConnection::on_client_end() {
    if (phase_ == Phase::tunnel) return;  // step_tunnel() passes the end on.
    if (phase_ == Phase::exchange) {
        count_own_code(460);
        finish_log(460);
        return close_now();
    }
    if (phase_ == Phase::waiting && !out_.empty()) return enter(Phase::flush);
    close_now();
}

bool ClientConnection::flush_out() {
    if (!writable_ || out_.empty() || phase_ == Phase::closed) return false;
    const auto io = stream_.write(out_.view());
    if (io.state == IoState::blocked) {
        writable_ = false;
        return false;
    }
    if (io.state != IoState::ok) {
        client_ended_ = true;
        out_.clear();
        if (phase_ == Phase::tunnel) {
            close_now();
        } else {
            on_client_end();
        }
        return true;
    }
    out_.consume(io.bytes);
    count_sent(io.bytes);
    return true;
}

void ClientConnection::count_sent(std::size_t bytes) {
    sent_total_ += static_cast<std::int64_t>(bytes);
    count(worker_.node().sent_bytes, static_cast<std::int64_t>(bytes));
    touch();
}

bool ClientConnection::discard_input() {
    if (in_.empty()) return false;
    if (phase_ == Phase::linger) {
        in_.clear();
        return true;
    }
    bool progress = false;
    while (!x_.request_body.finished() && !in_.empty()) {
        const auto piece = x_.request_body.next(in_.view());
        discarded_ += piece.consumed;
        if (piece.bad || discarded_ > limits::discard_max) {
            enter(Phase::flush);
            return true;
        }
        if (piece.consumed == 0) break;
        in_.consume(piece.consumed);
        progress = true;
    }
    if (x_.request_body.finished()) enter(Phase::waiting);
    return progress || x_.request_body.finished();
}

/// Everything is written: ends our half and waits for the client's, lest a RST for bytes we never
/// read destroy the answer on its way.
bool ClientConnection::finish_writing() {
    if (client_ended_) {
        close_now();
        return true;
    }
    stream_.shutdown_write();
    enter(Phase::linger);
    return true;
}

void ClientConnection::enter(Phase phase) {
    phase_ = phase;
    phase_began_ = worker_.loop().now();
    discarded_ = 0;
}

TimePoint ClientConnection::deadline() const {
    const auto& attributes = worker_.snapshot()->config.attributes;
    const auto idle = last_activity_ + std::chrono::seconds(attributes.idle_timeout_seconds);
    switch (phase_) {
        case Phase::handshake:
            return phase_began_ + limits::client_tls_timeout;
        case Phase::linger:
            return phase_began_ + limits::linger_timeout;
        case Phase::exchange:
            if (x_.upstream && x_.upstream->state() == Upstream::State::connecting) {
                return x_.connect_began + limits::connect_timeout;
            }
            if (x_.upstream && x_.upstream->state() == Upstream::State::handshake) {
                return x_.connect_began + limits::connect_timeout + limits::target_tls_timeout;
            }
            return idle;
        default:
            return idle;
    }
}

/// A timer that is due too early costs one look at the deadline; so only an earlier deadline moves
/// it, and ordinary traffic never touches the heap.
void ClientConnection::arm() {
    const auto due = deadline();
    if (!timer_.scheduled() || timer_.due() > due) worker_.loop().schedule(timer_, due);
}

void ClientConnection::on_timer() {
    if (phase_ == Phase::closed) return;
    if (worker_.loop().now() >= deadline()) {
        on_timeout();
        pump();
    } else {
        arm();
    }
}

void ClientConnection::on_timeout() {
    switch (phase_) {
        case Phase::waiting:
            if (requests_ > 0 && in_.empty()) return close_now();
            x_.reset();
            begin_exchange();
            return answer_error(408);
        case Phase::exchange: {
            const auto state = x_.upstream ? x_.upstream->state() : Upstream::State::ready;
            if (state == Upstream::State::connecting) count(x_.group->state->connection_errors);
            if (state == Upstream::State::handshake) count(x_.group->state->tls_errors);
            return fail_exchange(state == Upstream::State::handshake ? 502 : 504);
        }
        case Phase::handshake:
            count(worker_.node().client_tls_errors);
            [[fallthrough]];
        default:
            return close_now();
    }
}

void ClientConnection::on_tick(std::int64_t unix_ms) {
    if (x_.target != nullptr && x_.target->state->is_cut(unix_ms)) {
        if (phase_ == Phase::exchange) {
            fail_exchange(502);
            return pump();
        }
        if (phase_ == Phase::tunnel) return close_now();
    }
    if (!idle()) return;
    const auto age = worker_.loop().now() - born_;
    const auto age_max =
        std::chrono::seconds(worker_.snapshot()->config.attributes.client_keep_alive_seconds);
    const bool over = age >= age_max && requests_ > 0;
    if (over || worker_.stopping() || worker_.find_listener(port_) == nullptr) close_now();
}

void ClientConnection::close_now() {
    if (phase_ == Phase::closed) return;
    phase_ = Phase::closed;
    worker_.loop().cancel(timer_);
    drop_upstream();
    worker_.loop().remove(stream_.fd());
    stream_.close();
    worker_.remove(*this);
}

}  // namespace stormglass::lb
