// Processes that outlive the daemon: balancer nodes, per-VPC services, the front door, database
// servers. Started detached (own session, stdio to a log), found again by a later daemon through
// run_dir/processes/NAME.json (pid and kernel start time: a reused pid is never mistaken).
// Threading: any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace stormglass::substrate {

struct ProcessLimits {
    int cpu_millicores = 0;           // 0 = none.
    std::int64_t memory_bytes = 0;    // 0 = none.
    int processes_max = 0;            // 0 = none.
};

struct ProcessSpec {
    std::string name;                       // Unique in the realm: "lb-<id>-<zone>", "vpc-<id>"...
    std::vector<std::string> argv;
    std::map<std::string, std::string> environment;  // The whole environment; PATH is added if absent.
    std::string network_namespace;          // Path; empty = the daemon's own.
    std::string log_path;                   // stdout and stderr, appended; 0600.
    ProcessLimits limits;                   // Enforced by a cgroup of the same name.
    std::optional<unsigned> uid, gid;       // Drops to them before exec.
    std::optional<std::string> stdin_text;  // Given on stdin (a pipe), for secrets; else /dev/null.
};

struct ProcessState {
    bool running = false;
    int pid = 0;
    std::optional<int> exit_status;  // As waitpid() tells, when we were the parent.
    bool limits_enforced = false;    // False: the machine's cgroups do not let us; see the log.
    bool stopped = false;            // By a signal (SIGSTOP): it is there and does nothing.
    std::uint64_t cpu_ticks = 0;     // Used so far by all its threads: one that hangs uses none.
};

/// What a process or an instance has used, with all its children.
struct ResourceUsage {
    double cpu_seconds = 0;
    std::int64_t memory_bytes = 0;  // Now, page cache included.
    int processes = 0;              // Now.
};

enum class StopMode { terminate_then_kill, kill };

class Processes {
public:
    virtual ~Processes() = default;
    /// Starts it, or does nothing when a process of that name already runs.
    virtual Result<ProcessState> start(const ProcessSpec& spec) = 0;
    /// What is really there; never started or forgotten: running == false, pid == 0.
    virtual Result<ProcessState> observe(const std::string& name) = 0;
    /// Sends a signal (SIGHUP: read your configuration again).
    virtual Result<void> signal(const std::string& name, int number) = 0;
    /// Ends it with all its children (by cgroup) and forgets it; absent is fine. Waits up to
    /// `grace` between SIGTERM and SIGKILL.
    virtual Result<void> stop(const std::string& name, StopMode mode,
                              std::chrono::milliseconds grace = std::chrono::seconds{5}) = 0;
    virtual Result<std::vector<std::string>> list() = 0;
    /// Observed; an error where the machine cannot tell (no cgroups) or nothing of that name runs.
    virtual Result<ResourceUsage> usage(const std::string& name) = 0;
    /// Kills every process of the realm, known or orphaned, and leaves no record and no cgroup.
    virtual Result<void> remove_everything() = 0;
};

}  // namespace stormglass::substrate
