#include "net/stream.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

namespace stormglass::net {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t file_part_bytes = 64 * 1024;
/// Below this, head and body go out as one TLS record.
constexpr std::size_t joined_bytes_max = 16 * 1024;

Unexpected timed_out() { return fail(Domain::system, "Timeout", "the peer is too slow"); }
Unexpected lost() { return fail(Domain::system, "ConnectionLost", "the peer closed or reset"); }

Result<void> wait_for(int fd, short events, Clock::time_point deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
        if (left.count() < 0) return timed_out();
        pollfd entry{.fd = fd, .events = events, .revents = 0};
        const int ready = ::poll(&entry, 1, static_cast<int>(left.count()));
        if (ready > 0) return {};
        if (ready == 0) return timed_out();
        if (errno != EINTR) return fail_errno("poll");
    }
}

void set_socket_timeout(int fd, int option, milliseconds timeout) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(timeout);
    const timeval value{.tv_sec = seconds.count(),
                        .tv_usec = std::chrono::microseconds(timeout - seconds).count()};
    (void)::setsockopt(fd, SOL_SOCKET, option, &value, sizeof value);
}

/// The socket's own timeouts serve the common case, so that a request costs two system calls: one
/// recv that waits, one sendmsg.
class FdStream final : public Stream {
public:
    FdStream(int socket, const StreamTimeouts& timeouts) : socket_(socket) {
        set_socket_timeout(socket_, SO_RCVTIMEO, timeouts.idle);
        set_socket_timeout(socket_, SO_SNDTIMEO, timeouts.write);
    }

    Result<std::size_t> read_idle(char* to, std::size_t size) override {
        const ssize_t got = receive(to, size, 0);
        if (got >= 0) return static_cast<std::size_t>(got);
        return errno == EAGAIN || errno == EWOULDBLOCK ? timed_out() : lost();
    }

    Result<std::size_t> read(char* to, std::size_t size, milliseconds timeout) override {
        const auto deadline = Clock::now() + timeout;
        for (;;) {
            const ssize_t got = receive(to, size, MSG_DONTWAIT);
            if (got >= 0) return static_cast<std::size_t>(got);
            if (errno != EAGAIN && errno != EWOULDBLOCK) return lost();
            TRY(wait_for(socket_, POLLIN, deadline));
        }
    }

    Result<void> write(std::string_view first, std::string_view second) override {
        while (!first.empty() || !second.empty()) {
            iovec parts[2] = {{const_cast<char*>(first.data()), first.size()},
                              {const_cast<char*>(second.data()), second.size()}};
            msghdr message{};
            message.msg_iov = parts;
            message.msg_iovlen = 2;
            const ssize_t put = ::sendmsg(socket_, &message, MSG_NOSIGNAL);
            if (put < 0 && errno == EINTR) continue;
            if (put < 0) return errno == EAGAIN ? timed_out() : lost();
            const std::size_t from_first = std::min(first.size(), static_cast<std::size_t>(put));
            first.remove_prefix(from_first);
            second.remove_prefix(static_cast<std::size_t>(put) - from_first);
        }
        return {};
    }

    Result<void> send_file(int file, std::uint64_t offset, std::uint64_t length) override {
        auto at = static_cast<off_t>(offset);
        while (length > 0) {
            const ssize_t put = ::sendfile(socket_, file, &at, length);
            if (put < 0 && errno == EINTR) continue;
            if (put < 0) return errno == EAGAIN ? timed_out() : lost();
            if (put == 0) return fail(Domain::system, "FileTooShort", "a file shrank while sent");
            length -= static_cast<std::uint64_t>(put);
        }
        return {};
    }

    void finish() override { (void)::shutdown(socket_, SHUT_WR); }

private:
    ssize_t receive(char* to, std::size_t size, int flags) {
        for (;;) {
            const ssize_t got = ::recv(socket_, to, size, flags);
            if (got >= 0 || errno != EINTR) return got;
        }
    }

    int socket_;
};

