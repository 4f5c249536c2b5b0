// The processes that the control plane starts, as far as it hears of them: they read their
// configuration when they start and when they are told to, and write status files. A balancer
// node's health checks see whether an instance runs and whether its application answers.
#pragma once

#include <map>
#include <set>

#include "planes/front_door/config.h"
#include "planes/lb/config.h"
#include "planes/lb/status.h"
#include "substrate/realm.h"
#include "substrate/sim/instances_sim.h"
#include "substrate/sim/processes_sim.h"

namespace stormglass::sim {

/// Used by one thread.
class PlanesSim {
public:
    PlanesSim(const base::Clock& clock, const substrate::Realm& realm,
              const substrate::ProcessesSim& processes, const substrate::InstancesSim& instances)
        : clock_(clock), realm_(realm), processes_(processes), instances_(instances) {}

    /// What the processes have done up to now.
    void step();
    /// The instance's application stops answering; for as long as it lives.
    void sicken(const std::string& instance_id) { sick_.insert(instance_id); }

private:
    struct Check {
        bool good = false;
        base::Time since{};
        std::string state = "initial";
    };
    struct Process {
        int pid = 0;
        std::size_t signals_seen = 0;
        lb::LoadBalancerConfig balancer;
        front_door::FrontDoorConfig door;
        std::map<std::string, Check> checks;  // By group and target.
        base::Time written{};
        std::string config_error;
    };

    void load(const std::string& name, Process& process);
    void load_vpc(const std::string& name, const Process& process) const;
    void report(const std::string& name, Process& process);
    lb::LoadBalancerStatus balancer_status(Process& process);
    lb::TargetStatus target_status(Process& process, const lb::TargetGroupConfig& group,
                                   const lb::TargetConfig& target);
    std::string file(const std::string& name, std::string_view ending) const;

    const base::Clock& clock_;
    const substrate::Realm& realm_;
    const substrate::ProcessesSim& processes_;
    const substrate::InstancesSim& instances_;
    std::map<std::string, Process> known_;
    std::set<std::string> sick_;
    std::set<std::string> running_instances_;
};

}  // namespace stormglass::sim
