#include "net/http_message.h"

#include <fmt/format.h>

#include <array>

#include "base/strings.h"

namespace stormglass::net {
namespace {

struct Reason {
    int status;
    std::string_view text;
};

constexpr std::array reasons = std::to_array<Reason>({
    {100, "Continue"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
});

void append_header(std::string& to, std::string_view name, std::string_view value) {
    const std::size_t from = to.size();
    to.append(name).append(": ").append(value);
    for (std::size_t at = from; at < to.size(); ++at) {
        if (to[at] == '\r' || to[at] == '\n' || to[at] == '\0') to[at] = ' ';
    }
    to.append("\r\n");
}

}  // namespace

std::string_view find_header(const Headers& headers, std::string_view name) {
    for (const auto& [found, value] : headers) {
        if (base::equals_ignore_case(found, name)) return value;
    }
    return {};
}

bool has_header(const Headers& headers, std::string_view name) {
    for (const auto& [found, value] : headers) {
        if (base::equals_ignore_case(found, name)) return true;
    }
    return false;
}

std::string_view reason_of(int status) {
    for (const auto& [known, text] : reasons) {
        if (known == status) return text;
    }
    return {};
}

bool is_bodiless(int status) { return status < 200 || status == 204 || status == 304; }

void append_head(std::string& to, const Response& response, const Framing& framing) {
    fmt::format_to(std::back_inserter(to), "HTTP/1.1 {} {}\r\n", response.status,
                   reason_of(response.status));
    bool has_date = false;
    bool has_length = false;
    for (const auto& [name, value] : response.headers) {
        if (name.size() == 4 && base::equals_ignore_case(name, "date")) has_date = true;
        if (name.size() == 14 && base::equals_ignore_case(name, "content-length")) {
            has_length = true;
        }
        append_header(to, name, value);
    }
    if (!has_date && !framing.date.empty()) append_header(to, "Date", framing.date);
    if (framing.chunked) {
        to.append("Transfer-Encoding: chunked\r\n");
    } else if (framing.content_length && !has_length) {
        fmt::format_to(std::back_inserter(to), "Content-Length: {}\r\n", *framing.content_length);
    }
    if (framing.close) {
        to.append("Connection: close\r\n");
    } else if (framing.minor_version == 0) {
        to.append("Connection: keep-alive\r\n");
    }
    to.append("\r\n");
}

}  // namespace stormglass::net
