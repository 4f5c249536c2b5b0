// Responses that the balancer makes by itself, byte for byte as AWS's look.
#pragma once

#include <string>
#include <string_view>

#include "planes/lb/buffer.h"

namespace stormglass::lb {

enum class Persistence { keep_alive, close };
enum class BodyPart { send, omit };  // omit: the answer to a HEAD request.

struct LocalResponse {
    int status = 500;
    std::string_view content_type = "text/html";
    std::string_view body;
    std::string_view location;  // Redirects only.
};

/// The standard phrase, "Bad Gateway" and the like; empty for codes without one.
std::string_view reason_phrase(int status);
/// The small HTML page that goes with a code of the balancer's own.
std::string html_page(int status);

void write_local_response(Buffer& out, const LocalResponse& response, std::string_view date,
                          Persistence persistence, BodyPart body_part);

}  // namespace stormglass::lb
