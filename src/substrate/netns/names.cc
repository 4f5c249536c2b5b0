// Hashing ids into link names; stamps to and from link aliases.
#include "substrate/netns/names.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace stormglass::substrate::netns {
namespace {

constexpr std::uint64_t fnv_offset = 14695981039346656037ull;
constexpr std::uint64_t fnv_prime = 1099511628211ull;
constexpr std::size_t stamp_parts = 6;

}  // namespace

std::string link_name(char letter, std::string_view id) {
    std::uint64_t hash = fnv_offset;
    for (const char each : id) hash = (hash ^ static_cast<unsigned char>(each)) * fnv_prime;
    return fmt::format("{}{:012x}", letter, hash >> 16);
}

std::string LinkStamp::to_alias() const {
    return fmt::format("{} {} {} {} {} {}", id, attachment, device,
                       netns::to_string(address.address), address.prefix, mac);
}

std::optional<LinkStamp> LinkStamp::from_alias(const std::string& alias) {
    const auto parts = base::split(alias, ' ');
    if (parts.size() != stamp_parts) return std::nullopt;
    const auto address = parse_address(parts[3]);
    const auto prefix = base::parse_integer(parts[4]);
    if (!address || !prefix) return std::nullopt;
    return LinkStamp{parts[0], parts[1], parts[2], {*address, static_cast<int>(*prefix)}, parts[5]};
}

}  // namespace stormglass::substrate::netns
