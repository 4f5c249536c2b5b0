// The ciphertext blob that callers keep: it names its key and the generation of its material, so
// that Decrypt needs nothing else. The layout is ours; AWS does not publish its own.
//
//   1 byte format | 16 bytes key id | 4 bytes generation, big-endian | nonce, ciphertext, tag
//
// Header and encryption context are the associated data: a change to either does not decrypt.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace stormglass::kms {

using EncryptionContext = std::map<std::string, std::string>;

struct EnvelopeHeader {
    std::string key_id;
    std::uint32_t generation = 0;
};

std::string seal_envelope(const EnvelopeHeader& header, std::string_view material,
                          std::string_view plain, const EncryptionContext& context,
                          base::Random& random);
/// InvalidCiphertextException if the blob is none of ours.
Result<EnvelopeHeader> read_envelope_header(std::string_view blob);
/// InvalidCiphertextException if blob or context were changed.
Result<std::string> open_envelope(std::string_view blob, std::string_view material,
                                  const EncryptionContext& context);

}  // namespace stormglass::kms
