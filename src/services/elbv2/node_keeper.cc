// Interfaces and processes of balancer nodes: made, kept running, told of changes, taken down.
#include <csignal>
#include <set>

#include "base/log.h"
#include "services/common/zone_health.h"
#include "services/elbv2/access.h"
#include "services/elbv2/access_logs.h"
#include "services/elbv2/reconciler.h"

namespace stormglass::elbv2 {
namespace {

constexpr base::Millis status_age_max{8'000};
constexpr auto stop_grace = std::chrono::seconds{6};  // The node itself lets requests end for 5 s.
constexpr std::string_view process_prefix = "lb-";

std::optional<lb::LoadBalancerStatus> read_status(const std::string& path) {
    const auto text = base::read_file(path);
    if (!text) return std::nullopt;
    auto status = base::from_json_text<lb::LoadBalancerStatus>(*text);
    if (!status) return std::nullopt;
    return std::move(*status);
}

std::string listener_trouble(const lb::LoadBalancerStatus& status, std::size_t wanted) {
    if (!status.config_error.empty()) return status.config_error;
    if (status.listeners.size() != wanted) return "listeners are not all open yet";
    for (const auto& one : status.listeners) {
        if (!one.listening) return fmt::format("port {}: {}", one.port, one.error);
    }
    return {};
}

}  // namespace

Result<Node> Reconciler::make_interface(const Scope& scope, const LoadBalancer& balancer,
                                        const ZoneSubnet& place) {
    auto request = begin(scope, wire::TxMode::write);
    if (!request) return fail(Domain::store, "busy", "the writer's lock did not come free");
    const auto current = TRY(find_balancer(*request, balancer.arn));
    if (!current) return fail(Domain::store, "gone", balancer.arn);
    services::ManagedInterfaces::Wanted wanted;
    wanted.subnet_id = place.subnet_id;
    wanted.group_ids = current->group_ids;
    wanted.description = fmt::format("ELB app/{}/{}", balancer.name, balancer.id);
    wanted.requester_id = "amazon-elb";
    if (balancer.scheme == "internet-facing") {
        wanted.public_address = services::PublicAddress::wanted;
    }
    const auto made = TRY(parts_.interfaces.create(*request, wanted));
    Node node{balancer.id, balancer.arn, place.zone, place.subnet_id,
              made.id, made.address, made.public_address, current->group_ids};
    nodes.put(request->tx(), {scope.account, scope.region, balancer.id, place.zone}, node);
    TRY(request->commit());
    return node;
}

Result<void> Reconciler::keep_groups(const Scope& scope, const LoadBalancer& balancer,
                                     Node& node) {
    if (node.group_ids == balancer.group_ids) return {};
    auto request = begin(scope, wire::TxMode::write);
    if (!request) return fail(Domain::store, "busy", "the writer's lock did not come free");
    TRY(parts_.interfaces.set_groups(*request, node.interface_id, balancer.group_ids));
    node.group_ids = balancer.group_ids;
    nodes.put(request->tx(), {scope.account, scope.region, balancer.id, node.zone}, node);
    return request->commit();
}

Result<std::vector<Node>> Reconciler::keep_interfaces(const Scope& scope,
                                                      const LoadBalancer& balancer) {
    std::vector<Node> known;
    {
        const auto tx = parts_.store.read();
        known = TRY(nodes.all(*tx, {scope.account, scope.region, balancer.id}));
    }
    std::vector<Node> wanted;
    for (const auto& place : balancer.zones) {
        const auto found = std::find_if(known.begin(), known.end(), [&](const Node& node) {
            return node.zone == place.zone;
        });
        if (found != known.end() && found->subnet_id == place.subnet_id) {
            TRY(keep_groups(scope, balancer, *found));
            wanted.push_back(*found);
            continue;
        }
        if (found != known.end()) TRY(take_down(scope, *found));  // Another subnet of the zone.
        wanted.push_back(TRY(make_interface(scope, balancer, place)));
    }
    return wanted;
}

Result<substrate::ProcessState> launch_node(substrate::Processes& processes,
                                            const substrate::Network& network,
                                            const substrate::Realm& realm, const Node& node,
                                            const NodePaths& paths) {
    TRY(base::make_directories(realm.data_dir + "/log"));
    substrate::ProcessSpec spec;
    spec.name = paths.name;
    spec.argv = {realm.program, "lb", "--config", paths.config, "--status", paths.status};
    spec.network_namespace = network.attachment_namespace(node.interface_id);
    spec.log_path = paths.log;
    return processes.start(spec);
}

Result<void> Reconciler::start_node(const Scope& scope, const Node& node,
                                    const NodePaths& paths) {
    const auto state =
        TRY(launch_node(parts_.processes, parts_.network, parts_.realm, node, paths));
    tell(scope, "balancer", paths.name,
         fmt::format("node {} started in {} (pid {})", node.address, node.zone, state.pid));
    return {};
}

/// Nobody reaches it. Without power it does not run either; cut off, it goes on with what it knows.
Result<NodeSeen> Reconciler::keep_lost_node(const NodePaths& paths, NodeSeen seen) {
    const auto state = TRY(services::ZoneHealth(parts_.store).state(seen.zone));
    if (state == services::ZoneState::power_lost) {
        TRY(parts_.processes.stop(paths.name, substrate::StopMode::kill));
        seen.trouble = seen.zone + " has no power";
        return seen;
    }
    const auto process = TRY(parts_.processes.observe(paths.name));
    seen.running = process.running;
    seen.pid = process.pid;
    seen.trouble = seen.zone + " is cut off";
    return seen;
}

Result<NodeSeen> Reconciler::keep_node(const Scope& scope, const BalancerPlan& plan,
                                       const Node& node) {
    const NodePaths paths = node_paths(parts_.realm, plan.balancer.id, node.zone);
    NodeSeen seen;
    seen.zone = node.zone;
    seen.interface_id = node.interface_id;
    seen.address = node.address;
    seen.public_address = node.public_address;
    seen.plugged = parts_.interfaces.is_plugged(node.interface_id);
    seen.zone_lost = plan.lost_zones.contains(node.zone);
    if (seen.zone_lost) return keep_lost_node(paths, std::move(seen));
    TRY(base::make_directories(parts_.realm.run_dir + "/lb"));
    auto config = node_config(plan, node, paths.access_logs);
    config.access_log_seconds = parts_.access_log_seconds;
    if (wants_access_log(plan.balancer)) {
        auto to = log_destination(scope.account, scope.region, plan.balancer);
        to.node_address = node.public_address.empty() ? node.address : node.public_address;
        TRY(keep_log_destination(paths.access_logs, to));
    }
    const auto version = TRY(files_.put(paths.config, std::move(config), parts_.wall_clock.now()));
    auto process = TRY(parts_.processes.observe(paths.name));
    if (!process.running && seen.plugged) {
        TRY(start_node(scope, node, paths));
        process = TRY(parts_.processes.observe(paths.name));
    }
    seen.running = process.running;
    seen.pid = process.pid;
    if (!seen.running) {
        seen.trouble = seen.plugged ? "its process does not run" : "its interface is not there yet";
        return seen;
    }
    if (auto status = read_status(paths.status)) {
        const auto age = parts_.wall_clock.now().time_since_epoch().count() - status->written_at_ms;
        seen.fresh = status->pid == process.pid && age < status_age_max.count();
        seen.status = std::move(*status);
    }
    if (!seen.fresh) {
        seen.trouble = "it has not reported";
        return seen;
    }
    if (seen.status.config_version != version) {
        // Only to a node that has reported: before that, it may not know the signal yet.
        TRY(parts_.processes.signal(paths.name, SIGHUP));
        seen.trouble = seen.status.config_error.empty() ? "it is taking a new configuration"
                                                        : seen.status.config_error;
        return seen;
    }
    seen.trouble = listener_trouble(seen.status, plan.listeners.size());
    seen.current = seen.trouble.empty();
    return seen;
}

Result<void> Reconciler::take_down(const Scope& scope, const Node& node) {
    const NodePaths paths = node_paths(parts_.realm, node.load_balancer_id, node.zone);
    TRY(parts_.processes.stop(paths.name, substrate::StopMode::terminate_then_kill, stop_grace));
    TRY(base::remove_all(paths.config));
    TRY(base::remove_all(paths.status));
    files_.forget(paths.config);
    auto request = begin(scope, wire::TxMode::write);
    if (!request) return fail(Domain::store, "busy", "the writer's lock did not come free");
    TRY(parts_.interfaces.remove(*request, node.interface_id));
    nodes.erase(request->tx(), {scope.account, scope.region, node.load_balancer_id, node.zone});
    TRY(request->commit());
    tell(scope, "balancer", paths.name, fmt::format("node {} taken down", node.address));
    return {};
}

/// Takes down what no balancer wants any more: recorded nodes, then processes without a record.
Result<void> Reconciler::sweep(const Balancers& balancers) {
    std::set<std::string> wanted;
    for (const auto& [scope, of_scope] : balancers) {
        for (const auto& balancer : of_scope) {
            for (const auto& place : balancer.zones) {
                wanted.insert(node_paths(parts_.realm, balancer.id, place.zone).name);
            }
        }
    }
    for (const auto& [scope, of_scope] : balancers) {
        std::vector<Node> known;
        {
            const auto tx = parts_.store.read();
            known = TRY(nodes.all(*tx, {scope.account, scope.region}));
        }
        for (const auto& node : known) {
            const auto name = node_paths(parts_.realm, node.load_balancer_id, node.zone).name;
            if (!wanted.contains(name)) TRY(take_down(scope, node));
        }
    }
    for (const auto& name : TRY(parts_.processes.list())) {
        if (!name.starts_with(process_prefix) || wanted.contains(name)) continue;
        TRY(parts_.processes.stop(name, substrate::StopMode::terminate_then_kill, stop_grace));
        const std::string files = parts_.realm.run_dir + "/lb/" + name;
        TRY(base::remove_all(files + ".json"));  // It holds private keys.
        TRY(base::remove_all(files + ".status.json"));
        files_.forget(files + ".json");
    }
    return {};
}

}  // namespace stormglass::elbv2
