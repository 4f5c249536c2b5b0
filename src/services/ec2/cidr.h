// IPv4 blocks: the arithmetic of VPCs and subnets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stormglass::ec2 {

struct Cidr {
    std::uint32_t base = 0;  // Host bits are zero.
    int prefix = 0;

    std::uint64_t size() const { return std::uint64_t{1} << (32 - prefix); }
    bool contains(std::uint32_t address) const { return (address ^ base) < size(); }
    bool contains(const Cidr& other) const {
        return prefix <= other.prefix && contains(other.base);
    }
    bool overlaps(const Cidr& other) const { return contains(other.base) || other.contains(base); }
    std::string text() const;
    bool operator==(const Cidr&) const = default;
};

/// Host bits are cleared, as AWS does ("10.0.0.7/24" is 10.0.0.0/24).
std::optional<Cidr> parse_cidr(std::string_view text);
std::optional<std::uint32_t> parse_address(std::string_view text);
std::string address_text(std::uint32_t address);
/// Any IPv6 block in its plain form, or nothing.
std::optional<std::string> parse_cidr6(std::string_view text);

}  // namespace stormglass::ec2
