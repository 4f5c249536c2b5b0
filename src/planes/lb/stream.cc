// Plain sockets and OpenSSL behind one small interface.
#include "planes/lb/stream.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace stormglass::lb {
namespace {

int clamp(std::size_t size) {
    return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

}  // namespace

void Stream::start_tls(SslPointer ssl) {
    ssl_ = std::move(ssl);
    SSL_set_fd(ssl_.get(), fd_.get());
    SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                 SSL_MODE_RELEASE_BUFFERS);
}

IoResult Stream::tls_result(int done) {
    if (done > 0) return {IoState::ok, static_cast<std::size_t>(done)};
    switch (SSL_get_error(ssl_.get(), done)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE:
            return {IoState::blocked, 0};
        case SSL_ERROR_ZERO_RETURN:
            return {IoState::closed, 0};
        default:
            return {IoState::failed, 0};
    }
}

IoState Stream::handshake() {
    ERR_clear_error();
    return tls_result(SSL_do_handshake(ssl_.get())).state;
}

IoResult Stream::read(char* to, std::size_t size) {
    if (ssl_) {
        ERR_clear_error();
        return tls_result(SSL_read(ssl_.get(), to, clamp(size)));
    }
    for (;;) {
        const auto got = ::recv(fd_.get(), to, size, 0);
        if (got > 0) return {IoState::ok, static_cast<std::size_t>(got)};
        if (got == 0) return {IoState::closed, 0};
        if (errno == EINTR) continue;
        return {errno == EAGAIN ? IoState::blocked : IoState::failed, 0};
    }
}

IoResult Stream::write(std::string_view bytes) {
    if (ssl_) {
        ERR_clear_error();
        return tls_result(SSL_write(ssl_.get(), bytes.data(), clamp(bytes.size())));
    }
    for (;;) {
        const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) return {IoState::ok, static_cast<std::size_t>(sent)};
        if (errno == EINTR) continue;
        return {errno == EAGAIN ? IoState::blocked : IoState::failed, 0};
    }
}

void Stream::shutdown_write() {
    if (!fd_.valid()) return;
    if (ssl_ && SSL_is_init_finished(ssl_.get())) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());
    }
    ::shutdown(fd_.get(), SHUT_WR);
}

void Stream::close() {
    if (fd_.valid() && ssl_ && SSL_is_init_finished(ssl_.get())) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());  // One way only: we do not wait for the peer's.
    }
    ssl_.reset();
    fd_.reset();
}

void Stream::abort() {
    if (fd_.valid()) {
        const linger now{.l_onoff = 1, .l_linger = 0};
        setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    ssl_.reset();
    fd_.reset();
}

Result<base::UniqueFd> start_connect(const std::string& address, int port) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    if (inet_pton(AF_INET, address.c_str(), &to.sin_addr) != 1) {
        return fail(Domain::config, "BadAddress", "not an IPv4 address: " + address);
    }
    base::UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.valid()) return fail_errno("socket");
    const int one = 1;
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0 &&
        errno != EINPROGRESS) {
        return fail_errno("connect " + address);
    }
    return fd;
}

int connect_error(int fd) {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0) return errno;
    return error;
}

}  // namespace stormglass::lb
