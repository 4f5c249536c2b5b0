// Accepts connections and gives each a thread; threads that are done wait for the next one.
#include "net/http_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/check.h"
#include "base/log.h"
#include "net/http_connection.h"
#include "net/http_message.h"

namespace stormglass::net {
namespace {

/// After accept() fails for want of descriptors or memory.
constexpr int accept_pause_ms = 50;

struct Listener {
    base::UniqueFd fd;
    std::optional<TlsContext> tls;
};

/// A connection that no thread serves yet.
struct Accepted {
    base::UniqueFd fd;
    std::optional<TlsContext> tls;
    std::string peer_address;
};

/// A connection that a thread serves.
struct Serving {
    int fd = -1;
    HttpConnection* connection = nullptr;  // Nothing during the TLS handshake.
};

std::string text_of(const sockaddr_storage& address) {
    char text[INET6_ADDRSTRLEN] = "";
    if (address.ss_family == AF_INET) {
        ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text,
                    sizeof text);
    } else if (address.ss_family == AF_INET6) {
        ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text,
                    sizeof text);
    }
    return text;
}

}  // namespace

/// Shared with the threads, which may outlive the server by an instant.
class HttpServer::Impl : public std::enable_shared_from_this<HttpServer::Impl> {
public:
    Impl(HttpServerOptions options, Handler handler)
        : options_(std::move(options)),
          handler_(std::move(handler)),
          context_{options_,  handler_,  options_.clock != nullptr ? *options_.clock : real_clock_,
                   stopping_, requests_, refusals_},
          wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        CHECK(wake_.valid());
    }

    Result<int> listen(base::UniqueFd listening, std::optional<TlsContext> tls);
    void unlisten(int listener);
    void stop();
    HttpServerStats stats() const;

private:
    using Pollers = std::vector<pollfd>;

    void accept_loop();
    Pollers pollers() const;
    void accept_from(int fd);
    void dispatch(Accepted accepted);
    void turn_away(const Accepted& accepted);
    void work();
    std::optional<Accepted> next_connection();
    void serve(Accepted& accepted);
    void end_connections(bool only_idle);
    void wake() { (void)::eventfd_write(wake_.get(), 1); }

    const HttpServerOptions options_;
    const Handler handler_;
    const base::SystemClock real_clock_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::uint64_t> requests_{0};
    std::atomic<std::uint64_t> refusals_{0};
    const ConnectionContext context_;
    base::UniqueFd wake_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::map<int, Listener> listeners_;
    int next_listener_ = 1;
    std::thread acceptor_;
    std::deque<Accepted> waiting_;
    std::set<Serving*> serving_;
    std::size_t threads_ = 0;
    std::size_t idle_threads_ = 0;
    std::uint64_t connections_total_ = 0;
};

