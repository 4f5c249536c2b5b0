// A non-blocking byte stream: a TCP socket, with TLS over it or without. Owned by one connection on
// one event-loop thread.
#pragma once

#include <openssl/ssl.h>
#include <sys/uio.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace stormglass::lb {

struct SslDeleter {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslPointer = std::unique_ptr<SSL, SslDeleter>;

enum class IoState {
    ok,
    blocked,  // Try again when the loop says so.
    closed,   // The peer ended it in order (FIN, or close_notify).
    failed,   // Reset, timed out, TLS fault.
};

struct IoResult {
    IoState state = IoState::blocked;
    std::size_t bytes = 0;
};

class Stream {
public:
    Stream() = default;
    explicit Stream(base::UniqueFd fd) : fd_(std::move(fd)) {}

    /// From here on everything passes through TLS, once handshake() says ok.
    void start_tls(SslPointer ssl);
    IoState handshake();
    IoResult read(char* to, std::size_t size);
    IoResult write(std::string_view bytes);
    /// Ends our direction: FIN, preceded by close_notify under TLS.
    void shutdown_write();
    void close();
    /// Closes with RST, so that the peer sees an abort and not an end.
    void abort();

    int fd() const { return fd_.get(); }
    bool open() const { return fd_.valid(); }
    bool tls() const { return ssl_ != nullptr; }
    SSL* ssl() const { return ssl_.get(); }

private:
    IoResult tls_result(int done);

    base::UniqueFd fd_;
    SslPointer ssl_;
};

/// A non-blocking socket, connecting to the IPv4 address; failure only when it cannot even start.
Result<base::UniqueFd> start_connect(const std::string& address, int port);
/// The outcome of a connect that the loop reported: 0 or an errno value.
int connect_error(int fd);

}  // namespace stormglass::lb
