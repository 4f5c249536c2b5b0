#include "services/elbv2/node_watch.h"

#include <set>

#include "services/common/zone_health.h"

namespace stormglass::elbv2 {

Result<base::Millis> NodeWatch::reconcile() {
    std::vector<std::pair<std::vector<std::string>, Node>> known;
    {
        const auto tx = parts_.store.read();
        TRY(nodes.scan(*tx, {}, [&](const std::vector<std::string>& key, Node& node) {
            known.emplace_back(key, std::move(node));
        }));
    }
    std::set<std::string> names;
    for (const auto& [key, node] : known) {
        names.insert(node_paths(parts_.realm, node.load_balancer_id, node.zone).name);
        TRY(look(key, node));
    }
    std::erase_if(watched_, [&](const auto& one) { return !names.contains(one.first); });
    return look_every;
}

Result<void> NodeWatch::look(const std::vector<std::string>& key, const Node& node) {
    const NodePaths paths = node_paths(parts_.realm, node.load_balancer_id, node.zone);
    Watched& watched = watched_[paths.name];
    const auto zone = TRY(services::ZoneHealth(parts_.store).state(node.zone));
    if (!services::is_usable(zone)) {
        watched = {};  // It comes back by the reconciler, when the zone does.
        return {};
    }
    const auto seen = TRY(parts_.processes.observe(paths.name));
    if (seen.running) {
        const std::string why = hangs(paths, seen, watched);
        watched.pid = seen.pid;
        if (why.empty()) return {};
        TRY(parts_.processes.stop(paths.name, substrate::StopMode::kill));
        return put_back(key.at(1), node, paths, why, watched);
    }
    if (watched.pid == 0) return {};
    return put_back(key.at(1), node, paths, "it had died", watched);
}

std::string NodeWatch::hangs(const NodePaths& paths, const substrate::ProcessState& seen,
                             Watched& watched) {
    const auto now = parts_.wall_clock.now();
    if (seen.pid != watched.pid || seen.cpu_ticks != watched.cpu_ticks) {
        watched.cpu_ticks = seen.cpu_ticks;
        watched.ticks_since = now;
    }
    const bool stopped_before = std::exchange(watched.was_stopped, seen.stopped);
    if (seen.pid != watched.pid) return {};
    if (seen.stopped && stopped_before) return "it had been stopped by a signal";
    const auto text = base::read_file(paths.status);
    if (!text) return {};
    const auto status = base::from_json_text<lb::LoadBalancerStatus>(*text);
    if (!status || status->pid != seen.pid) return {};  // It starts.
    const base::Millis age{now.time_since_epoch().count() - status->written_at_ms};
    const bool idle = now - watched.ticks_since > heartbeat_max;
    if (age > silence_max || (age > heartbeat_max && idle)) return "it did not report any more";
    return {};
}

Result<void> NodeWatch::put_back(const std::string& region, const Node& node,
                                 const NodePaths& paths, const std::string& why,
                                 Watched& watched) {
    const auto now = parts_.wall_clock.now();
    if (now < watched.again_at || !parts_.interfaces.is_plugged(node.interface_id) ||
        !base::file_exists(paths.config)) {
        return {};
    }
    if (now - watched.restarted > calm) watched.pause = {};
    watched.pause = std::clamp(watched.pause * 2, again_first, again_most);
    watched.restarted = now;
    watched.again_at = now + watched.pause;
    const auto state = TRY(launch_node(parts_.processes, parts_.network, parts_.realm, node, paths));
    watched.pid = state.pid;
    watched.cpu_ticks = state.cpu_ticks;
    watched.ticks_since = now;
    watched.was_stopped = false;
    parts_.timeline.add({parts_.clock.now(), "balancer", paths.name,
                         fmt::format("node {} in {}: {}; started again (pid {})", node.address,
                                     node.zone, why, state.pid),
                         region});
    return {};
}

}  // namespace stormglass::elbv2
