// Digests, MACs and authenticated encryption, over OpenSSL's libcrypto.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace stormglass::base {

/// Raw digests (not hex): 32, 16, 20 bytes.
std::string sha256(std::string_view data);
std::string md5(std::string_view data);
std::string sha1(std::string_view data);
std::string hmac_sha256(std::string_view key, std::string_view data);
/// In constant time.
bool secure_equals(std::string_view a, std::string_view b);

/// AES-256-GCM (NIST SP 800-38D): returns 12-byte nonce, ciphertext, 16-byte tag. `key` is 32 bytes.
std::string seal(std::string_view key, std::string_view plain, std::string_view associated,
                 Random& random);
/// Opens what seal() made; fails on any change to it, to the key or to `associated`.
Result<std::string> open_sealed(std::string_view key, std::string_view sealed,
                                std::string_view associated);

}  // namespace stormglass::base
