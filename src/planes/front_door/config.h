// What the front door is told: a JSON file that holds these structs, read at start and on SIGHUP.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace stormglass::front_door {

/// A port on the host, and the listener port of the balancers that it stands for.
struct Binding {
    std::string bind_address = "127.0.0.1";
    int port = 80;  // 0 = any free port (tests; status tells which).
    int listener_port = 80;
};
STORMGLASS_JSON(Binding, bind_address, port, listener_port)

struct Node {
    std::string zone;
    std::string address;  // Public, as seen from the internet namespace.
};
STORMGLASS_JSON(Node, zone, address)

struct Balancer {
    std::string name;
    std::vector<std::string> dns_names;  // NAME-ID.REGION.elb.localhost, and aliases.
    std::vector<Node> nodes;             // Leave out nodes that DNS would leave out.
    std::vector<int> ports;              // Listener ports; empty = any.
};
STORMGLASS_JSON(Balancer, name, dns_names, nodes, ports)

struct FrontDoorConfig {
    std::int64_t config_version = 0;
    std::string internet_namespace;  // Path of a network namespace; empty = the process's own.
    std::string client_address;      // Source address towards the nodes; empty = kernel's choice.
    std::vector<Binding> bindings;
    std::vector<Balancer> balancers;
    /// Addresses of nodes that nothing reaches any more: connections to them are reset, rather than
    /// left waiting for answers that cannot come. (A node only left out keeps its connections.)
    std::vector<std::string> lost_nodes;
};
STORMGLASS_JSON(FrontDoorConfig, config_version, internet_namespace, client_address, bindings,
                balancers, lost_nodes)

}  // namespace stormglass::front_door
