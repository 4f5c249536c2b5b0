// One connection's bytes, with or without TLS: blocking calls with time limits.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/tls.h"

namespace stormglass::net {

struct StreamTimeouts {
    std::chrono::milliseconds idle;       // For Wait::idle.
    std::chrono::milliseconds handshake;  // TLS only.
    std::chrono::milliseconds write;      // Without progress.
};

/// Used by one thread.
///
/// Codes of failures: "Timeout", "ConnectionLost".
class Stream {
public:
    virtual ~Stream() = default;
    /// Waits for the first byte of a request, up to the idle timeout. 0: the peer is done.
    virtual Result<std::size_t> read_idle(char* to, std::size_t size) = 0;
    virtual Result<std::size_t> read(char* to, std::size_t size,
                                     std::chrono::milliseconds timeout) = 0;
    /// Writes both, whole.
    virtual Result<void> write(std::string_view first, std::string_view second = {}) = 0;
    virtual Result<void> send_file(int file, std::uint64_t offset, std::uint64_t length) = 0;
    /// Tells the peer that no more comes.
    virtual void finish() = 0;
    /// "TLSv1.3"; empty without TLS.
    virtual std::string tls_version() const { return {}; }
    virtual std::string tls_server_name() const { return {}; }
};

/// Without TLS; the socket must be blocking. The caller closes it, after the stream is gone.
std::unique_ptr<Stream> make_stream(int socket, const StreamTimeouts& timeouts);
/// Does the handshake.
Result<std::unique_ptr<Stream>> make_tls_stream(int socket, const TlsContext& tls,
                                                const StreamTimeouts& timeouts);

}  // namespace stormglass::net
