// Reading and writing of IPv4 addresses and blocks.
#include "substrate/netns/ipv4.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/strings.h"

namespace stormglass::substrate::netns {

Result<Address> parse_address(std::string_view text) {
    in_addr parsed{};
    if (inet_pton(AF_INET, std::string(text).c_str(), &parsed) != 1)
        return fail(Domain::config, "BadAddress", fmt::format("\"{}\" is no IPv4 address", text));
    return Address{ntohl(parsed.s_addr)};
}

Result<Block> parse_block(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos)
        return fail(Domain::config, "BadBlock", fmt::format("\"{}\" is no IPv4 block", text));
    const Address address = TRY(parse_address(text.substr(0, slash)));
    const long long prefix = TRY(base::parse_integer(text.substr(slash + 1)));
    if (prefix < 0 || prefix > 32)
        return fail(Domain::config, "BadBlock", fmt::format("\"{}\" is no IPv4 block", text));
    Block block{address, static_cast<int>(prefix)};
    block.address = block.base();
    return block;
}

std::string to_string(Address address) {
    const auto v = address.value;
    return fmt::format("{}.{}.{}.{}", v >> 24, v >> 16 & 255, v >> 8 & 255, v & 255);
}

std::string to_string(Block block) {
    return fmt::format("{}/{}", to_string(block.address), block.prefix);
}

}  // namespace stormglass::substrate::netns
