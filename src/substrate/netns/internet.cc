// The internet namespace: what is in it from the start, and how a VPC's router joins it.
//
// Each VPC has one veth to it, with an address of 198.18.128.0/17 at the router's end. The far
// end's alias is "VPC-ID ADDRESS", so the addresses in use are read from the machine itself.
#include <fmt/format.h>

#include <set>

#include "base/strings.h"
#include "substrate/netns/network_linux.h"
#include "substrate/netns/ruleset.h"

namespace stormglass::substrate::netns {
namespace {

constexpr char uplink_block[] = "198.18.128.0/17";
constexpr std::uint32_t first_uplink = 2;  // Behind internet_router_address.
constexpr std::uint32_t uplinks_max = 32000;

std::string uplink_alias(const std::string& vpc_id, Address uplink) {
    return fmt::format("{} {}", vpc_id, to_string(uplink));
}

std::optional<Address> uplink_in(const Link& link) {
    const auto parts = base::split(link.alias, ' ');
    const auto address = parts.size() == 2 ? parse_address(parts[1]) : Result<Address>(Address{});
    return parts.size() == 2 && address ? std::optional(*address) : std::nullopt;
}

}  // namespace

Result<void> NetworkLinux::start() {
    const std::lock_guard lock(mutex_);
    return start_locked();
}

Result<void> NetworkLinux::start_locked() {
    TRY(store_.prepare());
    Hub& internet = *TRY(hub(store_.internet()));
    TRY(internet.firewall.replace(internet_table()));
    std::vector<Block> own;
    for (const char* text : {internet_router_address, well_known::api_address,
                             well_known::s3_address, well_known::client_address})
        own.push_back({TRY(parse_address(text)), 32});
    TRY(converge_addresses(internet.netlink, loopback_index, own));
    // Nothing else is out there: refuse at once, rather than leave a program waiting.
    TRY(internet.netlink.add_route({{Address{0}, 0}, RouteKind::unreachable}));
    Hub& backplane = *TRY(hub(store_.backplane()));
    if (backplane.created) TRY(backplane.firewall.replace(backplane_table({})));
    return {};
}

Result<Address> NetworkLinux::uplink_of(const std::string& vpc_id) {
    Hub& internet = *TRY(hub(store_.internet()));
    std::set<Address> taken;
    for (const Link& each : TRY(internet.netlink.links())) {
        const auto address = uplink_in(each);
        if (!address) continue;
        if (each.alias == uplink_alias(vpc_id, *address)) return *address;
        taken.insert(*address);
    }
    const Block block = TRY(parse_block(uplink_block));
    for (std::uint32_t offset = first_uplink; offset < uplinks_max; ++offset)
        if (!taken.contains(block.base(offset))) return block.base(offset);
    return fail(Domain::system, "NoUplink", "no address is left for another VPC's uplink");
}

Result<void> NetworkLinux::join_internet(Hub& router, const std::string& vpc_id, Address uplink) {
    Hub& internet = *TRY(hub(store_.internet()));
    const std::string name = link_name(vpc_letter, vpc_id);
    const std::string alias = uplink_alias(vpc_id, uplink);
    auto near = TRY(router.netlink.link(gateway_link));
    const auto far = TRY(internet.netlink.link(name));
    const bool whole = !router.created && near && near->up && far && far->up && far->alias == alias;
    if (!whole) {
        if (near) TRY(router.netlink.delete_links({near->index}));
        // Deleting one end took the other along, unless it led into a router that is gone.
        if (far) TRY(internet.netlink.delete_links({far->index}));
        TRY(internet.netlink.create_veth({name, gateway_link, router.fd.get(), "", link_mtu}));
        near = TRY(router.netlink.link(gateway_link));
        if (!near) return fail(Domain::system, "LinkGone", "the gateway link went away");
        TRY(router.netlink.set_up(near->index));
        const auto made = TRY(internet.netlink.link(name));
        if (!made) return fail(Domain::system, "LinkGone", name + " went away");
        TRY(internet.netlink.set_up_with_alias(made->index, alias));
        TRY(router.netlink.wait_until_live(gateway_link));
    }
    return converge_addresses(router.netlink, near->index, {{uplink, 32}});
}

Result<void> NetworkLinux::route_public_addresses(const VpcPlan& plan, Address uplink) {
    Hub& internet = *TRY(hub(store_.internet()));
    const auto link = TRY(internet.netlink.link(link_name(vpc_letter, plan.spec->id)));
    if (!link) return fail(Domain::system, "LinkGone", "the VPC's internet link went away");
    const Address client = TRY(parse_address(well_known::client_address));
    // The other VPCs' routes stay; of this one's link, exactly these.
    std::set<Route> wanted;
    wanted.insert({{uplink, 32}, RouteKind::unicast, link->index, std::nullopt, client});
    for (const auto& each : plan.interfaces)
        if (each.public_address)
            wanted.insert(
                {{*each.public_address, 32}, RouteKind::unicast, link->index, uplink, client});
    for (const Route& each : TRY(internet.netlink.routes())) {
        if (each.link_index != link->index) continue;
        if (wanted.erase(each) == 0) TRY(internet.netlink.delete_route(each));
    }
    for (const Route& each : wanted) TRY(internet.netlink.add_route(each));
    return {};
}

}  // namespace stormglass::substrate::netns
