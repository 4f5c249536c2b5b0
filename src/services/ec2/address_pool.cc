#include "services/ec2/address_pool.h"

#include <set>

#include "services/ec2/cidr.h"

namespace stormglass::ec2 {
namespace {

constexpr std::uint64_t reserved_first = 4;  // Network, router, resolver, future use.
constexpr std::uint64_t reserved_last = 1;   // Broadcast.
/// substrate::well_known::public_pool, then where it grows.
constexpr const char* public_blocks[] = {"203.0.113.0/24", "198.51.100.0/24"};

Result<std::set<std::uint32_t>> used_in(wire::Request& request, const Subnet& subnet) {
    std::set<std::uint32_t> used;
    for (const auto& one : TRY(all(request, interfaces))) {
        if (one.subnet_id == subnet.id) used.insert(parse_address(one.address).value_or(0));
    }
    return used;
}

Result<std::string> check_wanted(const Subnet& subnet, const std::set<std::uint32_t>& used,
                                 const std::string& wanted) {
    const Cidr block = *parse_cidr(subnet.cidr);
    const auto address = parse_address(wanted);
    if (!address || !block.contains(*address)) {
        return aws_error("InvalidParameterValue",
                         "Address does not fall within the subnet's address range");
    }
    const std::uint64_t offset = *address - block.base;
    if (offset < reserved_first || offset >= block.size() - reserved_last) {
        return aws_error("InvalidParameterValue", "Address is in subnet's reserved address range");
    }
    if (used.contains(*address)) {
        return aws_error("InvalidIPAddress.InUse", fmt::format("Address {} is in use.", wanted));
    }
    return wanted;
}

}  // namespace

Result<std::string> take_private_address(wire::Request& request, base::Random& random,
                                         const Subnet& subnet, const std::string& wanted) {
    const auto used = TRY(used_in(request, subnet));
    if (!wanted.empty()) return check_wanted(subnet, used, wanted);
    const Cidr block = *parse_cidr(subnet.cidr);
    const std::uint64_t usable = block.size() - reserved_first - reserved_last;
    // From a random place on: an address just given up is not handed out again at once.
    const std::uint64_t start = random.below(usable);
    for (std::uint64_t i = 0; i < usable; ++i) {
        const auto address =
            static_cast<std::uint32_t>(block.base + reserved_first + (start + i) % usable);
        if (!used.contains(address)) return address_text(address);
    }
    return aws_error("InsufficientFreeAddressesInSubnet",
                     fmt::format("There are not enough free addresses in subnet '{}' to satisfy "
                                 "the requested number of instances.", subnet.id));
}

Result<std::string> take_public_address(wire::Request& request, base::Random& random,
                                        const std::string& holder) {
    for (const char* text : public_blocks) {
        const Cidr block = *parse_cidr(text);
        const std::uint64_t usable = block.size() - 2;
        const std::uint64_t start = random.below(usable);
        for (std::uint64_t i = 0; i < usable; ++i) {
            const std::string address =
                address_text(static_cast<std::uint32_t>(block.base + 1 + (start + i) % usable));
            if (TRY(public_addresses.contains(request.tx(), {address}))) continue;
            public_addresses.put(request.tx(), {address},
                                 {request.account, request.region, holder});
            return address;
        }
    }
    return aws_error("InsufficientAddressCapacity",
                     "There are not enough free public addresses under glass.");
}

void give_back_public_address(wire::Request& request, const std::string& address) {
    public_addresses.erase(request.tx(), {address});
}

}  // namespace stormglass::ec2
