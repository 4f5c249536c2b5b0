#include "services/kms/envelope.h"

#include "api/kms.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/strings.h"

namespace stormglass::kms {
namespace {

constexpr char format = 1;
constexpr std::size_t id_bytes = 16, generation_bytes = 4;
constexpr std::size_t header_bytes = 1 + id_bytes + generation_bytes;

std::string big_endian(std::uint32_t number) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) {
        bytes += static_cast<char>((number >> shift) & 0xff);
    }
    return bytes;
}

std::string encode(const EnvelopeHeader& header) {
    std::string hex;
    for (const char c : header.key_id) {
        if (c != '-') hex += c;
    }
    const auto id = base::hex_decode(hex);
    CHECK(id && id->size() == id_bytes);
    return std::string(1, format) + *id + big_endian(header.generation);
}

/// Lengths before texts, so that no two contexts have the same bytes.
std::string associated_data(std::string_view header, const EncryptionContext& context) {
    std::string data(header);
    for (const auto& [key, value] : context) {
        data += big_endian(static_cast<std::uint32_t>(key.size())) + key;
        data += big_endian(static_cast<std::uint32_t>(value.size())) + value;
    }
    return data;
}

}  // namespace

std::string seal_envelope(const EnvelopeHeader& header, std::string_view material,
                          std::string_view plain, const EncryptionContext& context,
                          base::Random& random) {
    const std::string head = encode(header);
    return head + base::seal(material, plain, associated_data(head, context), random);
}

Result<EnvelopeHeader> read_envelope_header(std::string_view blob) {
    if (blob.size() <= header_bytes || blob[0] != format) return api::invalid_ciphertext("");
    EnvelopeHeader header;
    header.key_id = base::hex_encode(blob.substr(1, id_bytes));
    for (const std::size_t dash : {8, 13, 18, 23}) header.key_id.insert(dash, 1, '-');
    for (const char c : blob.substr(1 + id_bytes, generation_bytes)) {
        header.generation = header.generation << 8 | static_cast<unsigned char>(c);
    }
    return header;
}

Result<std::string> open_envelope(std::string_view blob, std::string_view material,
                                  const EncryptionContext& context) {
    const std::string_view head = blob.substr(0, header_bytes);
    auto plain =
        base::open_sealed(material, blob.substr(head.size()), associated_data(head, context));
    if (!plain) return api::invalid_ciphertext("");
    return plain;
}

}  // namespace stormglass::kms
