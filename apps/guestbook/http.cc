// The HTTP/1.1 parser and serialiser. Works on a buffer that grows until a request is whole; with
// the limits of http.h parsing anew on every read costs less than keeping state would.
#include "http.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "text.h"

namespace guestbook {
namespace {

constexpr std::string_view line_end = "\r\n";

bool is_token(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               marks.find(c) != std::string_view::npos;
    });
}

bool parse_request_line(std::string_view line, Request& request) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return false;
    request.method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    if (!is_token(request.method) || target.empty() || target[0] != '/') return false;
    if (std::ranges::any_of(target, [](char c) { return c <= ' ' || c == 0x7F; })) return false;
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return false;
    request.keep_alive = version == "HTTP/1.1";
    const std::size_t question = std::min(target.find('?'), target.size());
    request.path = target.substr(0, question);
    request.query = target.substr(std::min(target.size(), question + 1));
    return true;
}

bool parse_header_lines(std::string_view lines, Request& request) {
    while (!lines.empty()) {
        const std::size_t end = lines.find(line_end);
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(end + line_end.size());
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
        const std::string_view value = trim(line.substr(colon + 1));
        if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
            return false;
        request.headers.emplace_back(to_lower(line.substr(0, colon)), value);
    }
    return true;
}

/// A decoded chunked body; nothing from decode_chunked() means that more bytes are needed.
struct Chunked {
    std::string body;
    std::size_t consumed = 0;
    int error_status = 0;
};
std::optional<Chunked> decode_chunked(std::string_view bytes) {
    Chunked out;
    const auto malformed = [&](int status) {
        out.error_status = status;
        return out;
    };
    for (;;) {
        const std::size_t end = bytes.find(line_end, out.consumed);
        if (end == std::string_view::npos) {
            if (bytes.size() - out.consumed > header_bytes_max) return malformed(400);
            return std::nullopt;
        }
        const std::string_view line = bytes.substr(out.consumed, end - out.consumed);
        const std::string_view digits = line.substr(0, line.find(';'));
        std::size_t size = 0;
        const auto [stop, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
        if (error != std::errc{} || stop != digits.data() + digits.size()) return malformed(400);
        if (size > body_bytes_max || out.body.size() + size > body_bytes_max) return malformed(413);
        const std::size_t data = end + line_end.size();
        if (bytes.size() < data + size + line_end.size()) return std::nullopt;
        if (bytes.substr(data + size, line_end.size()) != line_end) {
            // Trailers would stand after the last chunk; we announce none and accept none.
            return malformed(400);
        }
        out.body += bytes.substr(data, size);
        out.consumed = data + size + line_end.size();
        if (size == 0) return out;
    }
}

/// How the body is framed, or the status of the refusal.
struct Framing {
    std::size_t length = 0;
    bool chunked = false;
    int error_status = 0;
};
Framing body_framing(const Request& request) {
    std::optional<std::size_t> length;
    bool chunked = false;
    for (const auto& [name, value] : request.headers) {
        if (name == "transfer-encoding") {
            if (chunked || to_lower(value) != "chunked") return {.error_status = 501};
            chunked = true;
        } else if (name == "content-length") {
            std::size_t parsed = 0;
            const char* end = value.data() + value.size();
            const auto [stop, error] = std::from_chars(value.data(), end, parsed);
            if (value.empty() || error != std::errc{} || stop != end) return {.error_status = 400};
            if (length && *length != parsed) return {.error_status = 400};
            length = parsed;
        }
    }
    if (chunked && length) return {.error_status = 400};
    if (length.value_or(0) > body_bytes_max) return {.error_status = 413};
    return {.length = length.value_or(0), .chunked = chunked};
}

std::string_view reason(int status) {
    switch (status) {
        case 100:
            return "Continue";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 303:
            return "See Other";
        case 400:
            return "Bad Request";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 422:
            return "Unprocessable Content";
        case 431:
            return "Request Header Fields Too Large";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        default:
            return "Error";
    }
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
    const auto found = std::ranges::find(headers, name, &Headers::value_type::first);
    return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

std::string serialize(const Response& response, Body body, Persistence persistence) {
    std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
    out += reason(response.status);
    out += "\r\nContent-Type: " + response.content_type;
    out += "\r\nContent-Length: " + std::to_string(response.body.size());
    for (const auto& [name, value] : response.headers) out += "\r\n" + name + ": " + value;
    if (persistence == Persistence::close) out += "\r\nConnection: close";
    out += "\r\n\r\n";
    if (body == Body::include) out += response.body;
    return out;
}

std::variant<Incomplete, Parsed, Malformed> parse_request(std::string_view bytes) {
    const std::size_t head_end = bytes.find("\r\n\r\n");
    if (std::min(head_end, bytes.size()) > header_bytes_max) return Malformed{431};
    if (head_end == std::string_view::npos) return Incomplete{};
    const std::string_view head = bytes.substr(0, head_end + line_end.size());
    const std::size_t first_line = head.find(line_end);

    Request request;
    if (!parse_request_line(head.substr(0, first_line), request)) return Malformed{400};
    if (!parse_header_lines(head.substr(first_line + line_end.size()), request)) {
        return Malformed{400};
    }
    const std::string connection = to_lower(request.header("connection"));
    if (connection.find("close") != std::string::npos) request.keep_alive = false;

    const Framing framing = body_framing(request);
    if (framing.error_status != 0) return Malformed{framing.error_status};
    const std::size_t body_start = head_end + 2 * line_end.size();
    const Incomplete more{.expects_continue = bytes.size() == body_start &&
                                              to_lower(request.header("expect")) == "100-continue"};
    if (!framing.chunked) {
        if (bytes.size() < body_start + framing.length) return more;
        request.body = bytes.substr(body_start, framing.length);
        return Parsed{std::move(request), body_start + framing.length};
    }
    auto chunks = decode_chunked(bytes.substr(body_start));
    if (!chunks) return more;
    if (chunks->error_status != 0) return Malformed{chunks->error_status};
    request.body = std::move(chunks->body);
    return Parsed{std::move(request), body_start + chunks->consumed};
}

}  // namespace guestbook
