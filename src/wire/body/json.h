// The JSON body of AWS JSON 1.0/1.1, read with simdjson and written straight to text.
#pragma once

#include <string>
#include <string_view>

#include "wire/body/problems.h"

namespace stormglass::wire::body {

inline constexpr int depth_max = 64;  // DynamoDB documents nest 32 deep.

/// Reads `text` into the structure at `object`. A malformed document is an error
/// (SerializationException); what is merely out of bounds goes to `problems`.
Result<void> read_json(std::string_view text, const Shape& shape, void* object, Problems& problems);
/// Top-level lists are always written, also when empty: clients index into them.
std::string write_json(const Shape& shape, const void* object);
/// What is stored is answered again, in JSON and XML, where bytes that are not UTF-8 would spoil the whole
/// document: every reader refuses them.
bool is_utf8(std::string_view text);
/// Appends `text` quoted and escaped.
void append_json_string(std::string& to, std::string_view text);

}  // namespace stormglass::wire::body
