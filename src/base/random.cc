#include "base/random.h"

#include <openssl/rand.h>

#include <cstring>

#include "base/check.h"

namespace stormglass::base {
namespace {
constexpr char hex_digits[] = "0123456789abcdef";
}

std::string Random::bytes(std::size_t size) {
    std::string out(size, '\0');
    fill(out.data(), size);
    return out;
}

std::string Random::hex(std::size_t digits) {
    std::string out = bytes(digits);
    for (char& c : out) c = hex_digits[static_cast<unsigned char>(c) & 15U];
    return out;
}

std::string Random::pick(std::size_t length, std::string_view alphabet) {
    CHECK(!alphabet.empty());
    std::string out(length, '\0');
    for (char& c : out) c = alphabet[below(alphabet.size())];
    return out;
}

std::uint64_t Random::below(std::uint64_t bound) {
    CHECK(bound > 0);
    // Rejection keeps the result uniform; with bounds far below 2^64 it all but never loops.
    const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
    for (;;) {
        std::uint64_t value = 0;
        fill(&value, sizeof value);
        if (value < limit) return value % bound;
    }
}

std::string Random::uuid() {
    std::string h = hex(32);
    h[12] = '4';
    h[16] = "89ab"[below(4)];
    return h.substr(0, 8) + '-' + h.substr(8, 4) + '-' + h.substr(12, 4) + '-' + h.substr(16, 4) +
           '-' + h.substr(20);
}

void SystemRandom::fill(void* to, std::size_t size) {
    CHECK(RAND_bytes(static_cast<unsigned char*>(to), static_cast<int>(size)) == 1);
}

void SeededRandom::fill(void* to, std::size_t size) {
    const std::lock_guard lock(mutex_);
    auto* out = static_cast<unsigned char*>(to);
    while (size > 0) {
        const std::uint64_t word = engine_();
        const std::size_t part = std::min(size, sizeof word);
        std::memcpy(out, &word, part);
        out += part;
        size -= part;
    }
}

}  // namespace stormglass::base
