// Compute instances: a process tree in namespaces of its own over an overlay of an image, with the
// CPU, memory and process limits of its type, and an init of ours that runs user data and logs to a
// console file. An instance outlives the daemon; a later daemon finds it by its folder and pid.
// Threading: any thread; calls for one id are serialised.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "substrate/processes.h"  // ResourceUsage

namespace stormglass::substrate {

struct InstanceSpec {
    std::string id;                  // i-...
    std::string image_root;          // Folder of the root file system; empty = the host's own.
    std::string network_namespace;   // Network::attachment_namespace(id), already there.
    std::string hostname;            // "ip-10-20-0-5.ec2.internal"
    std::string dns_server;          // Goes into resolv.conf.
    std::string search_domain;       // "ec2.internal"
    std::string user_data;           // Decoded; run on first boot when it starts with "#!".
    std::string ca_certificate_pem;  // Added to the trust store of the instance.
    int cpu_millicores = 1000;
    std::int64_t memory_bytes = 0;
    int processes_max = 1024;
    std::int64_t root_volume_bytes = 0;  // Limit of the writable layer; 0 = none.
};

enum class InstancePhase { absent, running, exited };
struct InstanceState {
    InstancePhase phase = InstancePhase::absent;
    int pid = 0;  // Of the init, in the host's pid namespace.
    bool hangs = false;  // It runs, but is frozen or stopped: nothing in it can act.
    std::optional<int> exit_status;
    bool limits_enforced = false;  // False: the machine's cgroups do not let us; see the log.
};

enum class Halt { graceful, power_off };

class Instances {
public:
    virtual ~Instances() = default;
    /// Starts it (first boot or a later one: the writable layer is kept between boots). Nothing
    /// happens if it already runs.
    virtual Result<InstanceState> launch(const InstanceSpec& spec) = 0;
    virtual Result<InstanceState> observe(const std::string& id) = 0;
    /// graceful: SIGTERM to init, then power_off after `grace`.
    virtual Result<void> halt(const std::string& id, Halt how,
                              std::chrono::milliseconds grace = std::chrono::seconds{10}) = 0;
    /// Halts and deletes the writable layer; absent is fine. The console log is kept with the folder
    /// only until forget(), and observe() then says absent.
    virtual Result<void> remove(const std::string& id) = 0;
    /// Ids of all instances that run or have a writable layer (observed), known or orphaned.
    virtual Result<std::vector<std::string>> list() = 0;
    /// Console output so far, at most the last 64 KiB.
    virtual Result<std::string> console(const std::string& id) = 0;
    /// Observed; an error where the machine cannot tell (no cgroups) or the instance does not run.
    virtual Result<ResourceUsage> usage(const std::string& id) = 0;
    /// Deletes the folder with the console log; only of an instance that does not run.
    virtual Result<void> forget(const std::string& id) = 0;
    /// Powers off every instance of the realm, known or orphaned. Folders are kept: `--purge` deletes
    /// the data directory.
    virtual Result<void> remove_everything() = 0;
};

}  // namespace stormglass::substrate
