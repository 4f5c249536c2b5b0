// The checksums of S3: computed while bytes pass, combined for objects uploaded in parts.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace stormglass::s3 {

/// One running digest. finish() is called once.
class Digest {
public:
    virtual ~Digest() = default;
    virtual void update(std::string_view bytes) = 0;
    virtual std::string finish() = 0;  // Raw bytes, big-endian for CRCs.
};

/// "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "MD5"; null for others.
std::unique_ptr<Digest> make_digest(std::string_view algorithm);
std::size_t digest_size(std::string_view algorithm);
bool is_crc(std::string_view algorithm);
/// The CRC of a text from the CRCs of its two halves; `second_size` in bytes. All raw.
std::string combine_crc(std::string_view algorithm, std::string_view first,
                        std::string_view second, std::uint64_t second_size);

}  // namespace stormglass::s3
