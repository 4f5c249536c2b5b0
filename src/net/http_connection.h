// One client's connection: reads requests, asks the handler, writes answers, until either side has
// enough.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "net/http1_parser.h"
#include "net/http_server.h"
#include "net/stream.h"

namespace stormglass::net {

/// What the server shares with its connections; all outlive them.
struct ConnectionContext {
    const HttpServerOptions& options;
    const Handler& handler;
    const base::Clock& clock;
    std::atomic<bool>& stopping;
    std::atomic<std::uint64_t>& requests;
    std::atomic<std::uint64_t>& refusals;
};

/// The answer to a refusal, worded by the options' hook.
Response refusal_response(const HttpServerOptions& options, Refusal refusal);

/// Used by one thread, except is_idle().
class HttpConnection {
public:
    HttpConnection(const ConnectionContext& context, std::unique_ptr<Stream> stream,
                   std::string peer_address);

    /// Returns when the connection is over.
    void serve();
    /// Waits for a request, of which not a byte has come. The server ends such connections at once
    /// when it stops.
    bool is_idle() const { return is_idle_; }

private:
    class Body;
    enum class Next { request, close };

    Next serve_one();
    std::expected<void, Refusal> read_head(Http1Parser& parser);
    std::expected<void, Refusal> fill_head(std::chrono::steady_clock::time_point& deadline);
    Response call_handler(Head& head, Body& body);
    void refuse(Refusal refusal);
    bool write(Response& response, const Head& head, bool close);
    bool write_body(Response& response, std::string_view head, bool chunked);
    bool write_produced(Response& response, bool chunked);
    void linger();
    std::string_view date();

    const ConnectionContext& context_;
    std::unique_ptr<Stream> stream_;
    std::string peer_address_;
    std::string tls_version_;
    std::string tls_server_name_;
    std::atomic<bool> is_idle_{false};
    std::string buffer_;  // What came beyond what is used.
    std::string out_;
    std::string date_;
    std::int64_t date_second_ = 0;
};

}  // namespace stormglass::net
