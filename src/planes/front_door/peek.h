// Which host a client asks for, from the first bytes it sends: the Host field of HTTP/1.x, or the
// server_name of a TLS ClientHello (RFC 6066). The bytes are only looked at; the node gets them
// all.
#pragma once

#include <string>
#include <string_view>

namespace stormglass::front_door {

struct Peeked {
    enum class Kind {
        need_more,  // Cannot tell yet.
        http,       // `host` may be empty: none was given.
        tls,        // Likewise.
        unknown,    // Neither protocol, or no host within the bytes we look at.
    };
    Kind kind = Kind::need_more;
    std::string host;  // Lower case, without port or trailing dot.
};

/// How many bytes are looked at before we give up: a ClientHello and ordinary heads are far
/// smaller.
constexpr std::size_t peek_max = 16 * 1024;

/// `bytes` from the connection's very first.
Peeked peek_host(std::string_view bytes);

/// "Name:8080." and the like to "name".
std::string normal_host(std::string_view host);

}  // namespace stormglass::front_door