/// Over a socket that never blocks, so that a record which trickles in cannot outlast a deadline.
class TlsStream final : public Stream {
public:
    TlsStream(int socket, const TlsContext& tls, const StreamTimeouts& timeouts)
        : socket_(socket), timeouts_(timeouts), ssl_(SSL_new(tls.native())) {
        const int flags = ::fcntl(socket_, F_GETFL);
        (void)::fcntl(socket_, F_SETFL, flags | O_NONBLOCK);
        SSL_set_fd(ssl_.get(), socket_);
    }

    Result<void> handshake() {
        const auto deadline = Clock::now() + timeouts_.handshake;
        for (;;) {
            ERR_clear_error();
            const int outcome = SSL_accept(ssl_.get());
            if (outcome == 1) return {};
            TRY(wait_after(outcome, deadline));
        }
    }

    Result<std::size_t> read_idle(char* to, std::size_t size) override {
        return read(to, size, timeouts_.idle);
    }

    Result<std::size_t> read(char* to, std::size_t size, milliseconds timeout) override {
        const auto deadline = Clock::now() + timeout;
        for (;;) {
            std::size_t got = 0;
            ERR_clear_error();
            const int outcome = SSL_read_ex(ssl_.get(), to, size, &got);
            if (outcome == 1) return got;
            if (SSL_get_error(ssl_.get(), outcome) == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
            TRY(wait_after(outcome, deadline));
        }
    }

    Result<void> write(std::string_view first, std::string_view second) override {
        if (!second.empty() && first.size() + second.size() <= joined_bytes_max) {
            return write_part(std::string(first).append(second));
        }
        TRY(write_part(first));
        return write_part(second);
    }

    Result<void> send_file(int file, std::uint64_t offset, std::uint64_t length) override {
        std::string part(std::min<std::uint64_t>(length, file_part_bytes), '\0');
        while (length > 0) {
            const std::size_t wanted = std::min<std::uint64_t>(length, part.size());
            const ssize_t got = ::pread(file, part.data(), wanted, static_cast<off_t>(offset));
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return fail(Domain::system, "FileTooShort", "a file shrank while sent");
            TRY(write_part(std::string_view(part.data(), static_cast<std::size_t>(got))));
            offset += static_cast<std::uint64_t>(got);
            length -= static_cast<std::uint64_t>(got);
        }
        return {};
    }

    void finish() override {
        ERR_clear_error();
        (void)SSL_shutdown(ssl_.get());
        (void)::shutdown(socket_, SHUT_WR);
    }

    std::string tls_version() const override { return SSL_get_version(ssl_.get()); }

    std::string tls_server_name() const override {
        const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
        return name != nullptr ? name : "";
    }

private:
    Result<void> write_part(std::string_view part) {
        while (!part.empty()) {
            const auto deadline = Clock::now() + timeouts_.write;
            std::size_t put = 0;
            ERR_clear_error();
            const int outcome = SSL_write_ex(ssl_.get(), part.data(), part.size(), &put);
            if (outcome == 1) {
                part.remove_prefix(put);
            } else {
                TRY(wait_after(outcome, deadline));
            }
        }
        return {};
    }

    Result<void> wait_after(int outcome, Clock::time_point deadline) {
        switch (SSL_get_error(ssl_.get(), outcome)) {
            case SSL_ERROR_WANT_READ:
                return wait_for(socket_, POLLIN, deadline);
            case SSL_ERROR_WANT_WRITE:
                return wait_for(socket_, POLLOUT, deadline);
            default:
                return lost();
        }
    }

    struct FreeSsl {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    int socket_;
    StreamTimeouts timeouts_;
    std::unique_ptr<SSL, FreeSsl> ssl_;
};

}  // namespace

std::unique_ptr<Stream> make_stream(int socket, const StreamTimeouts& timeouts) {
    return std::make_unique<FdStream>(socket, timeouts);
}

Result<std::unique_ptr<Stream>> make_tls_stream(int socket, const TlsContext& tls,
                                                const StreamTimeouts& timeouts) {
    auto stream = std::make_unique<TlsStream>(socket, tls, timeouts);
    TRY(stream->handshake());
    return stream;
}

}  // namespace stormglass::net
