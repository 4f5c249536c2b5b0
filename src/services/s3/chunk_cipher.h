// One chunk of an object's file, sealed. The nonce is the chunk's number: every file has a key of
// its own, and each number is used once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace stormglass::s3 {

inline constexpr std::size_t chunk_tag_size = 16;

std::string seal_chunk(std::string_view key, std::uint64_t number, std::string_view plain);
Result<std::string> open_chunk(std::string_view key, std::uint64_t number, std::string_view sealed);

}  // namespace stormglass::s3
