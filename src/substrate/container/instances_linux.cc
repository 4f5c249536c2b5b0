// Launching: the daemon starts `stormglass instance-init` in the instance's cgroup and network
// namespace, reads from it the pid of the init it made, writes that down, and only then lets the
// init go on. Everything the instance mounts lives in its own mount namespace and ends with it.
#include "substrate/container/instances_linux.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <set>

#include "base/file.h"
#include "base/strings.h"
#include "substrate/container/boot_config.h"
#include "substrate/container/console.h"
#include "substrate/container/instance_folder.h"
#include "substrate/container/launch_status.h"
#include "substrate/process/cgroups.h"
#include "substrate/process/keyed_mutex.h"
#include "substrate/process/spawn.h"

namespace stormglass::substrate {
namespace {

constexpr std::chrono::milliseconds kill_limit{10'000};

struct Pipe {
    base::UniqueFd read_end, write_end;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("pipe");
    return Pipe{base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

class LinuxInstances final : public Instances {
public:
    explicit LinuxInstances(const Realm& realm) : realm_(realm), cgroups_(realm.id) {}

    Result<InstanceState> launch(const InstanceSpec& spec) override;
    Result<InstanceState> observe(const std::string& id) override;
    Result<void> halt(const std::string& id, Halt how, std::chrono::milliseconds grace) override;
    Result<void> remove(const std::string& id) override;
    Result<std::vector<std::string>> list() override;
    Result<std::string> console(const std::string& id) override;
    Result<ResourceUsage> usage(const std::string& id) override;
    Result<void> forget(const std::string& id) override;
    Result<void> remove_everything() override;

private:
    BootConfig config_for(const InstanceSpec& spec, const InstanceFolder& folder) const;
    Result<InstanceState> boot(const InstanceSpec& spec, const InstanceFolder& folder);
    Result<void> start_init(const InstanceSpec& spec, const InstanceFolder& folder, int status_fd,
                            int go_fd);
    Result<void> end(const InstanceFolder& folder, Halt how, std::chrono::milliseconds grace);

    Realm realm_;
    Cgroups cgroups_;
    KeyedMutex busy_;
};

InstanceState running_state(const InstanceRecord& record) {
    return {.phase = InstancePhase::running,
            .pid = record.init.pid,
            .limits_enforced = record.limits_enforced};
}

BootConfig LinuxInstances::config_for(const InstanceSpec& spec,
                                      const InstanceFolder& folder) const {
    return {.id = spec.id,
            .folder = folder.path(),
            .image_root = spec.image_root.empty() ? "/" : spec.image_root,
            .hidden_folders = {realm_.data_dir, realm_.run_dir},
            .hostname = spec.hostname.empty() ? spec.id : spec.hostname,
            .dns_server = spec.dns_server,
            .search_domain = spec.search_domain,
            .user_data_base64 = base::base64_encode(spec.user_data),
            .ca_certificate_pem = spec.ca_certificate_pem,
            .root_volume_bytes = spec.root_volume_bytes};
}

Result<InstanceState> LinuxInstances::launch(const InstanceSpec& spec) {
    const auto folder = TRY(InstanceFolder::of(realm_, spec.id));
    if (spec.network_namespace.empty()) {  // It would be the host's own network.
        return fail(Domain::system, "bad-spec",
                    spec.id + ": an instance needs a network namespace");
    }
    const KeyedMutex::Guard guard(busy_, spec.id);
    const auto record = TRY(folder.load());
    if (record && is_running(record->init)) return running_state(*record);
    TRY(end(folder, Halt::power_off, {}));  // What an earlier boot may have left.
    auto state = boot(spec, folder);
    if (!state) {
        (void)end(folder, Halt::power_off, {});
        return fail(Domain::system, state.error().code,
                    "launch " + spec.id + ": " + state.error().message);
    }
    return state;
}

Result<InstanceState> LinuxInstances::boot(const InstanceSpec& spec, const InstanceFolder& folder) {
    TRY(folder.make());
    folder.forget_exit_status();
    const ProcessLimits limits{.cpu_millicores = spec.cpu_millicores,
                               .memory_bytes = spec.memory_bytes,
                               .processes_max = spec.processes_max};
    TRY(cgroups_.create(folder.group(), limits));
    Pipe status = TRY(make_pipe());
    Pipe go = TRY(make_pipe());
    TRY(start_init(spec, folder, status.write_end.get(), go.read_end.get()));
    status.write_end.reset();
    go.read_end.reset();
    const int pid = TRY(await_ready(status.read_end.get()));
    const InstanceRecord record{
        .id = spec.id, .init = TRY(identify(pid)), .limits_enforced = cgroups_.limits_enforced()};
    TRY(folder.save(record));
    if (::write(go.write_end.get(), "g", 1) != 1) return fail_errno("let the init go on");
    return running_state(record);
}

Result<void> LinuxInstances::start_init(const InstanceSpec& spec, const InstanceFolder& folder,
                                        int status_fd, int go_fd) {
    const auto config = TRY(pipe_with(base::to_json_text(config_for(spec, folder))));
    const std::string log_path = folder.path() + "/" + console_file;
    const base::UniqueFd log(
        ::open(log_path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    if (!log.valid()) return fail_errno("open " + log_path);
    const SpawnRequest request{
        .program = realm_.program,
        .argv = {"stormglass", "instance-init"},
        .environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
        .network_namespace = spec.network_namespace,
        .descriptors = {config.get(), log.get(), log.get(), status_fd, go_fd}};
    TRY(spawn_detached(request, [&](const ProcessIdentity& identity) {
        return cgroups_.join(folder.group(), identity.pid);
    }));
    return {};
}

Result<InstanceState> LinuxInstances::observe(const std::string& id) {
    const auto folder = TRY(InstanceFolder::of(realm_, id));
    const auto record = TRY(folder.load());
    if (!record) return InstanceState{};
    if (const auto vitals = look_at(record->init)) {
        auto state = running_state(*record);
        state.hangs = vitals->stopped || cgroups_.is_frozen(folder.group());
        return state;
    }
    return InstanceState{.phase = InstancePhase::exited, .exit_status = folder.exit_status()};
}

Result<void> LinuxInstances::halt(const std::string& id, Halt how,
                                  std::chrono::milliseconds grace) {
    const auto folder = TRY(InstanceFolder::of(realm_, id));
    const KeyedMutex::Guard guard(busy_, id);
    return end(folder, how, grace);
}

Result<void> LinuxInstances::end(const InstanceFolder& folder, Halt how,
                                 std::chrono::milliseconds grace) {
    const auto record = TRY(folder.load());
    const std::string group = folder.group();
    if (record && how == Halt::graceful && is_running(record->init)) {
        (void)cgroups_.freeze(group, Freeze::thawed);  // A frozen init cannot act on SIGTERM.
        if (send_signal(record->init, SIGTERM)) wait_for_end(record->init, grace);
    }
    // The kernel kills a pid namespace with its first process, cgroups or not.
    if (record && is_running(record->init)) (void)send_signal(record->init, SIGKILL);
    TRY(cgroups_.kill_all(group, kill_limit));
    if (record && !wait_for_end(record->init, kill_limit)) {
        return fail(Domain::system, "busy", group + ": the init outlives SIGKILL");
    }
    return cgroups_.remove(group);
}

Result<void> LinuxInstances::remove(const std::string& id) {
    const auto folder = TRY(InstanceFolder::of(realm_, id));
    const KeyedMutex::Guard guard(busy_, id);
    TRY(end(folder, Halt::power_off, {}));
    return folder.remove_layers();
}

Result<std::vector<std::string>> LinuxInstances::list() {
    std::set<std::string> ids;
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator(InstanceFolder::all(realm_), error)) {
        const std::string id = entry.path().filename();
        const auto folder = InstanceFolder::of(realm_, id);
        if (folder && folder->has_layers()) ids.insert(id);
    }
    for (auto& id : cgroups_.list("instance")) ids.insert(std::move(id));
    return std::vector<std::string>(ids.begin(), ids.end());
}

Result<std::string> LinuxInstances::console(const std::string& id) {
    const auto folder = TRY(InstanceFolder::of(realm_, id));
    return read_console(folder.path());
}

Result<ResourceUsage> LinuxInstances::usage(const std::string& id) {
    const auto folder = TRY(InstanceFolder::of(realm_, id));
    return cgroups_.usage(folder.group());
}

Result<void> LinuxInstances::forget(const std::string& id) {
    const auto folder = TRY(InstanceFolder::of(realm_, id));
    TRY(remove(id));
    return base::remove_all(folder.path());
}

Result<void> LinuxInstances::remove_everything() {
    Result<void> result;
    for (const auto& id : TRY(list())) {
        auto halted = halt(id, Halt::power_off, {});
        if (!halted && result) result = std::move(halted);
    }
    auto removed = cgroups_.remove_kind("instance");
    if (!removed && result) result = std::move(removed);
    return result;
}

}  // namespace

std::unique_ptr<Instances> make_linux_instances(const Realm& realm) {
    return std::make_unique<LinuxInstances>(realm);
}

}  // namespace stormglass::substrate
