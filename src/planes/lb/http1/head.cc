// Finds the end of the head first (so that a slow sender costs one scan in all), then cuts lines.
#include "planes/lb/http1/head.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "planes/lb/limits.h"

namespace stormglass::lb::http1 {
namespace {

struct Known {
    std::string_view name;
    FieldId id;
};

constexpr std::array known_fields{
    Known{"connection", FieldId::connection},
    Known{"content-length", FieldId::content_length},
    Known{"cookie", FieldId::cookie},
    Known{"date", FieldId::date},
    Known{"expect", FieldId::expect},
    Known{"host", FieldId::host},
    Known{"keep-alive", FieldId::keep_alive},
    Known{"proxy-connection", FieldId::proxy_connection},
    Known{"server", FieldId::server},
    Known{"set-cookie", FieldId::set_cookie},
    Known{"te", FieldId::te},
    Known{"trailer", FieldId::trailer},
    Known{"transfer-encoding", FieldId::transfer_encoding},
    Known{"upgrade", FieldId::upgrade},
    Known{"user-agent", FieldId::user_agent},
    Known{"x-amzn-tls-cipher-suite", FieldId::x_amzn_tls_cipher_suite},
    Known{"x-amzn-tls-version", FieldId::x_amzn_tls_version},
    Known{"x-amzn-trace-id", FieldId::x_amzn_trace_id},
    Known{"x-forwarded-for", FieldId::x_forwarded_for},
    Known{"x-forwarded-port", FieldId::x_forwarded_port},
    Known{"x-forwarded-proto", FieldId::x_forwarded_proto},
};

constexpr auto token_characters = [] {
    std::array<bool, 256> table{};
    for (int c = '0'; c <= '9'; ++c) table[c] = true;
    for (int c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = true;
    for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<int>(c)] = true;
    return table;
}();

/// Offset just past the blank line that ends the head, or npos.
std::size_t find_end(std::string_view data, std::size_t& scanned) {
    for (std::size_t at = scanned;;) {
        const auto newline = data.find('\n', at);
        if (newline == std::string_view::npos) {
            scanned = data.size();
            return newline;
        }
        const auto rest = data.substr(newline + 1, 2);
        if (rest.starts_with('\n')) return newline + 2;
        if (rest == "\r\n") return newline + 3;
        if (rest.empty() || rest == "\r") {  // May yet become the blank line.
            scanned = newline;
            return std::string_view::npos;
        }
        at = newline + 1;
    }
}

/// Takes one line, without its CRLF (a bare LF is accepted, as most servers do).
std::string_view take_line(std::string_view& rest) {
    const auto newline = rest.find('\n');
    auto line = rest.substr(0, newline);
    rest.remove_prefix(std::min(rest.size(), newline + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::size_t leading_blank_lines(std::string_view data) {
    const auto first = data.find_first_not_of("\r\n");
    return first == std::string_view::npos ? data.size() : first;
}

/// Fields up to the blank line. Names keep stray blanks and controls: desync.h judges them.
HeadStatus parse_fields(std::string_view rest, std::vector<Field>& fields) {
    while (true) {
        const auto line = take_line(rest);
        if (line.empty()) return HeadStatus::done;
        if (line.size() > limits::header_line_max) return HeadStatus::headers_too_long;
        const auto colon = line.find(':');
        // A continued line (obs-fold) or a line without a colon has no one meaning.
        if (colon == std::string_view::npos) return HeadStatus::malformed;
        if (line.front() == ' ' || line.front() == '\t') {
            if (fields.empty() || trim_blanks(line.substr(0, colon)).find(' ') != line.npos) {
                return HeadStatus::malformed;
            }
        }
        if (fields.size() >= limits::header_fields_max) return HeadStatus::headers_too_long;
        const auto name = line.substr(0, colon);
        fields.push_back({name, trim_blanks(line.substr(colon + 1)), identify(name)});
    }
}

/// The line "METHOD target VERSION". Blanks inside the target are kept, for desync.h.
bool parse_request_line(std::string_view line, RequestHead& head) {
    const auto first = line.find(' ');
    if (first == std::string_view::npos || first == 0) return false;
    head.method = line.substr(0, first);
    const auto rest = line.substr(first + 1);
    auto version = rest.rfind(" HTTP/");
    if (version == std::string_view::npos) return false;
    head.target = rest.substr(0, version);
    head.version = rest.substr(version + 1);
    return !head.target.empty();
}

HeadStatus unfinished_request(std::string_view data) {
    const auto start = std::min(leading_blank_lines(data), data.size());
    const auto line_end = data.find('\n', start);
    if (line_end == std::string_view::npos) {
        return data.size() - start > limits::request_line_max ? HeadStatus::line_too_long
                                                              : HeadStatus::need_more;
    }
    if (line_end - start > limits::request_line_max) return HeadStatus::line_too_long;
    if (data.size() - line_end > limits::request_headers_max) return HeadStatus::headers_too_long;
    return HeadStatus::need_more;
}

bool parse_status_line(std::string_view line, ResponseHead& head) {
    if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') return false;
    head.version = line.substr(0, 8);
    const auto digits = line.substr(9, 3);
    for (const char c : digits) {
        if (c < '0' || c > '9') return false;
    }
    head.status = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
    if (line.size() > 12 && line[12] != ' ') return false;
    head.reason = line.size() > 13 ? line.substr(13) : std::string_view();
    return head.status >= 100;
}

bool response_field_is_sound(const Field& field) {
    return is_token(field.name) &&
           field.value.find_first_of(std::string_view("\0\r", 2)) == std::string_view::npos;
}

template <class Head>
const Field* find_field(const Head& head, FieldId id) {
    for (const Field& field : head.fields) {
        if (field.id == id) return &field;
    }
    return nullptr;
}

}  // namespace

FieldId identify(std::string_view name) {
    for (const Known& known : known_fields) {
        if (known.name.size() == name.size() && (known.name[0] | 0x20) == (name[0] | 0x20) &&
            base::equals_ignore_case(known.name, name)) {
            return known.id;
        }
    }
    return FieldId::other;
}

const Field* RequestHead::find(FieldId id) const { return find_field(*this, id); }
const Field* ResponseHead::find(FieldId id) const { return find_field(*this, id); }

HeadStatus parse_request(std::string_view data, std::size_t& scanned, RequestHead& head) {
    const auto start = leading_blank_lines(data);
    if (start > limits::request_line_max) return HeadStatus::malformed;
    if (scanned < start) scanned = start;
    const auto end = find_end(data, scanned);
    if (end == std::string_view::npos) return unfinished_request(data);
    head.fields.clear();
    head.size = end;
    auto rest = data.substr(start, end - start);
    const auto line = take_line(rest);
    if (line.size() > limits::request_line_max) return HeadStatus::line_too_long;
    if (rest.size() > limits::request_headers_max) return HeadStatus::headers_too_long;
    if (!parse_request_line(line, head)) return HeadStatus::malformed;
    return parse_fields(rest, head.fields);
}

HeadStatus parse_response(std::string_view data, std::size_t& scanned, ResponseHead& head) {
    const auto end = find_end(data, scanned);
    if (end == std::string_view::npos) {
        return data.size() > limits::response_headers_max ? HeadStatus::headers_too_long
                                                          : HeadStatus::need_more;
    }
    if (end > limits::response_headers_max) return HeadStatus::headers_too_long;
    head.fields.clear();
    head.size = end;
    auto rest = data.substr(0, end);
    if (!parse_status_line(take_line(rest), head)) return HeadStatus::malformed;
    const auto status = parse_fields(rest, head.fields);
    if (status != HeadStatus::done) return status;
    const bool sound = std::all_of(head.fields.begin(), head.fields.end(), response_field_is_sound);
    return sound ? HeadStatus::done : HeadStatus::malformed;
}

bool has_token(const std::vector<Field>& fields, FieldId id, std::string_view token) {
    for (const Field& field : fields) {
        if (field.id != id) continue;
        for (auto rest = field.value;;) {
            const auto comma = rest.find(',');
            if (base::equals_ignore_case(trim_blanks(rest.substr(0, comma)), token)) return true;
            if (comma == std::string_view::npos) break;
            rest.remove_prefix(comma + 1);
        }
    }
    return false;
}

std::optional<std::int64_t> parse_length(std::string_view value) {
    constexpr std::size_t digits_max = 18;  // Always within 63 bits.
    if (value.empty() || value.size() > digits_max) return std::nullopt;
    std::int64_t length = 0;
    for (const char c : value) {
        if (c < '0' || c > '9') return std::nullopt;
        length = length * 10 + (c - '0');
    }
    return length;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return token_characters[static_cast<unsigned char>(c)];
    });
}

std::string_view trim_blanks(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

}  // namespace stormglass::lb::http1
