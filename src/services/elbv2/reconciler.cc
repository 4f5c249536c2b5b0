#include "services/elbv2/reconciler.h"

#include <set>

#include "base/log.h"
#include "services/elbv2/access.h"
#include "services/elbv2/access_logs.h"

namespace stormglass::elbv2 {
namespace {

constexpr base::Millis rest_idle{30'000}, rest_busy{1'000}, rest_starting{300};

/// "provisioning" until every zone's node runs and has taken its listeners, once; afterwards a node
/// that is down is an impairment.
std::string state_of(const LoadBalancer& balancer, const std::vector<NodeSeen>& nodes) {
    const auto every = [&](auto&& holds) {
        return nodes.size() == balancer.zones.size() && std::all_of(nodes.begin(), nodes.end(), holds);
    };
    if (balancer.state == "provisioning") {
        return every([](const NodeSeen& node) { return node.current; }) ? "active" : "provisioning";
    }
    return every([](const NodeSeen& node) { return node.running && node.fresh; })
               ? "active" : "active_impaired";
}

/// Nodes that do not serve are left out, unless none does.
services::DnsRecord dns_record(const LoadBalancer& balancer, const std::vector<NodeSeen>& nodes) {
    services::DnsRecord record;
    record.name = balancer.dns_name;
    record.vpc_id = balancer.vpc_id;
    record.owner = balancer.arn;
    const bool any = std::any_of(nodes.begin(), nodes.end(),
                                 [](const NodeSeen& node) { return node.running && node.fresh; });
    for (const auto& node : nodes) {
        if (any && !(node.running && node.fresh)) continue;
        record.addresses.push_back(node.address);
        if (!node.public_address.empty()) record.public_addresses.push_back(node.public_address);
    }
    return record;
}

}  // namespace

NodePaths node_paths(const substrate::Realm& realm, const std::string& balancer_id,
                     const std::string& zone) {
    const std::string name = fmt::format("lb-{}-{}", balancer_id, zone);
    return {name, fmt::format("{}/lb/{}.json", realm.run_dir, name),
            fmt::format("{}/lb/{}.status.json", realm.run_dir, name),
            fmt::format("{}/log/{}.log", realm.data_dir, name),
            access_log_folder(realm, name)};
}

std::unique_ptr<wire::Request> Reconciler::begin(const Scope& scope, wire::TxMode mode) {
    return wire::make_internal_request(parts_.store, mode, "elasticloadbalancing", scope.account,
                                       scope.region, parts_.clock.now());
}

void Reconciler::tell(const Scope& scope, std::string kind, std::string subject,
                      std::string text) {
    parts_.timeline.add({parts_.clock.now(), std::move(kind), std::move(subject), std::move(text),
                         scope.region});
}

Result<Reconciler::Balancers> Reconciler::read_balancers() {
    Balancers found;
    const auto tx = parts_.store.read();
    const auto scope_of = [](const std::vector<std::string>& key) {
        return Scope{key.at(0), key.at(1)};
    };
    TRY(load_balancers.scan(*tx, {}, [&](const std::vector<std::string>& key, LoadBalancer& one) {
        found[scope_of(key)].push_back(std::move(one));
    }));
    // Scopes with something left to take down or to drain belong here too.
    TRY(nodes.scan(*tx, {}, [&](const std::vector<std::string>& key, Node&) {
        found[scope_of(key)];
    }));
    TRY(targets.scan(*tx, {}, [&](const std::vector<std::string>& key, Target&) {
        found[scope_of(key)];
    }));
    return found;
}

Result<Reconciler::Seen> Reconciler::keep_balancer(const Scope& scope,
                                                   const LoadBalancer& balancer) {
    Seen seen{scope, balancer, {}, {}};
    const auto wanted_nodes = TRY(keep_interfaces(scope, balancer));
    auto request = begin(scope, wire::TxMode::read);
    if (!request) return fail(Domain::store, "busy", "no snapshot");
    const auto plan = TRY(plan_balancer(*request, parts_.ec2, parts_.certificates, balancer));
    request.reset();
    for (const auto& listener : plan.listeners) seen.ports.push_back(listener.port);
    for (const auto& node : wanted_nodes) {
        seen.nodes.push_back(TRY(keep_node(scope, plan, node)));
    }
    std::string troubles;
    for (const auto& trouble : plan.troubles) troubles += trouble + "; ";
    for (auto& node : seen.nodes) {
        if (troubles.empty()) continue;
        node.current = false;
        node.trouble = troubles;
    }
    parts_.observed.set_nodes(balancer.arn, seen.nodes);
    tell_health(scope, plan, seen.nodes);
    TRY(record(scope, seen));
    return seen;
}

Result<void> Reconciler::record(const Scope& scope, const Seen& seen) {
    const std::string state = state_of(seen.balancer, seen.nodes);
    const auto wanted = dns_record(seen.balancer, seen.nodes);
    {
        const auto tx = parts_.store.read();
        const auto known = TRY(services::dns_records.get(*tx, {scope.region, wanted.name}));
        const bool same = known && base::to_json_text(*known) == base::to_json_text(wanted);
        if (same && state == seen.balancer.state) return {};
    }
    auto request = begin(scope, wire::TxMode::write);
    if (!request) return fail(Domain::store, "busy", "the writer's lock did not come free");
    auto balancer = TRY(find_balancer(*request, seen.balancer.arn));
    if (!balancer) return {};
    const std::string before = std::exchange(balancer->state, state);
    save(*request, *balancer);
    services::dns_records.put(request->tx(), {scope.region, wanted.name}, wanted);
    TRY(request->commit());
    if (before != state) {
        tell(scope, "balancer", balancer->name,
             fmt::format("load balancer {}: {} -> {}", balancer->name, before, state));
    }
    return {};
}

Result<base::Millis> Reconciler::reconcile() {
    const Balancers balancers = TRY(read_balancers());
    std::vector<Seen> all;
    std::set<std::string> arns;
    Result<void> outcome;
    bool starting = false;
    for (const auto& [scope, of_scope] : balancers) {
        TRY(keep_targets(scope));
        for (const auto& balancer : of_scope) {
            arns.insert(balancer.arn);
            auto seen = keep_balancer(scope, balancer);  // One's failure does not stop the others.
            if (!seen) {
                outcome = std::unexpected(std::move(seen).error());
                continue;
            }
            starting |= std::any_of(seen->nodes.begin(), seen->nodes.end(),
                                    [](const NodeSeen& node) { return !node.current; });
            all.push_back(std::move(*seen));
        }
    }
    parts_.observed.keep_only(arns);
    TRY(sweep(balancers));
    TRY(keep_front_door(all));
    first_pass_ = false;
    TRY(std::move(outcome));
    if (balancers.empty()) return rest_idle;
    return starting ? rest_starting : rest_busy;
}

}  // namespace stormglass::elbv2
