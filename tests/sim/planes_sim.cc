#include "planes_sim.h"

#include "base/crypto.h"
#include "base/file.h"
#include "base/strings.h"
#include "planes/front_door/status.h"
#include "planes/vpc/config.h"

namespace stormglass::sim {
namespace {

constexpr base::Millis report_every{1000};
constexpr char door_name[] = "front-door";

bool is_vpc(const std::string& name) { return name.starts_with("vpc-"); }

}  // namespace

std::string PlanesSim::file(const std::string& name, std::string_view ending) const {
    return fmt::format("{}/{}/{}{}", realm_.run_dir, is_vpc(name) ? "vpc" : "lb", name, ending);
}

void PlanesSim::load_vpc(const std::string& name, const Process& process) const {
    const auto text = base::read_file(file(name, ".json"));
    if (!text) return;
    vpc::Status status;
    status.pid = process.pid;
    status.vpc_id = name;
    status.config_sha256 = base::hex_encode(base::sha256(*text));
    (void)base::write_file(file(name, ".status.json"), base::to_json_text(status));
}

void PlanesSim::load(const std::string& name, Process& process) {
    if (is_vpc(name)) return load_vpc(name, process);
    const auto text = base::read_file(file(name, ".json"));
    if (!text) return;
    if (name == door_name) {
        auto config = base::from_json_text<front_door::FrontDoorConfig>(*text);
        if (config) process.door = std::move(*config);
    } else {
        auto config = base::from_json_text<lb::LoadBalancerConfig>(*text);
        if (config) process.balancer = std::move(*config);
    }
    process.written = {};  // Reported at once.
}

lb::TargetStatus PlanesSim::target_status(Process& process, const lb::TargetGroupConfig& group,
                                          const lb::TargetConfig& target) {
    const bool good = running_instances_.contains(target.id) && !sick_.contains(target.id);
    auto [at, is_new] = process.checks.try_emplace(group.arn + " " + target.id);
    Check& check = at->second;
    if (is_new || check.good != good) {
        check.good = good;
        check.since = clock_.now();
    }
    const auto& config = group.health_check;
    const auto needed = base::Seconds(config.interval_seconds) *
                        (good ? config.healthy_threshold : config.unhealthy_threshold);
    if (clock_.now() - check.since >= needed) check.state = good ? "healthy" : "unhealthy";
    lb::TargetStatus status;
    status.id = target.id;
    status.port = target.port;
    status.zone = target.zone;
    status.state = target.state == "draining" ? "draining" : check.state;
    if (status.state == "unhealthy") status.reason = "Target.Timeout";
    if (status.state == "initial") status.reason = "Elb.InitialHealthChecking";
    return status;
}

lb::LoadBalancerStatus PlanesSim::balancer_status(Process& process) {
    lb::LoadBalancerStatus status;
    status.pid = process.pid;
    status.written_at_ms = clock_.now().time_since_epoch().count();
    status.config_version = process.balancer.config_version;
    status.zone = process.balancer.zone;
    for (const auto& one : process.balancer.listeners) {
        status.listeners.push_back({one.arn, one.port, true, {}});
    }
    for (const auto& group : process.balancer.target_groups) {
        auto& seen = status.target_groups.emplace_back();
        seen.arn = group.arn;
        for (const auto& target : group.targets) {
            seen.targets.push_back(target_status(process, group, target));
        }
    }
    return status;
}

void PlanesSim::report(const std::string& name, Process& process) {
    if (is_vpc(name) || clock_.now() - process.written < report_every) return;
    process.written = clock_.now();
    std::string text;
    if (name == door_name) {
        front_door::FrontDoorStatus status;
        status.pid = process.pid;
        status.written_at_ms = clock_.now().time_since_epoch().count();
        status.config_version = process.door.config_version;
        for (const auto& one : process.door.bindings) {
            status.bindings.push_back({one.bind_address, one.port, one.listener_port, true, {}});
        }
        text = base::to_json_text(status);
    } else {
        text = base::to_json_text(balancer_status(process));
    }
    (void)base::write_file(file(name, ".status.json"), text);
}

void PlanesSim::step() {
    running_instances_ = instances_.running();
    const auto running = processes_.running();
    std::erase_if(known_, [&](const auto& entry) { return !running.contains(entry.first); });
    for (const auto& [name, pid] : running) {
        Process& process = known_[name];
        const auto signals = processes_.signals(name).size();
        if (process.pid != pid) {
            process = Process{.pid = pid};
            load(name, process);
        } else if (signals != process.signals_seen) {
            load(name, process);
        }
        process.signals_seen = signals;
        report(name, process);
    }
}

}  // namespace stormglass::sim
