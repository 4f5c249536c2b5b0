// Small text helpers that the standard library lacks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace stormglass::base {

std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
std::string_view trim(std::string_view text);
/// Parts between separators; empty parts are kept. "" gives one empty part.
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
bool equals_ignore_case(std::string_view a, std::string_view b);
/// AWS's wildcards: `*` any run, `?` any one character. Case-sensitive.
bool wildcard_match(std::string_view pattern, std::string_view text);

std::string hex_encode(std::string_view bytes);
Result<std::string> hex_decode(std::string_view text);
std::string base64_encode(std::string_view bytes);
/// Strict RFC 4648 with padding; line breaks are an error.
Result<std::string> base64_decode(std::string_view text);
/// RFC 3986 percent-encoding of all but unreserved characters; '/' is kept if `keep_slash`.
enum class Slash { encode, keep };
std::string uri_encode(std::string_view text, Slash slash = Slash::encode);
/// Percent-decoding; '+' becomes a space only for form data.
enum class Plus { literal, space };
std::string uri_decode(std::string_view text, Plus plus = Plus::literal);
Result<long long> parse_integer(std::string_view text);

}  // namespace stormglass::base
