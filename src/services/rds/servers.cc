#include "services/rds/servers.h"

#include <algorithm>
#include <set>

#include "base/strings.h"
#include "services/rds/common.h"

namespace stormglass::rds {
namespace {

constexpr int backplane_hosts = 250;  // Of each 100.64.x.0/24.

/// The lowest address that no server of any account has.
Result<std::string> free_backplane_address(store::Tx& tx, const Instance& instance) {
    std::set<std::string> taken;
    const auto add = [&](const Instance& each) {
        for (const auto& server : each.servers) taken.insert(server.backplane_address);
    };
    TRY(instances.scan(tx, {}, [&](Instance& each) { add(each); }));
    add(instance);
    for (int n = 0;; ++n) {
        auto address =
            fmt::format("100.64.{}.{}", n / backplane_hosts, n % backplane_hosts + 1);
        if (!taken.contains(address)) return address;
    }
}

/// A subnet in a zone that the instance does not stand in; which of several is left to chance.
Result<GroupSubnet> pick_subnet(base::Random& random, const SubnetGroup& group,
                                const std::string& zone, const Instance& instance) {
    std::vector<GroupSubnet> free;
    for (const auto& subnet : group.subnets) {
        const bool taken = std::any_of(
            instance.servers.begin(), instance.servers.end(),
            [&](const Server& server) { return !server.retired && server.zone == subnet.zone; });
        if (!taken && (zone.empty() || subnet.zone == zone)) free.push_back(subnet);
    }
    if (!free.empty()) return free[random.below(free.size())];
    return api::invalid_vpc_network_state(fmt::format(
        "Availability zone '{}' is unavailable in this region, or the DB subnet group {} has no "
        "subnet there.",
        zone, group.name));
}

std::uint32_t next_number(const Instance& instance) {
    std::uint32_t highest = 0;
    for (const auto& server : instance.servers) highest = std::max(highest, server.server_id);
    return highest + 1;
}

}  // namespace

Result<void> add_server(wire::Request& request, ServerTools tools, const SubnetGroup& group,
                        const std::string& zone, Instance& instance) {
    const auto subnet = TRY(pick_subnet(tools.random, group, zone, instance));
    auto made = tools.interfaces.create(
        request, {.subnet_id = subnet.id,
                  .group_ids = instance.group_ids,
                  .description = "RDSNetworkInterface",
                  .requester_id = "amazon-rds",
                  .public_address = instance.publicly_accessible ? services::PublicAddress::wanted
                                                                 : services::PublicAddress::none});
    if (!made && made.error().code.starts_with("InvalidGroup")) {
        return invalid_value("Invalid security group: " + made.error().message);
    }
    if (!made) return std::unexpected(std::move(made).error());
    instance.group_ids = made->group_ids;
    const auto number = next_number(instance);
    instance.servers.push_back(
        {.id = fmt::format("{}-{}", base::to_lower(instance.resource_id), number),
         .subnet_id = subnet.id,
         .zone = subnet.zone,
         .interface_id = made->id,
         .address = made->address,
         .public_address = made->public_address,
         .backplane_address = TRY(free_backplane_address(request.tx(), instance)),
         .server_id = number,
         .seeded = false,
         .in_sync = false,
         .retired = false});
    return {};
}

}  // namespace stormglass::rds
