// The fuzz targets, callable from the unit test's smoke run and from libFuzzer alike.
#pragma once

#include <string_view>

namespace stormglass::wire::sigv4 {

/// Parses and verifies a request made of `input`'s lines; must neither crash nor accept it.
void fuzz_credential(std::string_view input);
/// Decodes `input` as aws-chunked data, in pieces whose sizes `input` chooses.
void fuzz_chunks(std::string_view input);

}  // namespace stormglass::wire::sigv4
