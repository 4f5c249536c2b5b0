// The event loop, the workers, and the way of a request between them.
#include "server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <iterator>

namespace guestbook {
namespace {

constexpr std::uint64_t listener_id = 0;
constexpr std::uint64_t waker_id = 1;
constexpr std::size_t read_chunk = 16 * 1024;
constexpr std::size_t in_bytes_max = header_bytes_max + 2 * body_bytes_max;  // Chunking included.
constexpr int backlog = 512;
constexpr int tick_ms = 500;
constexpr std::chrono::seconds linger_max{2};

std::unexpected<Error> fail_errno(const std::string& step) {
    return fail(step + ": " + std::strerror(errno));
}

Response plain(int status, std::string text) { return {.status = status, .body = std::move(text)}; }

}  // namespace

Server::Server(ServerOptions options, Handler handler)
    : options_(std::move(options)), handler_(std::move(handler)) {}

Server::~Server() {
    {
        const std::lock_guard lock(mutex_);
        workers_end_ = true;
    }
    work_there_.notify_all();
    for (auto& thread : threads_) thread.join();
    for (const auto& [id, connection] : connections_) ::close(connection.socket);
    for (const int descriptor : {listener_, epoll_, waker_}) {
        if (descriptor >= 0) ::close(descriptor);
    }
}

Result<> Server::listen() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener_ < 0) return fail_errno("socket");
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    if (::inet_pton(AF_INET, options_.address.c_str(), &address.sin_addr) != 1) {
        return fail("LISTEN_ADDRESS is not an IPv4 address: " + options_.address);
    }
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        return fail_errno("bind to port " + std::to_string(options_.port));
    }
    if (::listen(listener_, backlog) != 0) return fail_errno("listen");
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);

    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    waker_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (epoll_ < 0 || waker_ < 0) return fail_errno("epoll");
    for (const auto& [descriptor, id] : {std::pair{listener_, listener_id}, {waker_, waker_id}}) {
        epoll_event event{.events = EPOLLIN, .data = {.u64 = id}};
        if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) return fail_errno("epoll");
    }
    for (std::size_t i = 0; i < options_.workers; ++i) threads_.emplace_back([this] { work(); });
    return {};
}

void Server::run() {
    std::array<epoll_event, 128> events{};
    auto drain_until = Clock::time_point::max();
    while (!(draining_ && (connections_.empty() || Clock::now() > drain_until))) {
        const int count =
            ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), tick_ms);
        for (int i = 0; i < count; ++i) on_event(events[i].data.u64, events[i].events);
        take_answers();
        close_idle();
        const std::lock_guard lock(mutex_);
        if (stopping_ && !draining_) {
            drain_until = Clock::now() + options_.drain_max;
            begin_drain();
        }
    }
}

void Server::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake();
}

void Server::wake() const {
    const std::uint64_t one = 1;
    // The counter cannot overflow, and an already set one wakes as well.
    [[maybe_unused]] const auto written = ::write(waker_, &one, sizeof one);
}

void Server::begin_drain() {
    draining_ = true;
    ::close(listener_);
    listener_ = -1;
    for (auto it = connections_.begin(); it != connections_.end();) {
        const auto current = it++;
        current->second.persistence = Persistence::close;
        const bool idle = current->second.phase == Phase::reading && current->second.in.empty();
        if (idle) close_connection(current->first);
    }
}

void Server::accept_all() {
    while (listener_ >= 0) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0) return;
        if (connections_.size() >= options_.connections_max) {
            ::close(socket);
            continue;
        }
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const std::uint64_t id = next_id_++;
        connections_[id].socket = socket;
        epoll_event event{.events = EPOLLIN | EPOLLRDHUP, .data = {.u64 = id}};
        if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) != 0) close_connection(id);
    }
}

void Server::on_event(std::uint64_t id, std::uint32_t events) {
    if (id == listener_id) return accept_all();
    if (id == waker_id) {
        std::uint64_t count = 0;
        [[maybe_unused]] const auto drained = ::read(waker_, &count, sizeof count);
        return;
    }
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;  // Closed earlier in this very round.
    Connection& connection = found->second;
    if (events & (EPOLLERR | EPOLLHUP)) return close_connection(id);
    if (connection.phase == Phase::writing) return write_some(id, connection);
    if (connection.phase == Phase::closing) return discard(id, connection);
    if (connection.phase == Phase::reading) return read_some(id, connection);
}

/// While a worker has the request nothing is read: the client's next request waits in the kernel.
void Server::watch(std::uint64_t id, const Connection& connection) {
    std::uint32_t wanted = 0;
    if (connection.phase == Phase::reading) wanted = EPOLLIN | EPOLLRDHUP;
    if (connection.phase == Phase::writing) wanted = EPOLLOUT;
    if (connection.phase == Phase::closing) wanted = EPOLLIN;
    epoll_event event{.events = wanted, .data = {.u64 = id}};
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.socket, &event);
}

void Server::close_connection(std::uint64_t id) {
    ::close(connections_.at(id).socket);  // Also takes it out of the epoll set.
    connections_.erase(id);
}

