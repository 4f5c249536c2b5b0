#include "substrate/sim/processes_sim.h"

#include <csignal>

namespace stormglass::substrate {

ProcessesSim::Process* ProcessesSim::running_locked(const std::string& name) {
    const auto at = processes_.find(name);
    return at != processes_.end() && at->second.running ? &at->second : nullptr;
}

Result<ProcessState> ProcessesSim::start(const ProcessSpec& spec) {
    TRY(fault("processes.start", spec.name));
    if (spec.name.empty() || spec.argv.empty()) {
        return fail(Domain::system, "bad-argv",
                    "'" + spec.name + "': a name and an argv are needed");
    }
    ProcessState state{.running = true, .limits_enforced = true};
    {
        const std::lock_guard lock(mutex_);
        if (const Process* process = running_locked(spec.name)) {
            state.pid = process->pid;
            return state;
        }
        Process process{.spec = spec, .pid = next_pid_++};
        process.spec.stdin_text.reset();
        state.pid = process.pid;
        processes_[spec.name] = std::move(process);
    }
    // It runs, but the caller is told that it failed: a daemon that died before the answer.
    TRY(fault("processes.start.half", spec.name));
    return state;
}

Result<ProcessState> ProcessesSim::observe(const std::string& name) {
    TRY(fault("processes.observe", name));
    const std::lock_guard lock(mutex_);
    const Process* process = running_locked(name);
    if (process == nullptr) return ProcessState{};
    ProcessState state{.running = true, .pid = process->pid, .limits_enforced = true};
    for (const int number : process->signals) {
        if (number == SIGSTOP || number == SIGCONT) state.stopped = number == SIGSTOP;
    }
    return state;
}

Result<void> ProcessesSim::signal(const std::string& name, int number) {
    TRY(fault("processes.signal", name));
    const std::lock_guard lock(mutex_);
    Process* process = running_locked(name);
    if (process == nullptr) return fail(Domain::system, "gone", name + " does not run");
    process->signals.push_back(number);
    return {};
}

Result<void> ProcessesSim::stop(const std::string& name, StopMode, std::chrono::milliseconds) {
    TRY(fault("processes.stop", name));
    crash(name);  // Half way it is dead and not yet forgotten.
    TRY(fault("processes.stop.half", name));
    const std::lock_guard lock(mutex_);
    processes_.erase(name);
    return {};
}

Result<std::vector<std::string>> ProcessesSim::list() {
    TRY(fault("processes.list", ""));
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, process] : processes_) names.push_back(name);
    return names;
}

Result<ResourceUsage> ProcessesSim::usage(const std::string& name) {
    TRY(fault("processes.usage", name));
    const std::lock_guard lock(mutex_);
    if (running_locked(name) == nullptr) {
        return fail(Domain::system, "gone", name + " does not run");
    }
    return ResourceUsage{.processes = 1};
}

Result<void> ProcessesSim::remove_everything() {
    TRY(fault("processes.remove_everything", ""));
    const std::lock_guard lock(mutex_);
    processes_.clear();
    return {};
}

void ProcessesSim::crash(const std::string& name) {
    const std::lock_guard lock(mutex_);
    if (Process* process = running_locked(name)) process->running = false;
}

std::optional<ProcessSpec> ProcessesSim::started_with(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto at = processes_.find(name);
    return at == processes_.end() ? std::nullopt : std::optional(at->second.spec);
}

std::vector<int> ProcessesSim::signals(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto at = processes_.find(name);
    return at == processes_.end() ? std::vector<int>{} : at->second.signals;
}

std::map<std::string, int> ProcessesSim::running() const {
    const std::lock_guard lock(mutex_);
    std::map<std::string, int> pids;
    for (const auto& [name, process] : processes_) {
        if (process.running) pids[name] = process.pid;
    }
    return pids;
}

std::set<std::string> ProcessesSim::records() const {
    const std::lock_guard lock(mutex_);
    std::set<std::string> names;
    for (const auto& [name, process] : processes_) names.insert(name);
    return names;
}

}  // namespace stormglass::substrate
