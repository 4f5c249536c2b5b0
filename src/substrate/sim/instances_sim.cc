#include "substrate/sim/instances_sim.h"

namespace stormglass::substrate {

InstancesSim::Instance* InstancesSim::find_locked(const std::string& id) {
    const auto at = instances_.find(id);
    return at != instances_.end() && at->second.has_layer ? &at->second : nullptr;
}

Result<InstanceState> InstancesSim::launch(const InstanceSpec& spec) {
    TRY(fault("instances.launch", spec.id));
    if (spec.id.empty()) return fail(Domain::system, "bad-id", "an instance needs an id");
    InstanceState state;
    {
        const std::lock_guard lock(mutex_);
        Instance& instance = instances_[spec.id];
        if (instance.state.phase == InstancePhase::running) return instance.state;
        if (!instance.has_layer) instance.boots = 0;
        instance.has_layer = true;
        instance.spec = spec;
        instance.console +=
            instance.boots++ == 0 ? spec.id + ": first boot\n" : spec.id + ": boot\n";
        instance.state = {
            .phase = InstancePhase::running, .pid = next_pid_++, .limits_enforced = true};
        state = instance.state;
    }
    // It runs, but the caller is told that it failed: a daemon that died before the answer.
    TRY(fault("instances.launch.half", spec.id));
    return state;
}

Result<InstanceState> InstancesSim::observe(const std::string& id) {
    TRY(fault("instances.observe", id));
    const std::lock_guard lock(mutex_);
    const Instance* instance = find_locked(id);
    return instance == nullptr ? InstanceState{} : instance->state;
}

Result<void> InstancesSim::halt(const std::string& id, Halt how, std::chrono::milliseconds) {
    TRY(fault("instances.halt", id));
    end(id, how == Halt::graceful ? std::optional(0) : std::nullopt);
    return fault("instances.halt.half", id);
}

Result<void> InstancesSim::remove(const std::string& id) {
    TRY(fault("instances.remove", id));
    end(id, std::nullopt);
    TRY(fault("instances.remove.half", id));
    const std::lock_guard lock(mutex_);
    if (Instance* instance = find_locked(id)) {
        instance->has_layer = false;
        instance->state = {};
    }
    return {};
}

Result<std::vector<std::string>> InstancesSim::list() {
    TRY(fault("instances.list", ""));
    const std::lock_guard lock(mutex_);
    std::vector<std::string> ids;
    for (const auto& [id, instance] : instances_) {
        if (instance.has_layer) ids.push_back(id);
    }
    return ids;
}

Result<std::string> InstancesSim::console(const std::string& id) {
    TRY(fault("instances.console", id));
    const std::lock_guard lock(mutex_);
    const auto at = instances_.find(id);
    return at == instances_.end() ? std::string() : at->second.console;
}

Result<ResourceUsage> InstancesSim::usage(const std::string& id) {
    TRY(fault("instances.usage", id));
    const std::lock_guard lock(mutex_);
    const Instance* instance = find_locked(id);
    if (instance == nullptr || instance->state.phase != InstancePhase::running) {
        return fail(Domain::system, "gone", id + " does not run");
    }
    return ResourceUsage{.processes = 1};
}

Result<void> InstancesSim::forget(const std::string& id) {
    TRY(remove(id));
    const std::lock_guard lock(mutex_);
    instances_.erase(id);
    return {};
}

Result<void> InstancesSim::remove_everything() {
    TRY(fault("instances.remove_everything", ""));
    const auto ids = TRY(list());
    for (const auto& id : ids) end(id, std::nullopt);
    return {};
}

void InstancesSim::end(const std::string& id, std::optional<int> exit_status) {
    const std::lock_guard lock(mutex_);
    Instance* instance = find_locked(id);
    if (instance == nullptr || instance->state.phase != InstancePhase::running) return;
    instance->state = {.phase = InstancePhase::exited, .exit_status = exit_status};
}

void InstancesSim::crash(const std::string& id, std::optional<int> exit_status) {
    end(id, exit_status);
}

std::optional<InstanceSpec> InstancesSim::launched_with(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto at = instances_.find(id);
    if (at == instances_.end() || !at->second.has_layer) return std::nullopt;
    return at->second.spec;
}

int InstancesSim::boots(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto at = instances_.find(id);
    return at == instances_.end() ? 0 : at->second.boots;
}

std::set<std::string> InstancesSim::running() const {
    const std::lock_guard lock(mutex_);
    std::set<std::string> ids;
    for (const auto& [id, instance] : instances_) {
        if (instance.state.phase == InstancePhase::running) ids.insert(id);
    }
    return ids;
}

std::set<std::string> InstancesSim::folders() const {
    const std::lock_guard lock(mutex_);
    std::set<std::string> ids;
    for (const auto& [id, instance] : instances_) ids.insert(id);
    return ids;
}

}  // namespace stormglass::substrate
