// What the reconciler saw last of nodes and front door: the only source of target health.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "planes/front_door/status.h"
#include "planes/lb/status.h"

namespace stormglass::elbv2 {

/// One node, as seen in one pass.
struct NodeSeen {
    std::string zone, interface_id, address, public_address;
    bool plugged = false;  // Its network namespace exists.
    bool zone_lost = false;  // Its zone has no power, or is cut off.
    bool running = false;
    int pid = 0;
    bool fresh = false;    // Its status is its own and not old.
    bool current = false;  // It has taken the newest configuration and every listener listens.
    lb::LoadBalancerStatus status;
    std::string trouble;   // Why it is not current; empty otherwise.
};

struct FrontDoorSeen {
    bool wanted = false;
    bool running = false;
    int pid = 0;
    bool fresh = false;
    front_door::FrontDoorStatus status;
};

/// Thread-safe.
class Observed {
public:
    void set_nodes(const std::string& balancer_arn, std::vector<NodeSeen> nodes);
    /// Forgets all balancers but these.
    void keep_only(const std::set<std::string>& balancer_arns);
    std::vector<NodeSeen> nodes_of(const std::string& balancer_arn) const;
    void set_front_door(FrontDoorSeen seen);
    FrontDoorSeen front_door() const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::vector<NodeSeen>> nodes_;
    FrontDoorSeen front_door_;
};

}  // namespace stormglass::elbv2
