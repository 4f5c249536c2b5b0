// Control groups of one realm behind one small interface, over cgroup v1 (one mount per controller,
// with or without a cgroup2 mount beside them) and cgroup v2. Which one the machine has is found at
// run time. Every group lies below a folder `stormglass-<realm id>`; nothing outside it is changed.
//
// Group names are relative paths of two parts, "process/<name>" or "instance/<id>".
// Threading: any thread; two calls about the same group must not overlap.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "substrate/processes.h"

namespace stormglass::substrate {

enum class Freeze { frozen, thawed };

class Cgroups {
public:
    /// `root` is where the machine mounts cgroups; another folder only in tests.
    explicit Cgroups(const std::string& realm_id, std::string root = "/sys/fs/cgroup");

    /// Whether CPU, memory and process limits can all be enforced on this machine.
    bool limits_enforced() const { return why_not_.empty(); }
    /// What stands in the way of it; empty when nothing does.
    const std::string& why_not() const { return why_not_; }

    /// Makes the group (an existing one is reused) with exactly these limits.
    Result<void> create(const std::string& group, const ProcessLimits& limits);
    /// Moves a process, with what it will fork, into the group.
    Result<void> join(const std::string& group, int pid);
    /// Processes inside now, as this process's pid namespace numbers them.
    std::vector<int> members(const std::string& group) const;
    /// SIGKILL to all inside, until none is left; an error if some outlive `limit`.
    Result<void> kill_all(const std::string& group, std::chrono::milliseconds limit);
    Result<void> freeze(const std::string& group, Freeze state);
    /// As observed, by whichever freezer.
    bool is_frozen(const std::string& group) const;
    Result<ResourceUsage> usage(const std::string& group) const;
    /// Removes an empty group; absent is fine.
    Result<void> remove(const std::string& group);
    /// Names below "process" or "instance", from all hierarchies.
    std::vector<std::string> list(const std::string& kind) const;
    /// Kills what is left in every group of "process" or "instance" and removes those groups, and
    /// the realm's folder with the last of them.
    Result<void> remove_kind(const std::string& kind);

private:
    enum class Version { none, v1, v2 };

    void detect();
    void prepare_v2();
    bool uses(const std::string& hierarchy) const;
    std::string folder(const std::string& hierarchy, const std::string& group) const;
    Result<void> set_limits_v1(const std::string& group, const ProcessLimits& limits);
    Result<void> set_limits_v2(const std::string& group, const ProcessLimits& limits);
    void kill_once(const std::string& group);

    std::string realm_folder_;  // "stormglass-<id>"
    std::string root_;
    Version version_ = Version::none;
    std::vector<std::string> hierarchies_;  // Mount folders we make groups in.
    std::string unified_;  // The cgroup2 mount, alone or beside v1; empty if there is none.
    std::string why_not_;
};

}  // namespace stormglass::substrate
