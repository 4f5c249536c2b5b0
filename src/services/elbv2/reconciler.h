// Brings balancer nodes and the front door to what is recorded, and tells the service what it saw.
// Everything real is found again by name after a restart of the daemon.
#pragma once

#include "services/common/ports.h"
#include "services/common/reconciler.h"
#include "services/common/timeline.h"
#include "services/elbv2/node_plan.h"
#include "services/elbv2/observed.h"
#include "services/elbv2/plane_files.h"
#include "substrate/network.h"
#include "substrate/processes.h"
#include "substrate/realm.h"

namespace stormglass::elbv2 {

/// What the reconciler is built from; all outlive it.
struct ReconcilerParts {
    store::Store& store;
    const base::Clock& clock;
    const base::Clock& wall_clock;  // Real time, as the nodes see it: tells old status files.
    services::Timeline& timeline;
    substrate::Network& network;
    substrate::Processes& processes;
    const substrate::Realm& realm;
    ec2::api::Api& ec2;
    services::ManagedInterfaces& interfaces;
    services::Certificates* certificates;  // May be null.
    Observed& observed;
    int http_port, https_port;  // Of the host's loopback, for listener ports 80 and 443.
    int access_log_seconds = 300;  // Of one file; real time.
};

/// Whose records: keys of tables begin so.
struct Scope {
    std::string account, region;
    auto operator<=>(const Scope&) const = default;
};

/// One node's name and files.
struct NodePaths {
    std::string name, config, status, log, access_logs;
};
NodePaths node_paths(const substrate::Realm& realm, const std::string& balancer_id,
                     const std::string& zone);

/// Starts a node's process, or finds it running.
Result<substrate::ProcessState> launch_node(substrate::Processes& processes,
                                            const substrate::Network& network,
                                            const substrate::Realm& realm, const Node& node,
                                            const NodePaths& paths);

class Reconciler final : public services::Reconciler {
public:
    explicit Reconciler(ReconcilerParts parts) : parts_(parts) {}
    std::string_view name() const override { return "elbv2"; }
    Result<base::Millis> reconcile() override;

private:
    struct Seen {
        Scope scope;
        LoadBalancer balancer;
        std::vector<NodeSeen> nodes;
        std::vector<int> ports;
    };
    using Balancers = std::map<Scope, std::vector<LoadBalancer>>;

    std::unique_ptr<wire::Request> begin(const Scope& scope, wire::TxMode mode);
    void tell(const Scope& scope, std::string kind, std::string subject, std::string text);

    // reconciler.cc
    Result<Balancers> read_balancers();
    Result<Seen> keep_balancer(const Scope& scope, const LoadBalancer& balancer);
    Result<void> record(const Scope& scope, const Seen& seen);

    // node_keeper.cc
    Result<std::vector<Node>> keep_interfaces(const Scope& scope, const LoadBalancer& balancer);
    Result<Node> make_interface(const Scope& scope, const LoadBalancer& balancer,
                                const ZoneSubnet& place);
    Result<void> keep_groups(const Scope& scope, const LoadBalancer& balancer, Node& node);
    Result<NodeSeen> keep_node(const Scope& scope, const BalancerPlan& plan, const Node& node);
    Result<NodeSeen> keep_lost_node(const NodePaths& paths, NodeSeen seen);
    Result<void> start_node(const Scope& scope, const Node& node, const NodePaths& paths);
    Result<void> take_down(const Scope& scope, const Node& node);
    Result<void> sweep(const Balancers& balancers);

    // target_keeper.cc
    Result<void> keep_targets(const Scope& scope);
    void tell_health(const Scope& scope, const BalancerPlan& plan,
                     const std::vector<NodeSeen>& nodes);

    // front_door_keeper.cc
    Result<void> keep_front_door(const std::vector<Seen>& all);
    void tell_bindings(const FrontDoorSeen& seen);

    ReconcilerParts parts_;
    PlaneFiles files_;
    std::map<std::string, Health> health_;    // By group ARN, target id and port.
    std::map<std::string, std::string> told_; // Troubles already on the timeline, by subject.
    bool first_pass_ = true;
};

}  // namespace stormglass::elbv2
