// HTTP/1.1 messages as the application sees them, and the parser that makes requests from bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace guestbook {

constexpr std::size_t header_bytes_max = 32 * 1024;  // Request line and headers together.
constexpr std::size_t body_bytes_max = 64 * 1024;

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
    std::string method;
    std::string path;   // Still percent-encoded; every route of ours is plain ASCII.
    std::string query;  // Without the question mark.
    Headers headers;    // Names in lower case.
    std::string body;
    bool keep_alive = true;

    /// The first header of that name (lower case), or nothing.
    std::string_view header(std::string_view name) const;
};

struct Response {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
    Headers headers = {};
};

enum class Body { include, leave_out };  // leave_out answers HEAD.
enum class Persistence { keep_alive, close };

/// The bytes to send.
std::string serialize(const Response& response, Body body, Persistence persistence);

struct Incomplete {
    bool expects_continue = false;  // The client waits for "100 Continue" before its body.
};
struct Parsed {
    Request request;
    std::size_t consumed = 0;
};
struct Malformed {
    int status = 400;
};

/// Parses the request that begins `bytes` (RFC 9112). Strict where leniency opens request
/// smuggling: a Content-Length beside a Transfer-Encoding, unequal lengths, bare line feeds and
/// folded or oddly named headers are refused.
std::variant<Incomplete, Parsed, Malformed> parse_request(std::string_view bytes);

}  // namespace guestbook
