// Instances in a map: nothing is executed. A simulation can end one, and see how often it booted.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "substrate/instances.h"
#include "substrate/sim/faults.h"

namespace stormglass::substrate {

/// Thread-safe.
class InstancesSim final : public Instances {
public:
    explicit InstancesSim(FaultHook hook = {}) : hook_(std::move(hook)) {}

    Result<InstanceState> launch(const InstanceSpec& spec) override;
    Result<InstanceState> observe(const std::string& id) override;
    Result<void> halt(const std::string& id, Halt how,
                      std::chrono::milliseconds grace = std::chrono::seconds{10}) override;
    Result<void> remove(const std::string& id) override;
    Result<std::vector<std::string>> list() override;
    Result<std::string> console(const std::string& id) override;
    Result<ResourceUsage> usage(const std::string& id) override;
    Result<void> forget(const std::string& id) override;
    Result<void> remove_everything() override;

    /// For the simulation: the instance ends by itself. Without a status it was killed.
    void crash(const std::string& id, std::optional<int> exit_status = std::nullopt);
    /// For tests: what it was last launched with, while it has a writable layer.
    std::optional<InstanceSpec> launched_with(const std::string& id) const;
    /// For tests: boots of its present writable layer; user data belongs to the first.
    int boots(const std::string& id) const;
    /// For tests: those that run now; and every folder, which outlives its writable layer.
    std::set<std::string> running() const;
    std::set<std::string> folders() const;

private:
    struct Instance {
        InstanceSpec spec;
        InstanceState state;
        bool has_layer = false;  // The console outlives it.
        int boots = 0;
        std::string console;
    };
    Result<void> fault(std::string_view call, std::string_view subject) const {
        return hook_ ? hook_(call, subject) : Result<void>{};
    }
    Instance* find_locked(const std::string& id);
    void end(const std::string& id, std::optional<int> exit_status);

    FaultHook hook_;
    mutable std::mutex mutex_;
    std::map<std::string, Instance> instances_;
    int next_pid_ = 10'000;
};

}  // namespace stormglass::substrate
