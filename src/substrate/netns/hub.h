// A namespace that forwards for others: a VPC's router, the internet, the backplane. Holds what we
// keep open in it, and brings its links, addresses and routes to what is wanted.
//
// Everything is compared with what the kernel has now, so it repairs damage and adopts what an
// earlier daemon made. Threading: the caller serialises.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "substrate/netns/firewall.h"
#include "substrate/netns/names.h"
#include "substrate/netns/namespace_store.h"
#include "substrate/netns/netlink.h"

namespace stormglass::substrate::netns {

struct Hub {
    base::UniqueFd fd;
    Netlink netlink;
    Firewall firewall;
    bool created = false;  // By this opening: nothing is in it yet.

    /// Opens the namespace at `path`, making it with a forwarder's settings if it is not there.
    static Result<Hub> open(NamespaceStore& store, const std::string& path);
    /// Whether `path` still holds the namespace we have open.
    bool is_at(const std::string& path) const;
};

/// One veth from a hub into an attachment's namespace.
struct Port {
    LinkStamp stamp;   // With an empty device: the lowest free name with `device_prefix`.
    std::string link;  // The hub's end.
    std::string device_prefix = "eth";
    std::optional<Address>
        gateway;  // Of the default route, if this is the attachment's first device.
};

/// Who makes attachment namespaces when they are missing.
enum class Attachments { create, must_exist };

struct PortsOutcome {
    std::map<std::string, int> link_indexes;  // Of all links of the hub, by name.
    std::set<std::string> missing;            // Attachments that ports were left out for.
    std::set<Address> released;               // Addresses of links taken away.
};

/// Makes the hub's veths exactly `ports`, each configured at the far end before it comes up. A port
/// whose attachment must exist and does not is left out.
Result<PortsOutcome> converge_ports(Hub& hub, NamespaceStore& store, const std::vector<Port>& ports,
                                    Attachments attachments);

/// Makes the addresses of one link exactly `wanted` (127.0.0.1 stays).
Result<void> converge_addresses(Netlink& netlink, int link_index, const std::vector<Block>& wanted);

/// Makes the static routes exactly `wanted`.
Result<void> converge_routes(Netlink& netlink, const std::vector<Route>& wanted);

}  // namespace stormglass::substrate::netns
