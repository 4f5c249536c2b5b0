// What is stored about load balancers. Rules and actions are kept as the balancer nodes take them
// (planes/lb/config.h); attributes hold only what was set, defaults are added on reading.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "planes/lb/config.h"
#include "store/table.h"

namespace stormglass::elbv2 {

using Names = std::map<std::string, std::string>;  // Attributes, tags.

struct ZoneSubnet {
    std::string zone, subnet_id;
    bool operator==(const ZoneSubnet&) const = default;
};
STORMGLASS_JSON(ZoneSubnet, zone, subnet_id)

struct LoadBalancer {
    std::string id;  // 16 hex digits, the last part of the ARN.
    std::string name, arn, dns_name, scheme, vpc_id;
    std::string state = "provisioning";  // As the reconciler observed it last.
    std::string cookie_key;              // 64 hex digits; seals AWSALB cookies on all nodes.
    base::Time created{};
    std::vector<ZoneSubnet> zones;
    std::vector<std::string> group_ids;
    Names attributes, tags;
};
STORMGLASS_JSON(LoadBalancer, id, name, arn, dns_name, scheme, vpc_id, state, cookie_key, created,
                zones, group_ids, attributes, tags)

struct TargetGroup {
    std::string id, name, arn, protocol, vpc_id, target_type;
    int port = 0;
    lb::HealthCheckConfig health_check;
    Names attributes, tags;
};
STORMGLASS_JSON(TargetGroup, id, name, arn, protocol, vpc_id, target_type, port, health_check,
                attributes, tags)

/// A registration. Draining ones stay until their deadline.
struct Target {
    std::string id, address, zone;
    std::string given_zone;  // As the caller named it, if so.
    int port = 0;
    std::string state = "active";  // Or "draining".
    base::Time drain_deadline{};
};
STORMGLASS_JSON(Target, id, address, zone, given_zone, port, state, drain_deadline)

struct Listener {
    std::string id, arn, load_balancer_arn, protocol, ssl_policy;
    int port = 0;
    std::vector<std::string> certificates;  // ARNs; the first is the default one.
    Names attributes, tags;
};
STORMGLASS_JSON(Listener, id, arn, load_balancer_arn, protocol, ssl_policy, port, certificates,
                attributes, tags)

/// Priority 0 is the listener's default rule.
struct Rule {
    std::string id, arn, listener_arn, load_balancer_arn;
    int priority = 0;
    std::vector<lb::RuleCondition> conditions;
    lb::Action action;
    int order = 0;  // Of the action, as given; 0: not given.
    Names tags;
};
STORMGLASS_JSON(Rule, id, arn, listener_arn, load_balancer_arn, priority, conditions, action, order,
                tags)

/// One zone's node of a balancer: made and removed by the reconciler alone.
struct Node {
    std::string load_balancer_id, load_balancer_arn, zone, subnet_id;
    std::string interface_id, address, public_address;
    std::vector<std::string> group_ids;  // As the interface has them.
};
STORMGLASS_JSON(Node, load_balancer_id, load_balancer_arn, zone, subnet_id, interface_id, address,
                public_address, group_ids)

// Keys begin with {account, region}; then:
inline constexpr store::Table<LoadBalancer> load_balancers{"elbv2/load-balancer"};  // {id}
inline constexpr store::Table<TargetGroup> target_groups{"elbv2/target-group"};     // {id}
inline constexpr store::Table<Target> targets{"elbv2/target"};        // {group id, id, port}
inline constexpr store::Table<Listener> listeners{"elbv2/listener"};  // {balancer id, id}
inline constexpr store::Table<Rule> rules{"elbv2/rule"};    // {balancer id, listener id, id}
inline constexpr store::Table<Node> nodes{"elbv2/node"};    // {balancer id, zone}

}  // namespace stormglass::elbv2
