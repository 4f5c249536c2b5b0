// The little JSON this application speaks: it writes strings and reads flat objects of strings.
// A JSON library would be the largest part of the program.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace guestbook {

/// A quoted JSON string; bytes that are not UTF-8 come out as U+FFFD.
std::string json_string(std::string_view text);

/// An object whose members are all strings (RFC 8259), or nothing: also for unequal braces,
/// numbers, nesting, bytes after the end, a name given twice.
std::optional<std::map<std::string, std::string>> parse_flat_json(std::string_view text);

}  // namespace guestbook
