#include "planes/front_door/connection.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/log.h"

namespace stormglass::front_door {
namespace {

constexpr std::chrono::seconds peek_timeout{60};  // As the balancer's own idle timeout.
constexpr std::chrono::seconds connect_timeout{1};
constexpr std::chrono::seconds reply_timeout{2};
constexpr std::uint32_t end_events = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

/// TLS 1.2 record: alert, fatal, unrecognized_name (RFC 6066 section 3).
constexpr std::string_view unrecognized_name("\x15\x03\x03\x00\x02\x02\x70", 7);

std::string http_reply(int status, std::string_view text) {
    const auto phrase = status == 404   ? "Not Found"
                        : status == 503 ? "Service Unavailable"
                                        : "Bad Request";
    return fmt::format(
        "HTTP/1.1 {} {}\r\nServer: stormglass-front-door\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n"
        "Connection: close\r\n\r\n{}",
        status, phrase, text.size(), text);
}

int socket_error(int fd) {
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? errno : error;
}

bool peer_has_ended(int fd) {
    tcp_info info{};
    socklen_t size = sizeof info;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
           info.tcpi_state != TCP_ESTABLISHED;
}

void reset_on_close(int fd) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace

Connection::Connection(Host& host, base::UniqueFd client, int listener_port)
    : host_(host),
      client_(std::move(client)),
      listener_port_(listener_port),
      phase_deadline_(host.loop().now() + peek_timeout) {}

Connection::~Connection() {
    if (client_.valid()) host_.loop().remove(client_.get());
    drop_node();
}

Result<void> Connection::start() {
    const int one = 1;
    setsockopt(client_.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return host_.loop().add(client_.get(), *this, Loop::Trigger::edge);
}

void Connection::on_events(std::uint32_t events) {
    if ((events & (EPOLLIN | end_events)) != 0) client_readable_ = true;
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) client_writable_ = true;
    if (phase_ == Phase::peeking) peek();
    if (phase_ == Phase::passing) pass();
    if (phase_ == Phase::replying) reply();
    // A client that resets while we connect is not worth a node's connection.
    if (phase_ == Phase::connecting && (events & (EPOLLHUP | EPOLLERR)) != 0) close();
}

void Connection::on_node_events(std::uint32_t events) {
    if ((events & (EPOLLIN | end_events)) != 0) node_readable_ = true;
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) node_writable_ = true;
    if (phase_ == Phase::connecting && node_writable_) {
        socket_error(node_.get()) == 0 ? begin_passing() : try_next_node();
    }
    if (phase_ == Phase::passing) pass();
}

void Connection::peek() {
    // Before the look, not after: what is then there is all there will be.
    const bool ended = peer_has_ended(client_.get());
    std::string bytes(peek_max, '\0');
    const auto got = recv(client_.get(), bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return close();
    bytes.resize(static_cast<std::size_t>(got));
    peeked_ = peek_host(bytes);
    if (peeked_.kind != Peeked::Kind::need_more) return find_balancer();
    if (ended) close();
}

void Connection::find_balancer() {
    const auto directory = host_.directory();
    const auto found = directory->find(peeked_.host, listener_port_);
    if (found.balancer == nullptr || !found.has_port) {
        host_.count_unknown_host();
        const auto problem = found.balancer == nullptr
                                 ? fmt::format("No load balancer is called \"{}\".\n", peeked_.host)
                                 : fmt::format("Load balancer {} has no listener on port {}.\n",
                                               found.balancer->name, listener_port_);
        return refuse(404, problem + directory->known_names());
    }
    const auto& nodes = found.balancer->nodes;
    const auto start = nodes.empty() ? 0 : host_.next_turn() % nodes.size();
    for (std::size_t i = nodes.size(); i > 0; --i) {
        addresses_.push_back(nodes[(start + i - 1) % nodes.size()].address);
    }
    try_next_node();
}

void Connection::try_next_node() {
    drop_node();
    while (!addresses_.empty()) {
        const auto address = addresses_.back();
        addresses_.pop_back();
        auto socket = dial(host_.dial_from(), address, listener_port_);
        if (!socket) {
            spdlog::warn("{}: {}", peeked_.host, socket.error().message);
            continue;
        }
        node_ = std::move(*socket);
        node_address_ = address;
        node_readable_ = node_writable_ = false;
        if (!host_.loop().add(node_.get(), node_side_, Loop::Trigger::edge)) continue;
        phase_ = Phase::connecting;
        phase_deadline_ = host_.loop().now() + connect_timeout;
        return;
    }
    host_.count_no_node();
    refuse(503, fmt::format("No node of load balancer {} answers on port {}.\n", peeked_.host,
                            listener_port_));
}

void Connection::begin_passing() {
    if (!to_node_.open() || !to_client_.open()) return close();
    addresses_.clear();
    phase_ = Phase::passing;
    client_readable_ = true;  // What was only peeked at is still there.
}

void Connection::pass() {
    using Outcome = PipeFlow::Outcome;
    for (;;) {
        const auto up = to_node_.move(client_.get(), node_.get(), client_readable_, node_writable_);
        const auto down =
            to_client_.move(node_.get(), client_.get(), node_readable_, client_writable_);
        report_bytes();
        if (up == Outcome::broken || down == Outcome::broken) {
            reset_on_close(client_.get());  // The other side shall see an abort, not an end.
            reset_on_close(node_.get());
            return close();
        }
        if (up == Outcome::ended && down == Outcome::ended) return close();
        if (up != Outcome::moved && down != Outcome::moved) return;
    }
}

void Connection::report_bytes() {
    host_.count_bytes(to_node_.moved_bytes() - reported_from_client_,
                      to_client_.moved_bytes() - reported_to_client_);
    reported_from_client_ = to_node_.moved_bytes();
    reported_to_client_ = to_client_.moved_bytes();
}

/// Answers in the client's own protocol and closes.
void Connection::refuse(int status, const std::string& text) {
    drop_node();
    reply_ = peeked_.kind == Peeked::Kind::tls ? std::string(unrecognized_name)
                                               : http_reply(status, text);
    phase_ = Phase::replying;
    phase_deadline_ = host_.loop().now() + reply_timeout;
    client_writable_ = true;
    reply();
}

/// Writes the reply, then reads until the client closes: a close with unread bytes would send a
/// reset, which may destroy the reply on its way.
void Connection::reply() {
    if (!reply_ended_) {
        const auto sent = send(client_.get(), reply_.data(), reply_.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) return;
        if (sent < 0) return close();
        reply_.erase(0, static_cast<std::size_t>(sent));
        if (!reply_.empty()) return;
        shutdown(client_.get(), SHUT_WR);
        reply_ended_ = true;
    }
    char thrown_away[4096];
    for (;;) {
        const auto got = recv(client_.get(), thrown_away, sizeof thrown_away, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) return close();
    }
}

void Connection::on_tick() {
    if (phase_ == Phase::passing || host_.loop().now() < phase_deadline_) return;
    phase_ == Phase::connecting ? try_next_node() : close();
}

void Connection::leave_lost(const std::vector<std::string>& addresses) {
    if (!node_.valid() ||
        std::find(addresses.begin(), addresses.end(), node_address_) == addresses.end()) {
        return;
    }
    if (phase_ == Phase::connecting) return try_next_node();
    if (phase_ != Phase::passing) return;
    reset_on_close(client_.get());
    reset_on_close(node_.get());
    close();
}

void Connection::drop_node() {
    if (node_.valid()) host_.loop().remove(node_.get());
    node_ = base::UniqueFd();
}

void Connection::close() {
    if (phase_ == Phase::closed) return;
    phase_ = Phase::closed;
    host_.loop().remove(client_.get());
    client_ = base::UniqueFd();
    drop_node();
    host_.forget(*this);
}

}  // namespace stormglass::front_door
