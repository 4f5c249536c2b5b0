// The veths of a hub. The hub's end is stamped and brought up last: an unstamped link is one that a
// crash left half made, and is made again.
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "substrate/netns/enter.h"
#include "substrate/netns/hub.h"

namespace stormglass::substrate::netns {
namespace {

/// IPv6 stays off on what we plug in (loopback keeps ::1, which programs expect).
Result<void> become_attachment() {
    const base::UniqueFd fd(
        ::open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC));
    if (fd.valid()) TRY(base::write_all(fd.get(), "1"));
    auto netlink = TRY(Netlink::open());
    return netlink.set_up(loopback_index);
}

/// Same link, whatever its device is called.
bool fits(const LinkStamp& found, const LinkStamp& wanted) {
    LinkStamp named = wanted;
    if (named.device.empty()) named.device = found.device;
    return found == named;
}

class PortConverger {
public:
    PortConverger(Hub& hub, NamespaceStore& store, Attachments attachments)
        : hub_(hub), store_(store), attachments_(attachments) {}

    Result<PortsOutcome> run(const std::vector<Port>& ports) {
        TRY(open_attachments(ports));
        TRY(keep_what_fits(ports));
        for (const Port& port : ports)
            if (!kept_.contains(port.link) && !outcome_.missing.contains(port.stamp.attachment))
                TRY(make(port));
        return std::move(outcome_);
    }

private:
    /// Opens only what is needed: an attachment that is there is opened when a link goes into it.
    Result<void> open_attachments(const std::vector<Port>& ports) {
        for (const Port& port : ports) {
            const std::string& name = port.stamp.attachment;
            if (NamespaceStore::exists(store_.attachment(name)) || fresh_.contains(name)) continue;
            if (attachments_ == Attachments::must_exist) {
                outcome_.missing.insert(name);
                continue;
            }
            auto opened = TRY(store_.open_or_create(store_.attachment(name), become_attachment));
            fresh_.emplace(name, std::move(opened.fd));
        }
        return {};
    }

    Result<void> keep_what_fits(const std::vector<Port>& ports) {
        std::map<std::string, const Port*> wanted;
        for (const Port& port : ports) wanted[port.link] = &port;
        std::vector<int> surplus;
        for (const Link& link : TRY(hub_.netlink.links())) {
            if (link.index == loopback_index || link.name == gateway_link) {
                outcome_.link_indexes[link.name] = link.index;
                continue;
            }
            const auto stamp = LinkStamp::from_alias(link.alias);
            const auto port = wanted.find(link.name);
            // A namespace made just now cannot hold the far end of an old link.
            if (port == wanted.end() || !stamp || !fits(*stamp, port->second->stamp) ||
                fresh_.contains(stamp->attachment) ||
                outcome_.missing.contains(stamp->attachment)) {
                surplus.push_back(link.index);
                if (stamp) outcome_.released.insert(stamp->address.address);
                continue;
            }
            if (!link.up) TRY(hub_.netlink.set_up(link.index));
            kept_.insert(link.name);
            outcome_.link_indexes[link.name] = link.index;
            devices_[stamp->attachment].insert(stamp->device);
        }
        return hub_.netlink.delete_links(surplus);
    }

    std::string free_device(const Port& port) {
        auto& taken = devices_[port.stamp.attachment];
        for (int number = 0;; ++number) {
            const auto name = fmt::format("{}{}", port.device_prefix, number);
            if (taken.insert(name).second) return name;
        }
    }

    Result<int> attachment_fd(const std::string& name) {
        auto at = fresh_.find(name);
        if (at != fresh_.end()) return at->second.get();
        at = opened_.find(name);
        if (at == opened_.end())
            at = opened_.emplace(name, TRY(open_namespace(store_.attachment(name)))).first;
        return at->second.get();
    }

    Result<void> make(const Port& port) {
        LinkStamp stamp = port.stamp;
        if (stamp.device.empty()) stamp.device = free_device(port);
        const int fd = TRY(attachment_fd(stamp.attachment));
        const VethRequest request{port.link, stamp.device, fd, stamp.mac, link_mtu};
        if (!hub_.netlink.create_veth(request)) {
            // Perhaps a lost hub's link, which the kernel has not got round to taking away.
            TRY(delete_device(fd, stamp.device));
            TRY(hub_.netlink.create_veth(request));
        }
        const bool first = stamp.device == port.device_prefix + "0";
        auto far_end = TRY(Netlink::open_in(fd));
        TRY(configure_far_end(far_end, stamp, first ? port.gateway : std::nullopt));
        const auto link = TRY(hub_.netlink.link(port.link));
        if (!link) return fail(Domain::system, "LinkGone", port.link + " went away");
        outcome_.link_indexes[port.link] = link->index;
        TRY(hub_.netlink.answer_proxy_arp_at_once(link->index));
        TRY(hub_.netlink.set_up_with_alias(link->index, stamp.to_alias()));
        return far_end.wait_until_live(stamp.device);
    }

    static Result<void> delete_device(int fd, const std::string& name) {
        auto netlink = TRY(Netlink::open_in(fd));
        const auto device = TRY(netlink.link(name));
        return device ? netlink.delete_links({device->index}) : Result<void>{};
    }

    static Result<void> configure_far_end(Netlink& netlink, const LinkStamp& stamp,
                                          std::optional<Address> gateway) {
        const auto device = TRY(netlink.link(stamp.device));
        if (!device) return fail(Domain::system, "LinkGone", stamp.device + " went away");
        TRY(netlink.add_address({device->index, stamp.address}));
        TRY(netlink.set_up(device->index));
        if (!gateway) return {};
        Route route;
        route.link_index = device->index;
        route.gateway = gateway;
        return netlink.add_route(route);
    }

    Hub& hub_;
    NamespaceStore& store_;
    Attachments attachments_;
    std::map<std::string, base::UniqueFd> fresh_, opened_;
    PortsOutcome outcome_;
    std::set<std::string> kept_;
    std::map<std::string, std::set<std::string>> devices_;
};

}  // namespace

Result<PortsOutcome> converge_ports(Hub& hub, NamespaceStore& store, const std::vector<Port>& ports,
                                    Attachments attachments) {
    return PortConverger(hub, store, attachments).run(ports);
}

}  // namespace stormglass::substrate::netns