Result<int> HttpServer::Impl::listen(base::UniqueFd listening, std::optional<TlsContext> tls) {
    const int flags = ::fcntl(listening.get(), F_GETFL);
    if (flags < 0 || ::fcntl(listening.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
        return fail_errno("make a listening socket non-blocking");
    }
    const std::lock_guard guard(mutex_);
    if (stopping_) return fail(Domain::system, "Stopping", "the server is stopping");
    const int number = next_listener_++;
    listeners_.emplace(number, Listener{std::move(listening), std::move(tls)});
    if (!acceptor_.joinable()) acceptor_ = std::thread([this] { accept_loop(); });
    wake();
    return number;
}

void HttpServer::Impl::unlisten(int listener) {
    const std::lock_guard guard(mutex_);
    listeners_.erase(listener);
    wake();
}

HttpServer::Impl::Pollers HttpServer::Impl::pollers() const {
    const std::lock_guard guard(mutex_);
    Pollers entries{{.fd = wake_.get(), .events = POLLIN, .revents = 0}};
    for (const auto& [number, listener] : listeners_) {
        entries.push_back({.fd = listener.fd.get(), .events = POLLIN, .revents = 0});
    }
    return entries;
}

void HttpServer::Impl::accept_loop() {
    while (!stopping_) {
        Pollers entries = pollers();
        if (::poll(entries.data(), entries.size(), -1) < 0) continue;
        eventfd_t ignored;
        if (entries[0].revents != 0) (void)::eventfd_read(wake_.get(), &ignored);
        for (std::size_t at = 1; at < entries.size() && !stopping_; ++at) {
            if (entries[at].revents != 0) accept_from(entries[at].fd);
        }
    }
}

/// Takes all that wait. The listener may have been closed since the poll.
void HttpServer::Impl::accept_from(int fd) {
    for (;;) {
        std::unique_lock guard(mutex_);
        const auto listener = std::find_if(listeners_.begin(), listeners_.end(), [&](auto& entry) {
            return entry.second.fd.get() == fd;
        });
        if (listener == listeners_.end()) return;
        sockaddr_storage address{};
        socklen_t size = sizeof address;
        base::UniqueFd socket(
            ::accept4(fd, reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC));
        if (!socket.valid()) {
            const bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOMEM;
            guard.unlock();
            if (exhausted) ::poll(nullptr, 0, accept_pause_ms);
            return;
        }
        const auto tls = listener->second.tls;
        guard.unlock();
        const int on = 1;
        (void)::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        dispatch({std::move(socket), tls, text_of(address)});
    }
}

void HttpServer::Impl::dispatch(Accepted accepted) {
    std::unique_lock guard(mutex_);
    if (waiting_.size() + serving_.size() >= options_.connections_max) {
        guard.unlock();
        turn_away(accepted);
        return;
    }
    ++connections_total_;
    waiting_.push_back(std::move(accepted));
    if (idle_threads_ >= waiting_.size()) {
        changed_.notify_one();
        return;
    }
    ++threads_;
    std::thread([self = shared_from_this()] { self->work(); }).detach();
}

/// On the acceptor's thread, so without waiting; a TLS client is simply cut off.
void HttpServer::Impl::turn_away(const Accepted& accepted) {
    refusals_.fetch_add(1, std::memory_order_relaxed);
    if (accepted.tls) return;
    const Response response = refusal_response(options_, Refusal::too_many_connections);
    std::string text;
    append_head(text, response, {.content_length = response.body.size(), .close = true});
    text += response.body;
    (void)::send(accepted.fd.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)::shutdown(accepted.fd.get(), SHUT_WR);
    char dropped[4096];  // Unread bytes would turn the close into a reset.
    (void)::recv(accepted.fd.get(), dropped, sizeof dropped, MSG_DONTWAIT);
}

void HttpServer::Impl::work() {
    while (auto accepted = next_connection()) serve(*accepted);
    const std::lock_guard guard(mutex_);
    --threads_;
    changed_.notify_all();
}

/// Nothing: the thread is to end.
std::optional<Accepted> HttpServer::Impl::next_connection() {
    std::unique_lock guard(mutex_);
    if (waiting_.empty() && idle_threads_ >= options_.idle_threads_max) return std::nullopt;
    ++idle_threads_;
    changed_.wait(guard, [&] { return !waiting_.empty() || stopping_; });
    --idle_threads_;
    if (stopping_) return std::nullopt;
    Accepted accepted = std::move(waiting_.front());
    waiting_.pop_front();
    return accepted;
}

void HttpServer::Impl::serve(Accepted& accepted) {
    Serving entry{.fd = accepted.fd.get()};
    {
        const std::lock_guard guard(mutex_);
        serving_.insert(&entry);
    }
    const StreamTimeouts timeouts{.idle = options_.idle_timeout,
                                  .handshake = options_.handshake_timeout,
                                  .write = options_.write_timeout};
    Result<std::unique_ptr<Stream>> stream =
        accepted.tls ? make_tls_stream(accepted.fd.get(), *accepted.tls, timeouts)
                     : make_stream(accepted.fd.get(), timeouts);
    if (!stream) {
        const std::lock_guard guard(mutex_);
        serving_.erase(&entry);
        return;
    }
    HttpConnection connection(context_, std::move(*stream), std::move(accepted.peer_address));
    {
        const std::lock_guard guard(mutex_);
        entry.connection = &connection;
    }
    connection.serve();
    const std::lock_guard guard(mutex_);
    serving_.erase(&entry);  // Before the socket is closed and its number used again.
}

void HttpServer::Impl::end_connections(bool only_idle) {
    for (const Serving* entry : serving_) {
        const bool is_idle = entry->connection == nullptr || entry->connection->is_idle();
        if (!only_idle) {
            (void)::shutdown(entry->fd, SHUT_RDWR);
        } else if (is_idle) {
            (void)::shutdown(entry->fd, SHUT_RD);
        }
    }
}

void HttpServer::Impl::stop() {
    stopping_ = true;
    wake();
    std::thread acceptor;
    {
        const std::lock_guard guard(mutex_);
        acceptor = std::move(acceptor_);
    }
    if (acceptor.joinable()) acceptor.join();
    std::unique_lock guard(mutex_);
    listeners_.clear();
    waiting_.clear();
    end_connections(true);
    changed_.notify_all();
    const auto all_done = [&] { return threads_ == 0; };
    if (changed_.wait_for(guard, options_.stop_timeout, all_done)) return;
    spdlog::warn("{} connections did not end in time and are cut", serving_.size());
    end_connections(false);
    changed_.wait(guard, all_done);
}

HttpServerStats HttpServer::Impl::stats() const {
    const std::lock_guard guard(mutex_);
    return {.connections_open = serving_.size(),
            .connections_total = connections_total_,
            .requests_total = requests_,
            .refusals_total = refusals_};
}

HttpServer::HttpServer(HttpServerOptions options, Handler handler)
    : impl_(std::make_shared<Impl>(std::move(options), std::move(handler))) {}
HttpServer::~HttpServer() { stop(); }

Result<int> HttpServer::listen(base::UniqueFd listening, std::optional<TlsContext> tls) {
    return impl_->listen(std::move(listening), std::move(tls));
}
void HttpServer::unlisten(int listener) { impl_->unlisten(listener); }
void HttpServer::stop() { impl_->stop(); }
HttpServerStats HttpServer::stats() const { return impl_->stats(); }

}  // namespace stormglass::net
