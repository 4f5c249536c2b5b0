// IPv4 addresses and blocks as numbers: what netlink and the rule generator compute with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace stormglass::substrate::netns {

/// An address in host byte order.
struct Address {
    std::uint32_t value = 0;
    auto operator<=>(const Address&) const = default;
};

/// A block: `address` may have host bits (an interface's address with its subnet's length).
struct Block {
    Address address;
    int prefix = 32;
    auto operator<=>(const Block&) const = default;

    std::uint32_t mask() const { return prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix); }
    /// The block's first address plus `offset`: base(1) is a subnet's gateway on AWS.
    Address base(std::uint32_t offset = 0) const {
        return Address{(address.value & mask()) + offset};
    }
    bool contains(Address other) const { return (other.value & mask()) == base().value; }
};

/// Strict dotted quad.
Result<Address> parse_address(std::string_view text);
/// "a.b.c.d/n"; host bits are cleared.
Result<Block> parse_block(std::string_view text);
std::string to_string(Address address);
std::string to_string(Block block);

}  // namespace stormglass::substrate::netns
