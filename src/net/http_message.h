// How an answer's head is written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "net/http_server.h"

namespace stormglass::net {

/// What the server decided about an answer before it is written.
struct Framing {
    std::optional<std::uint64_t> content_length;
    bool chunked = false;
    bool close = false;
    int minor_version = 1;  // The client's.
    std::string_view date;
};

/// "OK", "Not Found", ...; empty for statuses without a name.
std::string_view reason_of(int status);
/// Whether answers of this status never have a body.
bool is_bodiless(int status);
/// Status line and headers to the empty line. Line breaks in values become spaces, so that no
/// value can forge a header.
void append_head(std::string& to, const Response& response, const Framing& framing);

}  // namespace stormglass::net
