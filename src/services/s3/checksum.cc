#include "services/s3/checksum.h"

#include <openssl/evp.h>

#include <array>
#include <optional>

namespace stormglass::s3 {
namespace {

/// A reflected CRC of up to 64 bits, all ones before and after.
struct CrcKind {
    std::string_view name;
    int bits;
    std::uint64_t polynomial;  // Reflected.
    std::uint64_t mask() const { return bits == 64 ? ~0ULL : (1ULL << bits) - 1; }
};
constexpr std::array crc_kinds{CrcKind{"CRC32", 32, 0xEDB88320ULL},
                               CrcKind{"CRC32C", 32, 0x82F63B78ULL},
                               CrcKind{"CRC64NVME", 64, 0x9A6C9329AC4BC9B5ULL}};
constexpr int slices = 8;
using Tables = std::array<std::array<std::uint64_t, 256>, slices>;

const CrcKind* find_crc(std::string_view name) {
    for (const auto& kind : crc_kinds) {
        if (kind.name == name) return &kind;
    }
    return nullptr;
}

Tables make_tables(const CrcKind& kind) {
    Tables tables{};
    for (std::uint64_t byte = 0; byte < 256; ++byte) {
        std::uint64_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) ? (crc >> 1) ^ kind.polynomial : crc >> 1;
        tables[0][byte] = crc;
    }
    for (std::size_t slice = 1; slice < slices; ++slice) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint64_t before = tables[slice - 1][byte];
            tables[slice][byte] = (before >> 8) ^ tables[0][before & 0xFF];
        }
    }
    return tables;
}

const Tables& tables_of(const CrcKind& kind) {
    static const std::array<Tables, crc_kinds.size()> all{
        make_tables(crc_kinds[0]), make_tables(crc_kinds[1]), make_tables(crc_kinds[2])};
    return all[static_cast<std::size_t>(&kind - crc_kinds.data())];
}

std::string to_bytes(const CrcKind& kind, std::uint64_t crc) {
    std::string bytes;
    for (int shift = kind.bits - 8; shift >= 0; shift -= 8) {
        bytes += static_cast<char>(crc >> shift);
    }
    return bytes;
}

std::uint64_t from_bytes(std::string_view bytes) {
    std::uint64_t crc = 0;
    for (const char c : bytes) crc = crc << 8 | static_cast<unsigned char>(c);
    return crc;
}

class Crc final : public Digest {
public:
    explicit Crc(const CrcKind& kind) : kind_(kind), tables_(tables_of(kind)), crc_(kind.mask()) {}

    /// Eight bytes a step (Kounavis and Berry's slicing).
    void update(std::string_view bytes) override {
        const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
        std::size_t left = bytes.size();
        for (; left >= slices; left -= slices, at += slices) {
            std::uint64_t word = 0;
            __builtin_memcpy(&word, at, sizeof word);
            word ^= crc_;
            crc_ = 0;
            for (std::size_t i = 0; i < slices; ++i) {
                crc_ ^= tables_[slices - 1 - i][(word >> (8 * i)) & 0xFF];
            }
        }
        for (; left > 0; --left, ++at) crc_ = (crc_ >> 8) ^ tables_[0][(crc_ ^ *at) & 0xFF];
    }
    std::string finish() override { return to_bytes(kind_, crc_ ^ kind_.mask()); }

private:
    const CrcKind& kind_;
    const Tables& tables_;
    std::uint64_t crc_;
};

class Evp final : public Digest {
public:
    explicit Evp(const EVP_MD* md) : context_(EVP_MD_CTX_new()) {
        EVP_DigestInit_ex(context_, md, nullptr);
    }
    ~Evp() override { EVP_MD_CTX_free(context_); }
    Evp(const Evp&) = delete;
    Evp& operator=(const Evp&) = delete;
    void update(std::string_view bytes) override {
        EVP_DigestUpdate(context_, bytes.data(), bytes.size());
    }
    std::string finish() override {
        std::string raw(EVP_MAX_MD_SIZE, '\0');
        unsigned size = 0;
        EVP_DigestFinal_ex(context_, reinterpret_cast<unsigned char*>(raw.data()), &size);
        raw.resize(size);
        return raw;
    }

private:
    EVP_MD_CTX* context_;
};

/// a * b modulo the polynomial, bits reflected (the highest bit is x^0).
std::uint64_t multiply(const CrcKind& kind, std::uint64_t a, std::uint64_t b) {
    const std::uint64_t top = 1ULL << (kind.bits - 1);
    std::uint64_t product = 0;
    for (std::uint64_t bit = top; bit != 0; bit >>= 1) {
        if (a & bit) product ^= b;
        b = (b & 1) ? (b >> 1) ^ kind.polynomial : b >> 1;
    }
    return product;
}

/// x to the power of `exponent`, modulo the polynomial.
std::uint64_t power(const CrcKind& kind, std::uint64_t exponent) {
    const std::uint64_t one = 1ULL << (kind.bits - 1);
    std::uint64_t result = one, square = one >> 1;
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1) result = multiply(kind, result, square);
        square = multiply(kind, square, square);
    }
    return result;
}

}  // namespace

std::unique_ptr<Digest> make_digest(std::string_view algorithm) {
    if (const CrcKind* kind = find_crc(algorithm)) return std::make_unique<Crc>(*kind);
    if (algorithm == "SHA1") return std::make_unique<Evp>(EVP_sha1());
    if (algorithm == "SHA256") return std::make_unique<Evp>(EVP_sha256());
    if (algorithm == "MD5") return std::make_unique<Evp>(EVP_md5());
    return nullptr;
}

std::size_t digest_size(std::string_view algorithm) {
    if (const CrcKind* kind = find_crc(algorithm)) return static_cast<std::size_t>(kind->bits / 8);
    return algorithm == "SHA1" ? 20 : algorithm == "SHA256" ? 32 : 16;
}

bool is_crc(std::string_view algorithm) { return find_crc(algorithm) != nullptr; }

std::string combine_crc(std::string_view algorithm, std::string_view first,
                        std::string_view second, std::uint64_t second_size) {
    const CrcKind& kind = *find_crc(algorithm);
    // Moving the first text's remainder past the second is a multiplication by x^(8 * size).
    const std::uint64_t shift = power(kind, second_size * 8);
    return to_bytes(kind, multiply(kind, from_bytes(first), shift) ^ from_bytes(second));
}

}  // namespace stormglass::s3
