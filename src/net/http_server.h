// A blocking HTTP/1.1 server (RFC 9110, RFC 9112) for the control plane's API and console. One
// thread serves a connection at a time; the handler runs on it and may block.
//
// It carries no policy: no routing, no AWS. What it refuses by itself (limits, malformed requests)
// is worded by Options::refusal.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "net/tls.h"

namespace stormglass::net {

/// As sent and in order; names keep their case.
using Headers = std::vector<std::pair<std::string, std::string>>;
/// The first value of that name, case-insensitive; empty when absent.
std::string_view find_header(const Headers& headers, std::string_view name);
bool has_header(const Headers& headers, std::string_view name);

/// The body of one request, read as it arrives; valid while the handler runs.
class BodyReader {
public:
    virtual ~BodyReader() = default;
    /// Up to `size` bytes; 0 at the end. The first call tells a client that waits for it to go on
    /// (100 Continue). Codes: "RequestTimeout", "ConnectionLost", "MalformedBody", "BodyTooLarge".
    virtual Result<std::size_t> read(char* to, std::size_t size) = 0;
    /// The whole body; "BodyTooLarge" beyond `limit`.
    Result<std::string> read_all(std::size_t limit);
    /// What the client announced; nothing when the body is chunked. 0 when there is no body.
    virtual std::optional<std::uint64_t> content_length() const = 0;
};

struct Request {
    std::string method;
    std::string target;  // Path and query as sent; without scheme and host, if it had them.
    Headers headers;
    std::string peer_address;  // Without port; empty for a Unix socket.
    bool is_tls = false;
    std::string tls_version;      // "TLSv1.3"; empty without TLS.
    std::string tls_server_name;  // SNI, lower case; may be empty.
    BodyReader& body;

    std::string_view header(std::string_view name) const { return find_header(headers, name); }
};

/// Fills the buffer; 0 ends the body. An error ends the connection, so that the client can tell.
using BodyProducer = std::function<Result<std::size_t>(char* to, std::size_t size)>;

/// A part of a file, sent by the kernel where the connection allows.
struct FileRange {
    base::UniqueFd fd;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

enum class Persistence { keep_open, close };
/// Whether a producer comes to an end by itself, or goes on until the client or the server ends
/// (a stream of events): then stopping ends it after the part at hand instead of waiting for it.
enum class Ending { by_itself, with_server };

/// Exactly one of body, producer and file is used. Content-Length, Transfer-Encoding, Connection
/// and
/// Date are the server's business unless given here (a HEAD answer may give its own
/// Content-Length).
struct Response {
    int status = 200;
    Headers headers;
    std::string body;
    BodyProducer producer;
    std::optional<std::uint64_t> producer_length;  // Absent: chunked (or until close for HTTP/1.0).
    Ending producer_ending = Ending::by_itself;
    std::optional<FileRange> file;
    Persistence persistence = Persistence::keep_open;
};

/// Runs on the connection's thread. For HEAD it answers as for GET; the server leaves the body out.
using Handler = std::function<Response(Request&)>;

/// Why the server refuses without asking the handler.
enum class Refusal {
    malformed,             // 400
    request_timeout,       // 408
    body_too_large,        // 413
    target_too_long,       // 414
    headers_too_large,     // 431
    too_many_connections,  // 503
};
int status_of(Refusal refusal);

struct HttpServerOptions {
    std::size_t connections_max = 1024;
    std::size_t idle_threads_max = 16;  // Kept for the next connection.
    std::size_t header_bytes_max = 64 * 1024;
    std::size_t target_bytes_max = 16 * 1024;
    std::uint64_t body_bytes_max = std::uint64_t{6} << 30;
    /// An unread body up to this size is read and dropped to keep the connection; else it is
    /// closed.
    std::size_t drain_bytes_max = 256 * 1024;
    std::chrono::milliseconds idle_timeout{60'000};    // Between requests.
    std::chrono::milliseconds header_timeout{20'000};  // From a request's first byte on.
    std::chrono::milliseconds body_timeout{30'000};    // Without a byte of the body.
    std::chrono::milliseconds write_timeout{30'000};   // Without room for a byte of the answer.
    std::chrono::milliseconds handshake_timeout{10'000};
    std::chrono::milliseconds stop_timeout{5'000};  // For requests in progress, when stopping.
    /// For Date; absent: real time.
    const base::Clock* clock = nullptr;
    /// Words a refusal; absent: a line of plain text. The server sets the status and closes.
    std::function<Response(Refusal)> refusal;
};

struct HttpServerStats {
    std::uint64_t connections_open = 0;
    std::uint64_t connections_total = 0;
    std::uint64_t requests_total = 0;
    std::uint64_t refusals_total = 0;
};

/// Thread-safe. The destructor stops it.
class HttpServer {
public:
    HttpServer(HttpServerOptions options, Handler handler);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Serves a listening socket, which may live in any network namespace; may be called at any
    /// time
    /// and many times. Returns a number for unlisten().
    Result<int> listen(base::UniqueFd listening, std::optional<TlsContext> tls = std::nullopt);
    /// Closes a listener; its connections live on.
    void unlisten(int listener);
    /// Accepts nothing more, ends idle connections, lets requests in progress finish within
    /// stop_timeout, then cuts them. Handlers must return. Returns when all threads are done.
    void stop();
    HttpServerStats stats() const;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

/// A listening TCP socket; port 0 takes a free one.
Result<base::UniqueFd> listen_tcp(const std::string& address, std::uint16_t port);
/// A listening Unix socket with mode 0600; replaces a stale one.
Result<base::UniqueFd> listen_unix(const std::string& path);
/// The port a socket is bound to.
Result<std::uint16_t> bound_port(int fd);

}  // namespace stormglass::net
