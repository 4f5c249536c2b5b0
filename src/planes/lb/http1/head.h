// The head of an HTTP/1.x request or response (RFC 9112), parsed in place: all views point into the
// bytes given. Parsing is lenient where AWS's is (desync.h then judges what was let through),
// strict about sizes and about what nobody could forward safely.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace stormglass::lb::http1 {

/// Header fields that the balancer itself reads or writes.
enum class FieldId : std::uint8_t {
    other,
    connection,
    content_length,
    cookie,
    date,
    expect,
    host,
    keep_alive,
    proxy_connection,
    server,
    set_cookie,
    te,
    trailer,
    transfer_encoding,
    upgrade,
    user_agent,
    x_amzn_tls_cipher_suite,
    x_amzn_tls_version,
    x_amzn_trace_id,
    x_forwarded_for,
    x_forwarded_port,
    x_forwarded_proto,
};

struct Field {
    std::string_view name;   // As sent, spaces included.
    std::string_view value;  // Without surrounding spaces and tabs.
    FieldId id = FieldId::other;
};

FieldId identify(std::string_view name);

enum class HeadStatus {
    done,
    need_more,
    malformed,
    line_too_long,     // The request line; its target is what is long.
    headers_too_long,  // One header or all of them.
};

struct RequestHead {
    std::string_view method;
    std::string_view target;
    std::string_view version;  // "HTTP/1.1"; as sent, so perhaps not even that.
    std::vector<Field> fields;
    std::size_t size = 0;  // Bytes of the head, blank lines before and after included.

    bool at_least_http11() const { return version >= std::string_view("HTTP/1.1"); }
    const Field* find(FieldId id) const;
};

struct ResponseHead {
    int status = 0;
    std::string_view reason;
    std::string_view version;
    std::vector<Field> fields;
    std::size_t size = 0;

    const Field* find(FieldId id) const;
};

/// `scanned` remembers how far earlier calls looked for the end of the head; start it at 0 and give
/// it back unchanged with the longer data.
HeadStatus parse_request(std::string_view data, std::size_t& scanned, RequestHead& head);
HeadStatus parse_response(std::string_view data, std::size_t& scanned, ResponseHead& head);

/// True when `token` is one of the comma-separated values of any such field (case-insensitive).
bool has_token(const std::vector<Field>& fields, FieldId id, std::string_view token);
/// Digits only, within 63 bits.
std::optional<std::int64_t> parse_length(std::string_view value);
bool is_token(std::string_view text);
std::string_view trim_blanks(std::string_view text);

}  // namespace stormglass::lb::http1
