#include "services/ec2/cidr.h"

#include <arpa/inet.h>

#include "base/strings.h"

namespace stormglass::ec2 {
namespace {

std::optional<std::pair<std::string, int>> split_prefix(std::string_view text, int bits) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto prefix = base::parse_integer(text.substr(slash + 1));
    if (!prefix || *prefix < 0 || *prefix > bits) return std::nullopt;
    return std::pair{std::string(text.substr(0, slash)), static_cast<int>(*prefix)};
}

}  // namespace

std::optional<std::uint32_t> parse_address(std::string_view text) {
    in_addr address{};
    if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
    return ntohl(address.s_addr);
}

std::string address_text(std::uint32_t address) {
    return fmt::format("{}.{}.{}.{}", address >> 24, (address >> 16) & 255, (address >> 8) & 255,
                       address & 255);
}

std::string Cidr::text() const { return address_text(base) + "/" + std::to_string(prefix); }

std::optional<Cidr> parse_cidr(std::string_view text) {
    const auto parts = split_prefix(text, 32);
    if (!parts) return std::nullopt;
    const auto address = parse_address(parts->first);
    if (!address) return std::nullopt;
    Cidr cidr{0, parts->second};
    cidr.base = static_cast<std::uint32_t>(*address & ~(cidr.size() - 1));
    return cidr;
}

std::optional<std::string> parse_cidr6(std::string_view text) {
    const auto parts = split_prefix(text, 128);
    if (!parts) return std::nullopt;
    in6_addr address{};
    if (inet_pton(AF_INET6, parts->first.c_str(), &address) != 1) return std::nullopt;
    char plain[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, &address, plain, sizeof plain);
    return fmt::format("{}/{}", plain, parts->second);
}

}  // namespace stormglass::ec2
