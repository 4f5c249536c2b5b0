// The realm's one front door: from the host's loopback to the nodes of internet-facing balancers.
#include <csignal>
#include <set>

#include "planes/front_door/config.h"
#include "services/elbv2/reconciler.h"

namespace stormglass::elbv2 {
namespace {

constexpr char process_name[] = "front-door";
constexpr base::Millis status_age_max{8'000};
constexpr auto stop_grace = std::chrono::seconds{2};
constexpr int http_listener = 80, https_listener = 443;

bool serves(const NodeSeen& node) { return node.running && node.fresh; }

front_door::Balancer describe(const LoadBalancer& balancer, const std::vector<NodeSeen>& nodes,
                              const std::vector<int>& ports) {
    front_door::Balancer to;
    to.name = balancer.name;
    to.dns_names = {balancer.dns_name};
    to.ports = ports;
    const bool any = std::any_of(nodes.begin(), nodes.end(), serves);
    for (const auto& node : nodes) {
        if (node.public_address.empty() || (any && !serves(node))) continue;
        to.nodes.push_back({node.zone, node.public_address});
    }
    return to;
}

}  // namespace

void Reconciler::tell_bindings(const FrontDoorSeen& seen) {
    if (!seen.fresh) return;
    for (const auto& binding : seen.status.bindings) {
        const std::string subject = fmt::format("front door port {}", binding.port);
        std::string& before = told_[subject];
        if (before == binding.error) continue;
        before = binding.error;
        if (binding.listening) continue;
        tell({}, "network", subject,
             fmt::format("cannot be bound ({}); listener port {} stays reachable inside only",
                         binding.error, binding.listener_port));
    }
}

Result<void> Reconciler::keep_front_door(const std::vector<Seen>& all) {
    const std::string config_path = parts_.realm.run_dir + "/lb/front-door.json";
    const std::string status_path = parts_.realm.run_dir + "/lb/front-door.status.json";
    FrontDoorSeen seen;
    front_door::FrontDoorConfig config;
    config.internet_namespace = parts_.network.internet_namespace();
    config.client_address = substrate::well_known::client_address;
    config.bindings = {{"127.0.0.1", parts_.http_port, http_listener},
                       {"127.0.0.1", parts_.https_port, https_listener}};
    std::set<int> bound{http_listener, https_listener, parts_.http_port, parts_.https_port};
    for (const auto& one : all) {
        if (one.balancer.scheme != "internet-facing") continue;
        seen.wanted = true;
        config.balancers.push_back(describe(one.balancer, one.nodes, one.ports));
        for (const auto& node : one.nodes) {
            if (node.zone_lost) config.lost_nodes.push_back(node.public_address);
        }
        for (const int port : one.ports) {
            if (bound.insert(port).second) config.bindings.push_back({"127.0.0.1", port, port});
        }
    }
    auto process = TRY(parts_.processes.observe(process_name));
    if (!seen.wanted) {
        const auto known = TRY(parts_.processes.list());  // One that died has a record still.
        if (std::find(known.begin(), known.end(), process_name) != known.end()) {
            TRY(parts_.processes.stop(process_name, substrate::StopMode::terminate_then_kill,
                                      stop_grace));
        }
        parts_.observed.set_front_door(seen);
        return {};
    }
    TRY(base::make_directories(parts_.realm.run_dir + "/lb"));
    const auto version = TRY(files_.put(config_path, config, parts_.wall_clock.now()));
    if (!process.running) {
        TRY(base::make_directories(parts_.realm.data_dir + "/log"));
        substrate::ProcessSpec spec;
        spec.name = process_name;
        spec.argv = {parts_.realm.program, "front-door", "--config", config_path, "--status",
                     status_path};
        spec.log_path = parts_.realm.data_dir + "/log/front-door.log";
        process = TRY(parts_.processes.start(spec));
    }
    seen.running = process.running;
    seen.pid = process.pid;
    if (const auto text = base::read_file(status_path)) {
        if (auto status = base::from_json_text<front_door::FrontDoorStatus>(*text)) {
            const auto age =
                parts_.wall_clock.now().time_since_epoch().count() - status->written_at_ms;
            seen.fresh = status->pid == process.pid && age < status_age_max.count();
            seen.status = std::move(*status);
        }
    }
    if (seen.fresh && seen.status.config_version != version) {
        TRY(parts_.processes.signal(process_name, SIGHUP));
    }
    tell_bindings(seen);
    parts_.observed.set_front_door(std::move(seen));
    return {};
}

}  // namespace stormglass::elbv2
