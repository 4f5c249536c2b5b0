#include "planes/lb/responses.h"

#include <fmt/format.h>

#include <array>

namespace stormglass::lb {
namespace {

struct Phrase {
    int status;
    std::string_view text;
};

constexpr std::array phrases{
    Phrase{200, "OK"},
    Phrase{201, "Created"},
    Phrase{202, "Accepted"},
    Phrase{203, "Non-Authoritative Information"},
    Phrase{204, "No Content"},
    Phrase{205, "Reset Content"},
    Phrase{206, "Partial Content"},
    Phrase{301, "Moved Permanently"},
    Phrase{302, "Found"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Authorization Required"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Not Allowed"},
    Phrase{406, "Not Acceptable"},
    Phrase{408, "Request Time-out"},
    Phrase{409, "Conflict"},
    Phrase{410, "Gone"},
    Phrase{411, "Length Required"},
    Phrase{412, "Precondition Failed"},
    Phrase{413, "Request Entity Too Large"},
    Phrase{414, "Request-URI Too Large"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{416, "Requested Range Not Satisfiable"},
    Phrase{421, "Misdirected Request"},
    Phrase{429, "Too Many Requests"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{502, "Bad Gateway"},
    Phrase{503, "Service Temporarily Unavailable"},
    Phrase{504, "Gateway Time-out"},
    Phrase{505, "HTTP Version Not Supported"},
    Phrase{507, "Insufficient Storage"},
};

}  // namespace

std::string_view reason_phrase(int status) {
    for (const Phrase& phrase : phrases) {
        if (phrase.status == status) return phrase.text;
    }
    return "";
}

std::string html_page(int status) {
    const auto phrase = reason_phrase(status);
    const auto title =
        phrase.empty() ? fmt::format("{}", status) : fmt::format("{} {}", status, phrase);
    return fmt::format(
        "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n"
        "<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n",
        title);
}

void write_local_response(Buffer& out, const LocalResponse& response, std::string_view date,
                          Persistence persistence, BodyPart body_part) {
    fmt::memory_buffer head;
    const auto to = std::back_inserter(head);
    fmt::format_to(to, "HTTP/1.1 {} {}\r\nServer: awselb/2.0\r\nDate: {}\r\n", response.status,
                   reason_phrase(response.status), date);
    const bool with_body = response.status != 204;
    if (with_body) {
        if (!response.content_type.empty()) {
            fmt::format_to(to, "Content-Type: {}\r\n", response.content_type);
        }
        fmt::format_to(to, "Content-Length: {}\r\n", response.body.size());
    }
    fmt::format_to(to, "Connection: {}\r\n",
                   persistence == Persistence::keep_alive ? "keep-alive" : "close");
    if (!response.location.empty()) fmt::format_to(to, "Location: {}\r\n", response.location);
    fmt::format_to(to, "\r\n");
    out.append({head.data(), head.size()});
    if (with_body && body_part == BodyPart::send) out.append(response.body);
}

}  // namespace stormglass::lb
