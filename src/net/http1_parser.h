// Parses the heads of HTTP/1.x requests from memory, over Boost.Beast's parser. Knows no sockets.
//
// Stricter than Beast where two readings of a request could differ between us and a proxy: a
// Transfer-Encoding other than "chunked" alone, several Host headers, or none in HTTP/1.1.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_server.h"

namespace stormglass::net {

struct Head {
    std::string method;
    std::string target;
    Headers headers;
    int minor_version = 1;  // HTTP/1.x
    bool keep_alive = true;
    bool expects_continue = false;
    bool chunked = false;
    std::optional<std::uint64_t> content_length;
};

struct HeadLimits {
    std::size_t header_bytes_max;
    std::size_t target_bytes_max;
};

/// Parses one request's head.
class Http1Parser {
public:
    explicit Http1Parser(const HeadLimits& limits);
    ~Http1Parser();

    /// Looks at all bytes that have come so far. Returns how many the head takes; 0: it is not
    /// complete.
    std::expected<std::size_t, Refusal> parse_head(std::string_view data);
    Head& head();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace stormglass::net
