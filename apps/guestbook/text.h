// Text from and for the outside: escaping, form decoding, UTF-8 checks, UUIDs.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace guestbook {

/// Safe inside HTML text and inside quoted attributes.
std::string html_escape(std::string_view text);

/// Percent-decoding where '+' is a space; nothing if an escape is malformed.
std::optional<std::string> form_decode(std::string_view text);

/// application/x-www-form-urlencoded; the last of equal names wins; nothing if malformed.
std::optional<std::map<std::string, std::string>> parse_form(std::string_view body);

/// The number of code points, or nothing if `text` is not valid UTF-8 (RFC 3629).
std::optional<std::size_t> utf8_length(std::string_view text);

/// True for control characters other than tab and line breaks.
bool has_control_characters(std::string_view text);

std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);

/// A random (version 4) UUID, from the kernel's generator.
std::string new_uuid();
/// 8-4-4-4-12 lower-case hexadecimal digits.
bool is_uuid(std::string_view text);

}  // namespace guestbook