void Server::read_some(std::uint64_t id, Connection& connection) {
    std::array<char, read_chunk> chunk{};
    while (!connection.ended && connection.in.size() < in_bytes_max) {
        const ssize_t got = ::recv(connection.socket, chunk.data(), chunk.size(), 0);
        if (got > 0) {
            if (connection.in.empty()) connection.since = Clock::now();
            connection.in.append(chunk.data(), static_cast<std::size_t>(got));
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
        if (got < 0) return close_connection(id);
        connection.ended = true;
    }
    advance(id, connection);
}

/// Takes up the next request if it is here; a client that will send nothing more is let go.
void Server::advance(std::uint64_t id, Connection& connection) {
    parse(id, connection);
    const auto still = connections_.find(id);
    if (still == connections_.end()) return;
    if (still->second.ended && still->second.phase == Phase::reading) close_connection(id);
}

void Server::parse(std::uint64_t id, Connection& connection) {
    auto outcome = parse_request(connection.in);
    if (const auto* more = std::get_if<Incomplete>(&outcome)) {
        if (connection.in.size() >= in_bytes_max) {
            connection.persistence = Persistence::close;
            return reply(id, connection, plain(413, "too large\n"));
        }
        if (more->expects_continue && !connection.continued) {
            constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
            connection.continued = true;
            ::send(connection.socket, go_on.data(), go_on.size(), MSG_NOSIGNAL);
        }
        return;
    }
    if (const auto* malformed = std::get_if<Malformed>(&outcome)) {
        connection.persistence = Persistence::close;
        return reply(id, connection, plain(malformed->status, "request refused\n"));
    }
    auto& parsed = std::get<Parsed>(outcome);
    connection.in.erase(0, parsed.consumed);
    connection.continued = false;
    if (!parsed.request.keep_alive) connection.persistence = Persistence::close;
    connection.phase = Phase::handling;
    watch(id, connection);
    if (!enqueue({id, std::move(parsed.request)})) {
        reply(id, connection, plain(503, "too many requests are waiting\n"));
    }
}

void Server::reply(std::uint64_t id, Connection& connection, const Response& response) {
    connection.out = serialize(response, Body::include, connection.persistence);
    connection.phase = Phase::writing;
    write_some(id, connection);
}

void Server::write_some(std::uint64_t id, Connection& connection) {
    while (connection.sent < connection.out.size()) {
        const ssize_t sent = ::send(connection.socket, connection.out.data() + connection.sent,
                                    connection.out.size() - connection.sent, MSG_NOSIGNAL);
        if (sent > 0) {
            connection.sent += static_cast<std::size_t>(sent);
            continue;
        }
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno == EAGAIN) return watch(id, connection);
        return close_connection(id);
    }
    connection.out.clear();
    connection.sent = 0;
    if (connection.persistence == Persistence::close) return begin_close(id, connection);
    connection.phase = Phase::reading;
    connection.since = Clock::now();
    watch(id, connection);
    // A pipelined request may be here already.
    if (connection.ended || !connection.in.empty()) advance(id, connection);
}

/// Closing with unread bytes makes the kernel reset the connection, and the client may lose the
/// answer it was just sent. So: no more from us, and what still comes is read and thrown away.
void Server::begin_close(std::uint64_t id, Connection& connection) {
    ::shutdown(connection.socket, SHUT_WR);
    connection.phase = Phase::closing;
    connection.since = Clock::now();
    watch(id, connection);
}

void Server::discard(std::uint64_t id, const Connection& connection) {
    std::array<char, read_chunk> chunk{};
    const ssize_t got = ::recv(connection.socket, chunk.data(), chunk.size(), 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) close_connection(id);
}

void Server::take_answers() {
    std::vector<Answer> answers;
    {
        const std::lock_guard lock(mutex_);
        answers.swap(answers_);
    }
    for (auto& answer : answers) {
        const auto found = connections_.find(answer.connection);
        if (found == connections_.end()) continue;  // The client left meanwhile.
        Connection& connection = found->second;
        if (answer.persistence == Persistence::close) connection.persistence = Persistence::close;
        connection.out = std::move(answer.bytes);
        connection.phase = Phase::writing;
        write_some(answer.connection, connection);
    }
}

void Server::close_idle() {
    const auto now = Clock::now();
    for (auto it = connections_.begin(); it != connections_.end();) {
        const auto current = it++;
        const Phase phase = current->second.phase;
        const auto limit = phase == Phase::closing ? linger_max : options_.idle_max;
        const bool too_old = now - current->second.since > limit;
        if (phase != Phase::handling && too_old) close_connection(current->first);
    }
}

bool Server::enqueue(Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (jobs_.size() >= options_.queue_max) return false;
        jobs_.push_back(std::move(job));
    }
    work_there_.notify_one();
    return true;
}

Server::Answer Server::handle(const Job& job) {
    Response response;
    try {
        response = handler_(job.request);
    } catch (const std::exception&) {
        // Only a library can throw here, and only when memory is short: this request fails alone.
        response = plain(503, "out of resources\n");
    }
    const auto persistence = job.request.keep_alive ? Persistence::keep_alive : Persistence::close;
    const auto body = job.request.method == "HEAD" ? Body::leave_out : Body::include;
    return {job.connection, serialize(response, body, persistence), persistence};
}

void Server::work() {
    for (;;) {
        std::unique_lock lock(mutex_);
        work_there_.wait(lock, [this] { return workers_end_ || !jobs_.empty(); });
        if (workers_end_) return;
        const Job job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        Answer answer = handle(job);
        lock.lock();
        answers_.push_back(std::move(answer));
        lock.unlock();
        wake();
    }
}

}  // namespace guestbook
