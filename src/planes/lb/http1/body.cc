#include "planes/lb/http1/body.h"

#include <algorithm>
#include <charconv>

#include "base/strings.h"
#include "planes/lb/limits.h"

namespace stormglass::lb::http1 {
namespace {

constexpr std::size_t chunk_size_digits_max = 15;

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// The size at the start of a chunk's line, or -1.
std::int64_t chunk_size(std::string_view line) {
    std::int64_t size = 0;
    std::size_t digits = 0;
    while (digits < line.size() && hex_value(line[digits]) >= 0) {
        if (digits == chunk_size_digits_max) return -1;
        size = size * 16 + hex_value(line[digits++]);
    }
    const auto rest = trim_blanks(line.substr(digits));
    return digits > 0 && (rest.empty() || rest.front() == ';') ? size : -1;
}

constexpr BodyReader::Piece bad_piece{.consumed = 0, .payload = {}, .bad = true};

}  // namespace

void BodyReader::start(Framing framing, std::int64_t length) {
    framing_ = framing;
    step_ = Step::size;
    left_ = length;
    trailer_bytes_ = 0;
    finished_ = framing == Framing::none || (framing == Framing::length && length == 0);
}

BodyReader::Piece BodyReader::next(std::string_view input) {
    if (finished_ || input.empty()) return {};
    if (framing_ == Framing::until_close) return {input.size(), input};
    if (framing_ == Framing::chunked) return next_chunked(input);
    const auto size = std::min<std::size_t>(input.size(), static_cast<std::size_t>(left_));
    left_ -= static_cast<std::int64_t>(size);
    finished_ = left_ == 0;
    return {size, input.substr(0, size)};
}

BodyReader::Piece BodyReader::next_chunked(std::string_view input) {
    switch (step_) {
        case Step::size:
            return take_size_line(input);
        case Step::data: {
            const auto size = std::min<std::size_t>(input.size(), static_cast<std::size_t>(left_));
            left_ -= static_cast<std::int64_t>(size);
            if (left_ == 0) step_ = Step::data_end;
            return {size, input.substr(0, size)};
        }
        case Step::data_end:
            return take_data_end(input);
        case Step::trailers:
            return take_trailer(input);
    }
    return bad_piece;
}

BodyReader::Piece BodyReader::take_size_line(std::string_view input) {
    const auto newline = input.find('\n');
    if (newline == std::string_view::npos) {
        return input.size() > limits::chunk_line_max ? bad_piece : Piece{};
    }
    if (newline > limits::chunk_line_max) return bad_piece;
    // A bare LF is where chunked parsers disagree most: only CRLF will do.
    if (newline == 0 || input[newline - 1] != '\r') return bad_piece;
    left_ = chunk_size(input.substr(0, newline - 1));
    if (left_ < 0) return bad_piece;
    step_ = left_ == 0 ? Step::trailers : Step::data;
    return {newline + 1, {}};
}

BodyReader::Piece BodyReader::take_data_end(std::string_view input) {
    if (input[0] != '\r' || (input.size() > 1 && input[1] != '\n')) return bad_piece;
    if (input.size() < 2) return {};
    step_ = Step::size;
    return {2, {}};
}

BodyReader::Piece BodyReader::take_trailer(std::string_view input) {
    const auto newline = input.find('\n');
    const auto seen = newline == std::string_view::npos ? input.size() : newline + 1;
    if (trailer_bytes_ + seen > limits::trailers_max) return bad_piece;
    if (newline == std::string_view::npos) return {};
    trailer_bytes_ += seen;
    if (newline == 0 || (newline == 1 && input[0] == '\r')) finished_ = true;
    return {newline + 1, {}};
}

bool BodyReader::end_at_close() {
    if (framing_ == Framing::until_close) finished_ = true;
    return finished_;
}

BodyFraming request_framing(const RequestHead& head) {
    bool chunked = false;
    std::optional<std::int64_t> length;
    for (const Field& field : head.fields) {
        if (field.id == FieldId::transfer_encoding) {
            if (base::equals_ignore_case(field.value, "chunked")) {
                chunked = true;
            } else if (!field.value.empty() && !base::equals_ignore_case(field.value, "identity")) {
                return {.bad = true};
            }
        } else if (field.id == FieldId::content_length) {
            const auto value = parse_length(field.value);
            if (!value || (length && *length != *value)) return {.bad = true};
            length = value;
        }
    }
    if (chunked) return {Framing::chunked};
    if (length && *length > 0) return {Framing::length, *length};
    return {};
}

BodyFraming response_framing(const ResponseHead& head, AnsweredMethod method) {
    const bool without_body = method == AnsweredMethod::head || head.status < 200 ||
                              head.status == 204 || head.status == 304;
    bool coded = false;
    bool chunked = false;
    std::optional<std::int64_t> length;
    for (const Field& field : head.fields) {
        if (field.id == FieldId::transfer_encoding) {
            coded = !base::equals_ignore_case(field.value, "identity");
            chunked = chunked || base::equals_ignore_case(field.value, "chunked");
        } else if (field.id == FieldId::content_length) {
            const auto value = parse_length(field.value);
            if (!value || (length && *length != *value)) return {.bad = true};
            length = value;
        }
    }
    if (coded && length && !without_body) return {.bad = true};  // Response smuggling.
    if (without_body) return {};
    if (chunked) return {Framing::chunked};
    if (coded) return {.bad = true};
    if (length) return {Framing::length, *length};
    return {Framing::until_close};
}

std::string_view chunk_opening(std::size_t size, char (&space)[24]) {
    auto* end = std::to_chars(space, space + sizeof space - 2, size, 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    return {space, static_cast<std::size_t>(end - space)};
}

}  // namespace stormglass::lb::http1
