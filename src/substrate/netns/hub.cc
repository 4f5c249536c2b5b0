// Opening a forwarding namespace; its addresses and routes.
#include "substrate/netns/hub.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace stormglass::substrate::netns {
namespace {

struct Setting {
    const char* path;
    const char* value;
    bool required = true;  // Not so where a kernel without the feature has nothing to switch off.
};

// New links inherit the defaults, so nothing needs setting per link.
constexpr Setting forwarder_settings[] = {
    {"ipv4/ip_forward", "1"},
    {"ipv4/conf/all/rp_filter", "0"},  // The rules check sources; some interfaces may forward.
    {"ipv4/conf/default/rp_filter", "0"},
    {"ipv4/conf/all/send_redirects", "0"},
    {"ipv4/conf/default/send_redirects", "0"},
    {"ipv4/conf/all/accept_redirects", "0"},
    {"ipv4/conf/default/accept_redirects", "0"},
    {"ipv4/conf/default/accept_source_route", "0"},
    {"ipv4/conf/default/proxy_arp", "1"},  // Hosts of one subnet reach each other through us.
    {"ipv6/conf/all/disable_ipv6", "1", false},
    {"ipv6/conf/default/disable_ipv6", "1", false},
};

Result<void> apply_setting(const Setting& setting) {
    const std::string path = std::string("/proc/sys/net/") + setting.path;
    const base::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd.valid() && !setting.required) return {};
    if (!fd.valid()) return fail_errno("open " + path);
    return base::write_all(fd.get(), setting.value);
}

Result<void> become_forwarder() {
    for (const Setting& setting : forwarder_settings) TRY(apply_setting(setting));
    auto netlink = TRY(Netlink::open());
    return netlink.set_up(loopback_index);
}

}  // namespace

Result<Hub> Hub::open(NamespaceStore& store, const std::string& path) {
    auto opened = TRY(store.open_or_create(path, become_forwarder));
    auto netlink = TRY(Netlink::open_in(opened.fd.get()));
    auto firewall = TRY(Firewall::open_in(opened.fd.get()));
    return Hub{std::move(opened.fd), std::move(netlink), std::move(firewall), opened.created};
}

bool Hub::is_at(const std::string& path) const {
    struct stat ours {
    }, there{};
    return fstat(fd.get(), &ours) == 0 && stat(path.c_str(), &there) == 0 &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

Result<void> converge_addresses(Netlink& netlink, int link_index,
                                const std::vector<Block>& wanted) {
    std::vector<Block> present;
    for (const LinkAddress& each : TRY(netlink.addresses()))
        if (each.link_index == link_index && each.block.address.value >> 24 != 127)
            present.push_back(each.block);
    for (const Block& each : present)
        if (std::find(wanted.begin(), wanted.end(), each) == wanted.end())
            TRY(netlink.delete_address({link_index, each}));
    for (const Block& each : wanted)
        if (std::find(present.begin(), present.end(), each) == present.end())
            TRY(netlink.add_address({link_index, each}));
    return {};
}

Result<void> converge_routes(Netlink& netlink, const std::vector<Route>& wanted) {
    auto present = TRY(netlink.routes());
    std::sort(present.begin(), present.end());
    auto sorted = wanted;
    std::sort(sorted.begin(), sorted.end());
    std::vector<Route> surplus, missing;
    std::set_difference(present.begin(), present.end(), sorted.begin(), sorted.end(),
                        std::back_inserter(surplus));
    std::set_difference(sorted.begin(), sorted.end(), present.begin(), present.end(),
                        std::back_inserter(missing));
    for (const Route& each : surplus) TRY(netlink.delete_route(each));
    for (const Route& each : missing) TRY(netlink.add_route(each));
    return {};
}

}  // namespace stormglass::substrate::netns
