// What /_stormglass/health says: each service's state as probed while it is asked.
#pragma once

#include <functional>

#include "app/reconciler_runner.h"
#include "base/json.h"
#include "store/store.h"

namespace stormglass::app {

/// A look at something that services stand on; an error says what is wrong with it.
struct Probe {
    std::string name;                   // "network"
    std::vector<std::string> services;  // That cannot do their work without it.
    std::function<Result<void>()> look;
};

enum class ServiceState { running, degraded, failed };

/// Everything it is given must outlive it. Thread-safe.
class Health {
public:
    /// `why_not`: why nothing is launched (no root); else empty.
    Health(store::Store& store, const ReconcilerRunner& reconcilers, std::string why_not)
        : store_(store), reconcilers_(reconcilers), why_not_(std::move(why_not)) {}
    void add_probe(Probe probe) { probes_.push_back(std::move(probe)); }

    /// {"status": worst state, "services": {"ec2": {"state", "why", "reconcilers": [...]}, ...}}
    base::Json look(const std::vector<std::string>& services, base::Time now) const;

private:
    Result<void> look_at_store() const;

    store::Store& store_;
    const ReconcilerRunner& reconcilers_;
    const std::string why_not_;
    std::vector<Probe> probes_;
};

/// One reconciler's state, and why unless it is running.
std::pair<ServiceState, std::string> judge(const PassReport& report, base::Time now);

}  // namespace stormglass::app
