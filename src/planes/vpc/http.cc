#include "planes/vpc/http.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace stormglass::vpc {
namespace {

const char* reason(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        default:
            return "Service Unavailable";
    }
}

bool read_request_line(std::string_view line, HttpRequest& to) {
    const std::size_t first = line.find(' '), second = line.rfind(' ');
    if (first == std::string_view::npos || second <= first) return false;
    const std::string_view target = line.substr(first + 1, second - first - 1);
    const std::string_view version = line.substr(second + 1);
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return false;
    if (!target.starts_with('/') || target.find_first_of(" \t") != std::string_view::npos) {
        return false;
    }
    to.method = line.substr(0, first);
    to.path = target.substr(0, target.find('?'));
    to.keep_alive = version == "HTTP/1.1";
    return !to.method.empty();
}

bool read_header_line(std::string_view line, HttpRequest& to) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    const std::string_view name = line.substr(0, colon);
    if (name.find_first_of(" \t") != std::string_view::npos) return false;
    if (to.headers.size() == request_headers_max) return false;
    to.headers.emplace_back(base::to_lower(name), base::trim(line.substr(colon + 1)));
    return true;
}

bool read_head(std::string_view head, HttpRequest& to) {
    to = {};
    bool first = true;
    while (!head.empty()) {
        const std::size_t end = std::min(head.find('\n'), head.size());
        std::string_view line = head.substr(0, end);
        head.remove_prefix(std::min(end + 1, head.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.find('\0') != std::string_view::npos) return false;
        if (!(first ? read_request_line(line, to) : read_header_line(line, to))) return false;
        first = false;
    }
    return !first;
}

/// The body's length; nullopt: none that we take.
std::optional<std::size_t> body_bytes(const HttpRequest& request) {
    if (request.header("transfer-encoding")) return std::nullopt;
    std::optional<std::size_t> length;
    for (const auto& [name, value] : request.headers) {
        if (name != "content-length") continue;
        const auto number = base::parse_integer(value);
        if (length || !number || *number < 0 ||
            *number > static_cast<long long>(request_body_bytes_max)) {
            return std::nullopt;
        }
        length = static_cast<std::size_t>(*number);
    }
    return length.value_or(0);
}

}  // namespace

std::optional<std::string_view> HttpRequest::header(std::string_view lower_name) const {
    for (const auto& [name, value] : headers) {
        if (name == lower_name) return std::string_view(value);
    }
    return std::nullopt;
}

ParseState take_request(std::string& buffer, HttpRequest& to) {
    const std::size_t end = buffer.find("\r\n\r\n");
    if (end == std::string::npos) {
        return buffer.size() > request_head_bytes_max ? ParseState::malformed
                                                      : ParseState::incomplete;
    }
    if (end > request_head_bytes_max) return ParseState::malformed;
    if (!read_head(std::string_view(buffer).substr(0, end), to)) return ParseState::malformed;
    const auto length = body_bytes(to);
    if (!length) return ParseState::malformed;
    const std::size_t whole = end + 4 + *length;
    if (buffer.size() < whole) return ParseState::incomplete;
    buffer.erase(0, whole);
    if (const auto connection = to.header("connection")) {
        const std::string value = base::to_lower(*connection);
        if (value.find("close") != std::string::npos) to.keep_alive = false;
        if (value.find("keep-alive") != std::string::npos) to.keep_alive = true;
    }
    return ParseState::complete;
}

std::string serialize(const HttpResponse& response, Body body, Persistence persistence,
                      std::string_view date) {
    std::string out = fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nAccept-Ranges: none\r\nContent-Length: {}\r\n"
        "Date: {}\r\nServer: EC2ws\r\nConnection: {}\r\n",
        response.status, reason(response.status), response.content_type, response.body.size(), date,
        persistence == Persistence::keep ? "keep-alive" : "close");
    for (const auto& [name, value] : response.headers) {
        out += fmt::format("{}: {}\r\n", name, value);
    }
    out += "\r\n";
    if (body == Body::send) out += response.body;
    return out;
}

HttpResponse error_page(int status) {
    HttpResponse page;
    page.status = status;
    page.content_type = "text/html";
    page.body = fmt::format(
        R"(<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
	"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>{0} - {1}</title>
 </head>
 <body>
  <h1>{0} - {1}</h1>
 </body>
</html>
)",
        status, reason(status));
    return page;
}

}  // namespace stormglass::vpc
