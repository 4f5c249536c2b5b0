// A VpcSpec checked and understood: every address parsed, every reference resolved. Both the rules
// and the links are made from this, so that nothing unchecked ever reaches the kernel.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "substrate/netns/ipv4.h"
#include "substrate/network.h"

namespace stormglass::substrate::netns {

/// Limits on one VPC; each far above AWS's own default quota.
inline constexpr std::size_t interfaces_max = 4096;
inline constexpr std::size_t rules_max = 20000;  // Group rules and ACL entries together.
inline constexpr std::size_t id_length_max = 64;

struct PlannedRoute {
    Block destination;
    RouteTarget target = RouteTarget::blackhole;
    Address nat_address;  // nat_gateway: the gateway's public address.
};
struct PlannedSubnet {
    std::string id, acl_id;
    Block block;
    std::vector<PlannedRoute> routes;  // Longest prefix first.
    bool leads_to_internet = false;    // Some route's target is the internet gateway.
    std::string zone;
};
struct PlannedInterface {
    const InterfaceSpec* spec = nullptr;
    const PlannedSubnet* subnet = nullptr;
    std::string link;  // Router end.
    Address address;
    std::optional<Address> public_address;  // Only if internet traffic may use it.
};
/// Points into the VpcSpec it was made from, which must outlive it.
struct VpcPlan {
    const VpcSpec* spec = nullptr;
    std::vector<Block> blocks;
    std::map<std::string, PlannedSubnet> subnets;
    std::vector<PlannedInterface> interfaces;

    VpcPlan() = default;
    VpcPlan(VpcPlan&&) = default;
    VpcPlan(const VpcPlan&) = delete;
};

/// Fails with Domain::config and a sentence naming the first thing wrong.
Result<VpcPlan> plan_vpc(const VpcSpec& spec);

/// Letters, digits, '-', '_' and '.', not starting with a dot, at most id_length_max.
Result<void> check_id(const std::string& id);

}  // namespace stormglass::substrate::netns
