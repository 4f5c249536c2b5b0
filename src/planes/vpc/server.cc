#include "planes/vpc/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <tuple>

#include "planes/vpc/sockets.h"

namespace stormglass::vpc {
namespace {

constexpr int tick_ms = 1000;
constexpr std::size_t datagram_bytes_max = 4096;

std::string dotted(const sockaddr_in& address) {
    char text[INET_ADDRSTRLEN] = {};
    inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    return text;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::create(std::shared_ptr<const Config> config,
                                               const base::Clock& clock, base::Random& random) {
    std::unique_ptr<Server> server(new Server(clock, random));
    server->epoll_ = base::UniqueFd(epoll_create1(EPOLL_CLOEXEC));
    if (!server->epoll_.valid()) return fail_errno("epoll_create1");
    Server* self = server.get();
    server->dns_protocol_ = [self](std::string& buffer, const std::string& peer) {
        return self->dns_reply(buffer, peer);
    };
    server->http_protocol_ = [self](std::string& buffer, const std::string& peer) {
        return self->http_reply(buffer, peer);
    };
    TRY(server->bind_all(*config));
    server->use(std::move(config));
    return server;
}

void Server::use(std::shared_ptr<const Config> config) {
    zone_ = std::make_unique<const Zone>(*config);
    metadata_.use(std::move(config));
}

Result<void> Server::bind_all(const Config& config) {
    for (const std::string& address : config.resolver_addresses) {
        TRY(bind_dns(address, dns_port_ != 0 ? dns_port_ : config.dns_port));
    }
    base::UniqueFd listener =
        TRY(bind_socket(SocketKind::stream, config.metadata_address, config.metadata_port));
    metadata_port_ = TRY(bound_port(listener.get()));
    const int fd = listener.get();
    owned_.push_back(std::move(listener));
    return watch(fd, [this, fd] {
        accept_all(fd, http_protocol_);
        return Next::go_on;
    });
}

Result<void> Server::bind_dns(const std::string& address, std::uint16_t port) {
    base::UniqueFd datagrams = TRY(bind_socket(SocketKind::datagram, address, port));
    dns_port_ = TRY(bound_port(datagrams.get()));
    base::UniqueFd listener = TRY(bind_socket(SocketKind::stream, address, dns_port_));
    const int udp = datagrams.get(), tcp = listener.get();
    owned_.push_back(std::move(datagrams));
    owned_.push_back(std::move(listener));
    TRY(watch(udp, [this, udp] {
        answer_datagrams(udp);
        return Next::go_on;
    }));
    return watch(tcp, [this, tcp] {
        accept_all(tcp, dns_protocol_);
        return Next::go_on;
    });
}

Result<void> Server::poll(int fd, std::uint32_t events, int operation) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (epoll_ctl(epoll_.get(), operation, fd, &event) != 0) return fail_errno("epoll_ctl");
    return {};
}

Result<void> Server::watch(int fd, std::function<Next()> on_ready) {
    handlers_[fd] = std::move(on_ready);
    return poll(fd, EPOLLIN, EPOLL_CTL_ADD);
}

Result<void> Server::run(const std::function<void()>& on_tick) {
    std::array<epoll_event, 64> events{};
    base::Time next_tick = clock_.now();
    while (!stopping_) {
        const int count = epoll_wait(epoll_.get(), events.data(), events.size(), tick_ms);
        if (count < 0 && errno != EINTR) return fail_errno("epoll_wait");
        for (int i = 0; i < count; ++i) on_event(events[static_cast<std::size_t>(i)].data.fd);
        const base::Time now = clock_.now();
        if (now < next_tick) continue;
        next_tick = now + base::Millis{tick_ms};
        drop_idle();
        on_tick();
    }
    return {};
}

void Server::on_event(int fd) {
    if (const auto handler = handlers_.find(fd); handler != handlers_.end()) {
        if (handler->second() == Next::stop) stopping_ = true;
        return;
    }
    // Absent: an earlier event of this turn dropped it.
    if (const auto found = connections_.find(fd); found != connections_.end()) drive(found->second);
}

void Server::answer_datagrams(int fd) {
    for (int i = 0; i < datagrams_per_turn_max; ++i) {
        char bytes[datagram_bytes_max];
        sockaddr_in from{};
        socklen_t length = sizeof from;
        const ssize_t size =
            recvfrom(fd, bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&from), &length);
        if (size < 0) return;
        ++counters_.dns_queries;
        if (!rate_.allow(from.sin_addr.s_addr, clock_.now())) {
            ++counters_.dns_refused;
            continue;
        }
        const auto answer =
            resolve(*zone_, {bytes, static_cast<std::size_t>(size)}, DnsTransport::udp, turn_++);
        if (!answer) {
            ++counters_.dns_refused;
            continue;
        }
        // A full send buffer loses an answer; the client asks again, as with any datagram.
        std::ignore = sendto(fd, answer->data(), answer->size(), 0,
                             reinterpret_cast<sockaddr*>(&from), length);
    }
}

void Server::accept_all(int fd, const Protocol& protocol) {
    for (;;) {
        sockaddr_in from{};
        socklen_t length = sizeof from;
        base::UniqueFd accepted(
            accept4(fd, reinterpret_cast<sockaddr*>(&from), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!accepted.valid()) return;
        const std::string peer = dotted(from);
        const bool full =
            connections_.size() >= connections_max || per_peer_[peer] >= connections_per_peer_max;
        if (full || !poll(accepted.get(), EPOLLIN | EPOLLRDHUP, EPOLL_CTL_ADD)) {
            if (per_peer_[peer] == 0) per_peer_.erase(peer);
            continue;  // Closed as it goes out of scope.
        }
        ++per_peer_[peer];
        const int key = accepted.get();
        connections_.emplace(
            std::piecewise_construct, std::forward_as_tuple(key),
            std::forward_as_tuple(std::move(accepted), peer, protocol, clock_.now()));
    }
}

void Server::drive(Connection& connection) {
    const int fd = connection.fd();
    if (connection.on_ready(clock_.now()) == Connection::State::closed) return drop(fd);
    const std::uint32_t events = connection.wants_write() ? EPOLLOUT : EPOLLIN | EPOLLRDHUP;
    if (!poll(fd, events, EPOLL_CTL_MOD)) drop(fd);
}

void Server::drop(int fd) {
    const auto found = connections_.find(fd);
    if (found == connections_.end()) return;
    const auto peer = per_peer_.find(found->second.peer());
    if (peer != per_peer_.end() && --peer->second == 0) per_peer_.erase(peer);
    connections_.erase(found);  // Closing takes it out of epoll.
}

void Server::drop_idle() {
    std::vector<int> idle;
    for (const auto& [fd, connection] : connections_) {
        if (connection.idle(clock_.now())) idle.push_back(fd);
    }
    for (const int fd : idle) drop(fd);
}

/// Two bytes of length, then the message (RFC 1035 section 4.2.2).
std::optional<Reply> Server::dns_reply(std::string& buffer, const std::string& peer) {
    if (buffer.size() < 2) return std::nullopt;
    const auto size = static_cast<std::size_t>(static_cast<std::uint8_t>(buffer[0]) << 8U |
                                               static_cast<std::uint8_t>(buffer[1]));
    if (buffer.size() < 2 + size) return std::nullopt;
    const std::string packet = buffer.substr(2, size);
    buffer.erase(0, 2 + size);
    ++counters_.dns_queries;
    in_addr source{};
    inet_pton(AF_INET, peer.c_str(), &source);
    std::optional<std::string> answer;
    if (rate_.allow(source.s_addr, clock_.now())) {
        answer = resolve(*zone_, packet, DnsTransport::tcp, turn_++);
    }
    if (!answer) {
        ++counters_.dns_refused;
        return Reply{.close_after = true};
    }
    std::string bytes{static_cast<char>(answer->size() >> 8U),
                      static_cast<char>(answer->size() & 0xFFU)};
    return Reply{.bytes = bytes + *answer};
}

std::optional<Reply> Server::http_reply(std::string& buffer, const std::string& peer) {
    HttpRequest request;
    const ParseState state = take_request(buffer, request);
    if (state == ParseState::incomplete) return std::nullopt;
    ++counters_.metadata_requests;
    const bool close = state == ParseState::malformed || !request.keep_alive;
    const HttpResponse response =
        state == ParseState::malformed ? error_page(400) : metadata_.handle(request, peer);
    const Body body = request.method == "HEAD" ? Body::omit : Body::send;
    return Reply{.bytes = serialize(response, body, close ? Persistence::close : Persistence::keep,
                                    base::http_date(clock_.now())),
                 .ip_ttl = response.ip_ttl,
                 .close_after = close};
}

}  // namespace stormglass::vpc
