// Numbers as bytes in stored points: little-endian doubles, and counts in seven-bit groups.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace stormglass::cloudwatch {

inline void pack(std::string& to, double value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    to.append(bytes, sizeof value);
}

/// Zero when bytes are missing: what is stored was sealed, so that it is never half there.
inline double unpack_double(std::string_view& from) {
    double value = 0;
    if (from.size() < sizeof value) return value;
    std::memcpy(&value, from.data(), sizeof value);
    from.remove_prefix(sizeof value);
    return value;
}

inline void pack(std::string& to, std::uint64_t value) {
    constexpr std::uint64_t group = 0x7f, more = 0x80;
    constexpr int group_bits = 7;
    while (value > group) {
        to += static_cast<char>((value & group) | more);
        value >>= group_bits;
    }
    to += static_cast<char>(value);
}

inline std::uint64_t unpack_integer(std::string_view& from) {
    constexpr unsigned char group = 0x7f, more = 0x80;
    constexpr int group_bits = 7, bits_max = 63;
    std::uint64_t value = 0;
    for (int shift = 0; !from.empty() && shift <= bits_max; shift += group_bits) {
        const auto byte = static_cast<unsigned char>(from.front());
        from.remove_prefix(1);
        value |= static_cast<std::uint64_t>(byte & group) << shift;
        if ((byte & more) == 0) break;
    }
    return value;
}

}  // namespace stormglass::cloudwatch
