// The record of a process, run_dir/processes/NAME.json, is written while the process still waits to
// execute its program; its cgroup carries the same name, so that even children whose parent died
// are found and killed.
#include "substrate/process/processes_linux.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "substrate/process/cgroups.h"
#include "substrate/process/identity.h"
#include "substrate/process/keyed_mutex.h"
#include "substrate/process/spawn.h"

namespace stormglass::substrate {
namespace {

constexpr std::size_t name_max = 200;
constexpr std::chrono::milliseconds kill_limit{5000};
constexpr char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr char record_suffix[] = ".json";

struct Record {
    std::string name;
    ProcessIdentity process;
    bool limits_enforced = false;
};
STORMGLASS_JSON(Record, name, process, limits_enforced)

Result<void> check_name(const std::string& name) {
    const auto allowed = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
    };
    if (name.empty() || name.size() > name_max || name[0] == '.' ||
        !std::ranges::all_of(name, allowed)) {
        return fail(Domain::system, "bad-name", "'" + name + "' cannot name a process");
    }
    return {};
}

Result<base::UniqueFd> open_log(const std::string& path) {
    const char* target = path.empty() ? "/dev/null" : path.c_str();
    base::UniqueFd fd(::open(target, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    if (!fd.valid()) return fail_errno("open log " + path);
    return fd;
}

Result<base::UniqueFd> open_stdin(const std::optional<std::string>& text) {
    if (!text) {
        base::UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        if (!null.valid()) return fail_errno("open /dev/null");
        return null;
    }
    return pipe_with(*text);
}

std::vector<std::string> environment_of(const ProcessSpec& spec, std::string& path) {
    std::vector<std::string> result;
    path = default_path;
    for (const auto& [name, value] : spec.environment) {
        if (name == "PATH") path = value;
        if (name != "PATH") result.push_back(name + "=" + value);
    }
    result.push_back("PATH=" + path);
    return result;
}

class LinuxProcesses final : public Processes {
public:
    explicit LinuxProcesses(const Realm& realm)
        : folder_(realm.run_dir + "/processes"), cgroups_(realm.id) {}

    Result<ProcessState> start(const ProcessSpec& spec) override;
    Result<ProcessState> observe(const std::string& name) override;
    Result<void> signal(const std::string& name, int number) override;
    Result<void> stop(const std::string& name, StopMode mode,
                      std::chrono::milliseconds grace) override;
    Result<std::vector<std::string>> list() override;
    Result<ResourceUsage> usage(const std::string& name) override;
    Result<void> remove_everything() override;

private:
    std::string record_path(const std::string& name) const {
        return folder_ + "/" + name + record_suffix;
    }
    static std::string group_of(const std::string& name) { return "process/" + name; }
    Result<std::optional<Record>> load(const std::string& name) const;
    Result<ProcessState> launch(const ProcessSpec& spec);
    Result<void> end(const std::string& name, StopMode mode, std::chrono::milliseconds grace);

    std::string folder_;
    Cgroups cgroups_;
    KeyedMutex busy_;
};

ProcessState running_state(const Record& record) {
    return {.running = true, .pid = record.process.pid, .limits_enforced = record.limits_enforced};
}

Result<std::optional<Record>> LinuxProcesses::load(const std::string& name) const {
    TRY(check_name(name));
    const std::string path = record_path(name);
    if (!base::file_exists(path)) return std::nullopt;
    const std::string text = TRY(base::read_file(path));
    auto record = base::from_json_text<Record>(text);
    if (record) return std::move(*record);
    // The machine went down while it was written: what it named is gone as well.
    spdlog::warn("{} cannot be read and is ignored: {}", path, record.error().message);
    return std::nullopt;
}

Result<ProcessState> LinuxProcesses::start(const ProcessSpec& spec) {
    const KeyedMutex::Guard guard(busy_, spec.name);
    const auto record = TRY(load(spec.name));
    if (record && is_running(record->process)) return running_state(*record);
    // Children of an earlier run may still hold its sockets and files.
    TRY(end(spec.name, StopMode::kill, {}));
    auto state = launch(spec);
    if (!state) (void)end(spec.name, StopMode::kill, {});
    return state;
}

Result<ProcessState> LinuxProcesses::launch(const ProcessSpec& spec) {
    if (spec.argv.empty()) return fail(Domain::system, "bad-argv", spec.name + ": argv is empty");
    TRY(base::make_directories(folder_));
    std::string path;
    SpawnRequest request{.argv = spec.argv,
                         .environment = environment_of(spec, path),
                         .network_namespace = spec.network_namespace,
                         .uid = spec.uid,
                         .gid = spec.gid};
    request.program = TRY(find_program(spec.argv[0], path));
    const base::UniqueFd input = TRY(open_stdin(spec.stdin_text));
    const base::UniqueFd log = TRY(open_log(spec.log_path));
    request.descriptors = {input.get(), log.get(), log.get()};
    TRY(cgroups_.create(group_of(spec.name), spec.limits));
    Record record{.name = spec.name, .limits_enforced = cgroups_.limits_enforced()};
    const auto write_down = [&](const ProcessIdentity& identity) -> Result<void> {
        record.process = identity;
        TRY(cgroups_.join(group_of(spec.name), identity.pid));
        return base::write_file(record_path(spec.name), base::to_json_text(record));
    };
    TRY(spawn_detached(request, write_down));
    return running_state(record);
}

Result<ProcessState> LinuxProcesses::observe(const std::string& name) {
    const auto record = TRY(load(name));
    if (!record || !is_running(record->process)) return ProcessState{};
    auto state = running_state(*record);
    if (const auto vitals = look_at(record->process)) {
        state.stopped = vitals->stopped;
        state.cpu_ticks = vitals->cpu_ticks;
    }
    return state;
}

Result<void> LinuxProcesses::signal(const std::string& name, int number) {
    const auto record = TRY(load(name));
    if (!record) return fail(Domain::system, "gone", name + " does not run");
    return send_signal(record->process, number);
}

Result<void> LinuxProcesses::stop(const std::string& name, StopMode mode,
                                  std::chrono::milliseconds grace) {
    TRY(check_name(name));
    const KeyedMutex::Guard guard(busy_, name);
    return end(name, mode, grace);
}

Result<void> LinuxProcesses::end(const std::string& name, StopMode mode,
                                 std::chrono::milliseconds grace) {
    const auto record = TRY(load(name));
    const std::string group = group_of(name);
    if (record && mode == StopMode::terminate_then_kill && is_running(record->process)) {
        (void)cgroups_.freeze(group, Freeze::thawed);  // A frozen one cannot act on SIGTERM.
        if (send_signal(record->process, SIGTERM)) wait_for_end(record->process, grace);
    }
    if (record && is_running(record->process)) {
        ::kill(-record->process.pid, SIGKILL);  // Its session, for machines without cgroups.
        (void)send_signal(record->process, SIGKILL);
    }
    TRY(cgroups_.kill_all(group, kill_limit));
    if (record && !wait_for_end(record->process, kill_limit)) {
        return fail(Domain::system, "busy", name + " outlives SIGKILL");
    }
    TRY(cgroups_.remove(group));
    return base::remove_all(record_path(name));
}

Result<std::vector<std::string>> LinuxProcesses::list() {
    std::set<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
        const std::string file = entry.path().filename();
        if (file.ends_with(record_suffix)) names.insert(file.substr(0, file.size() - 5));
    }
    for (auto& name : cgroups_.list("process")) names.insert(std::move(name));
    return std::vector<std::string>(names.begin(), names.end());
}

Result<ResourceUsage> LinuxProcesses::usage(const std::string& name) {
    const auto record = TRY(load(name));
    if (!record) return fail(Domain::system, "gone", name + " does not run");
    return cgroups_.usage(group_of(name));
}

Result<void> LinuxProcesses::remove_everything() {
    Result<void> result;
    for (const auto& name : TRY(list())) {
        auto stopped = stop(name, StopMode::kill, {});
        if (!stopped && result) result = std::move(stopped);
    }
    auto removed = cgroups_.remove_kind("process");
    if (!removed && result) result = std::move(removed);
    return result;
}

}  // namespace

std::unique_ptr<Processes> make_linux_processes(const Realm& realm) {
    return std::make_unique<LinuxProcesses>(realm);
}

}  // namespace stormglass::substrate
