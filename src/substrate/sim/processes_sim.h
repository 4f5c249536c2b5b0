// Processes in a map: nothing is executed. A simulation can end one (a crash) and see what was
// started with which specification.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "substrate/processes.h"
#include "substrate/sim/faults.h"

namespace stormglass::substrate {

/// Thread-safe. Keeps no secrets: stdin_text is dropped once "read".
class ProcessesSim final : public Processes {
public:
    explicit ProcessesSim(FaultHook hook = {}) : hook_(std::move(hook)) {}

    Result<ProcessState> start(const ProcessSpec& spec) override;
    Result<ProcessState> observe(const std::string& name) override;
    Result<void> signal(const std::string& name, int number) override;
    Result<void> stop(const std::string& name, StopMode mode,
                      std::chrono::milliseconds grace = std::chrono::seconds{5}) override;
    Result<std::vector<std::string>> list() override;
    Result<ResourceUsage> usage(const std::string& name) override;
    Result<void> remove_everything() override;

    /// For the simulation: the process dies by itself; its record stays, as on a machine.
    void crash(const std::string& name);
    /// For tests: what it was started with, running or crashed.
    std::optional<ProcessSpec> started_with(const std::string& name) const;
    /// For tests: signals received since it was started.
    std::vector<int> signals(const std::string& name) const;
    /// For tests: those that run now, with their pids; and every record, crashed ones included.
    std::map<std::string, int> running() const;
    std::set<std::string> records() const;

private:
    struct Process {
        ProcessSpec spec;
        int pid = 0;
        bool running = true;
        std::vector<int> signals;
    };
    Result<void> fault(std::string_view call, std::string_view subject) const {
        return hook_ ? hook_(call, subject) : Result<void>{};
    }
    Process* running_locked(const std::string& name);

    FaultHook hook_;
    mutable std::mutex mutex_;
    std::map<std::string, Process> processes_;
    int next_pid_ = 1000;
};

}  // namespace stormglass::substrate
