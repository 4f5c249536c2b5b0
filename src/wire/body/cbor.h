// The CBOR body (RFC 8949) of Smithy's rpc-v2-cbor protocol, which the newest SDKs speak to
// CloudWatch.
#pragma once

#include <string>
#include <string_view>

#include "wire/body/problems.h"

namespace stormglass::wire::body {

Result<void> read_cbor(std::string_view bytes, const Shape& shape, void* object,
                       Problems& problems);
std::string write_cbor(const Shape& shape, const void* object);
/// Appends a text string, for error documents.
void append_cbor_string(std::string& to, std::string_view text);

}  // namespace stormglass::wire::body
