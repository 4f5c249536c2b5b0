#include "app/teardown.h"

#include <sys/mount.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "app/realm_paths.h"
#include "base/file.h"
#include "store/directory_lock.h"
#include "substrate/container/instances_linux.h"
#include "substrate/mysql/databases_linux.h"
#include "substrate/netns/network_linux.h"
#include "substrate/process/cgroups.h"
#include "substrate/process/processes_linux.h"

namespace stormglass::app {
namespace {

constexpr std::chrono::seconds daemon_stop_max{15};

/// Asks the daemon to end, and ends it if it does not.
Result<void> stop_daemon(const substrate::Realm& realm,
                         const std::function<void(const std::string&)>& say) {
    const auto holder = store::DirectoryLock::holder(realm.data_dir);
    if (!holder) return {};
    say("stopping the daemon (pid " + std::to_string(*holder) + ")");
    ::kill(*holder, SIGTERM);
    const auto until = std::chrono::steady_clock::now() + daemon_stop_max;
    while (store::DirectoryLock::holder(realm.data_dir) == holder) {
        if (std::chrono::steady_clock::now() > until) ::kill(*holder, SIGKILL);
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    return {};
}

Result<void> stop_instances(const substrate::Realm& realm,
                            const std::function<void(const std::string&)>& say) {
    auto instances = substrate::make_linux_instances(realm);
    for (const auto& id : TRY(instances->list())) {
        const auto state = TRY(instances->observe(id));
        if (state.phase != substrate::InstancePhase::running) continue;
        say("stopping instance " + id);
        TRY(instances->halt(id, substrate::Halt::power_off));
    }
    return {};
}

Result<void> stop_databases(substrate::Databases& databases,
                            const std::function<void(const std::string&)>& say) {
    for (const auto& id : TRY(databases.list())) {
        say("stopping database server " + id);
        TRY(databases.stop(id));
    }
    return {};
}

}  // namespace

Result<void> tear_down(const substrate::Realm& realm, DataFate fate,
                       const std::function<void(const std::string&)>& say) {
    TRY(stop_daemon(realm, say));
    if (base::file_exists(realm.run_dir)) {
        auto processes = substrate::make_linux_processes(realm);
        auto databases = substrate::make_linux_databases(realm, *processes);
        TRY(stop_instances(realm, say));
        TRY(stop_databases(*databases, say));
        for (const auto& name : TRY(processes->list())) {
            say("stopping " + name);
            TRY(processes->stop(name, substrate::StopMode::terminate_then_kill,
                                std::chrono::seconds{2}));
        }
        say("removing namespaces");
        TRY(substrate::netns::make_linux_network(realm)->remove_everything());
        substrate::Cgroups cgroups(realm.id);
        TRY(cgroups.remove_kind("process"));
        TRY(cgroups.remove_kind("instance"));
        ::umount2(realm.run_dir.c_str(), MNT_DETACH);  // The tmpfs, where we mounted one.
        TRY(base::remove_all(realm.run_dir));
        ::rmdir("/run/stormglass");  // Only when no other realm is left in it.
    }
    std::error_code ignored;
    std::filesystem::remove(daemon_facts_path(realm.data_dir), ignored);
    if (fate == DataFate::purge) {
        say("deleting " + realm.data_dir);
        TRY(base::remove_all(realm.data_dir));
    }
    return {};
}

}  // namespace stormglass::app
