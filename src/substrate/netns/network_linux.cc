// The contract's calls, each in terms of hubs.
#include "substrate/netns/network_linux.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/strings.h"
#include "substrate/netns/conntrack.h"
#include "substrate/netns/enter.h"
#include "substrate/netns/ruleset.h"

namespace stormglass::substrate::netns {
namespace {

constexpr char backplane_block[] = "100.64.0.0/10";
constexpr char backplane_member[] = "backplane";

std::vector<Port> ports_of(const VpcPlan& plan) {
    std::vector<Port> ports;
    for (const auto& each : plan.interfaces)
        ports.push_back({{each.spec->id,
                          each.spec->attachment,
                          "",
                          {each.address, each.subnet->block.prefix},
                          each.spec->mac},
                         each.link,
                         "eth",
                         each.subnet->block.base(1)});
    return ports;
}

}  // namespace

NetworkLinux::NetworkLinux(const Realm& realm) : store_(realm.run_dir + "/netns") {}

Result<Hub*> NetworkLinux::hub(const std::string& path) {
    auto at = hubs_.find(path);
    if (at != hubs_.end() && at->second.is_at(path)) {
        at->second.created = false;
        return &at->second;
    }
    if (at != hubs_.end()) hubs_.erase(at);
    return &hubs_.emplace(path, TRY(Hub::open(store_, path))).first->second;
}

Result<void> NetworkLinux::apply(const VpcSpec& vpc) {
    const VpcPlan plan = TRY(plan_vpc(vpc));
    const std::lock_guard lock(mutex_);
    TRY(start_locked());
    const Address uplink = TRY(uplink_of(vpc.id));
    Hub& router = *TRY(hub(store_.router(vpc.id)));
    // Rules first: they name links, and a link without rules would be open to all.
    TRY(router.firewall.replace(vpc_table(plan, uplink)));
    TRY(join_internet(router, vpc.id, uplink));
    TRY(note_members(vpc));
    const auto ports = TRY(converge_ports(router, store_, ports_of(plan), Attachments::create));
    TRY(configure_router(router, plan, ports));
    TRY(route_public_addresses(plan, uplink));
    TRY(forget_released(router, plan, ports.released));
    return remove_surplus_attachments(vpc);
}

Result<void> NetworkLinux::note_members(const VpcSpec& vpc) {
    const auto noted = store_.members(vpc.id);
    for (const auto& each : vpc.interfaces)
        if (!std::binary_search(noted.begin(), noted.end(), each.attachment))
            TRY(store_.add_member(vpc.id, each.attachment));
    return {};
}

Result<void> NetworkLinux::forget_released(Hub& router, const VpcPlan& plan,
                                           std::set<Address> released) {
    std::map<Address, Address> mapped;
    for (const auto& each : plan.interfaces)
        if (each.public_address) mapped[*each.public_address] = each.address;
    for (const auto& [address, owner] : mapped_[plan.spec->id]) {
        const auto now = mapped.find(address);
        if (now == mapped.end() || now->second != owner) released.insert(address);
    }
    TRY(forget_flows(router.fd.get(), released));
    mapped_[plan.spec->id] = std::move(mapped);
    return {};
}

Result<void> NetworkLinux::configure_router(Hub& router, const VpcPlan& plan,
                                            const PortsOutcome& ports) {
    std::vector<Block> own{{metadata_address(), 32}};
    for (const Address each : resolver_addresses(plan)) own.push_back({each, 32});
    for (const Address each : gateway_addresses(plan)) own.push_back({each, 32});
    TRY(converge_addresses(router.netlink, loopback_index, own));

    const auto& indexes = ports.link_indexes;
    const Address internet = TRY(parse_address(internet_router_address));
    std::vector<Route> routes;
    // What is in the VPC but nobody's leads nowhere, rather than to the internet.
    for (const Block& each : plan.blocks) routes.push_back({each, RouteKind::blackhole});
    for (const auto& each : plan.interfaces)
        routes.push_back({{each.address, 32}, RouteKind::unicast, indexes.at(each.link)});
    routes.push_back({{Address{0}, 0}, RouteKind::unicast, indexes.at(gateway_link), internet});
    return converge_routes(router.netlink, routes);
}

Result<void> NetworkLinux::remove_surplus_attachments(const VpcSpec& vpc) {
    std::set<std::string> wanted;
    for (const auto& each : vpc.interfaces) wanted.insert(each.attachment);
    for (const auto& name : store_.members(vpc.id)) {
        if (wanted.contains(name)) continue;
        TRY(NamespaceStore::remove(store_.attachment(name)));
        TRY(store_.remove_member(vpc.id, name));
    }
    return {};
}

Result<void> NetworkLinux::remove_vpc(const std::string& vpc_id) {
    TRY(check_id(vpc_id));
    const std::lock_guard lock(mutex_);
    TRY(start_locked());
    VpcSpec nothing;
    nothing.id = vpc_id;
    if (NamespaceStore::exists(store_.router(vpc_id))) {
        // The veths go now, not when the kernel gets to the namespace's end.
        Hub& router = *TRY(hub(store_.router(vpc_id)));
        TRY(converge_ports(router, store_, {}, Attachments::must_exist));
    }
    TRY(remove_surplus_attachments(nothing));
    TRY(store_.forget_members(vpc_id));
    Hub& internet = *TRY(hub(store_.internet()));
    const auto link = TRY(internet.netlink.link(link_name(vpc_letter, vpc_id)));
    if (link) TRY(internet.netlink.delete_links({link->index}));
    hubs_.erase(store_.router(vpc_id));
    mapped_.erase(vpc_id);
    return NamespaceStore::remove(store_.router(vpc_id));
}

Result<void> NetworkLinux::apply_backplane(const std::vector<BackplaneSpec>& ends) {
    std::vector<Port> ports;
    std::vector<BackplaneEnd> sources;
    const Block block = TRY(parse_block(backplane_block));
    for (const auto& each : ends) {
        TRY(check_id(each.attachment));
        const Address address = TRY(parse_address(each.address));
        if (!block.contains(address))
            return fail(Domain::config, "BadBackplane",
                        fmt::format("{} is not in {}", each.address, backplane_block));
        const std::string link = link_name(interface_letter, each.attachment);
        ports.push_back(
            {{backplane_member, each.attachment, "bp0", {address, block.prefix}, ""}, link});
        sources.push_back({link, address});
    }
    const std::lock_guard lock(mutex_);
    TRY(start_locked());
    Hub& backplane = *TRY(hub(store_.backplane()));
    TRY(backplane.firewall.replace(backplane_table(sources)));
    const auto made = TRY(converge_ports(backplane, store_, ports, Attachments::must_exist));
    std::vector<Route> routes;
    for (const auto& each : sources) {
        const auto index = made.link_indexes.find(each.link);
        if (index != made.link_indexes.end())
            routes.push_back({{each.address, 32}, RouteKind::unicast, index->second});
    }
    TRY(converge_routes(backplane.netlink, routes));
    if (made.missing.empty()) return {};
    return fail(Domain::system, "NoSuchAttachment",
                "no namespace for " + base::join({made.missing.begin(), made.missing.end()}, ", "));
}

Result<std::vector<std::string>> NetworkLinux::observed_vpcs() {
    const std::lock_guard lock(mutex_);
    return store_.routers();
}

Result<std::vector<std::string>> NetworkLinux::observed_interfaces(const std::string& vpc_id) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> found;
    if (!check_id(vpc_id) || !NamespaceStore::exists(store_.router(vpc_id))) return found;
    Hub& router = *TRY(hub(store_.router(vpc_id)));
    for (const Link& each : TRY(router.netlink.links())) {
        const auto stamp = LinkStamp::from_alias(each.alias);
        if (stamp && each.up && NamespaceStore::exists(store_.attachment(stamp->attachment)))
            found.push_back(stamp->id);
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::string NetworkLinux::attachment_namespace(const std::string& attachment) const {
    return store_.attachment(attachment);
}
std::string NetworkLinux::router_namespace(const std::string& vpc_id) const {
    return store_.router(vpc_id);
}
std::string NetworkLinux::internet_namespace() const { return store_.internet(); }

Result<int> NetworkLinux::listen_in(const std::string& namespace_path, const std::string& address,
                                    std::uint16_t port) {
    return netns::listen_in(namespace_path, address, port);
}

Result<void> NetworkLinux::remove_everything() {
    const std::lock_guard lock(mutex_);
    hubs_.clear();
    mapped_.clear();
    return store_.remove_everything();
}

std::unique_ptr<Network> make_linux_network(const Realm& realm) {
    return std::make_unique<NetworkLinux>(realm);
}

}  // namespace stormglass::substrate::netns
