#include "substrate/process/cgroups.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <thread>

#include "base/file.h"
#include "base/log.h"
#include "base/strings.h"

namespace stormglass::substrate {
namespace {

constexpr int cpu_period_us = 100'000;
constexpr int cpu_quota_us_min = 1'000;  // The kernel refuses less.
constexpr std::chrono::milliseconds removal_limit{3000};
constexpr std::chrono::milliseconds kind_kill_limit{5000};

/// cgroup files must be written in place: a rename would be refused.
Result<void> put(const std::string& path, const std::string& value) {
    const base::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd.valid()) return fail_errno("open " + path);
    if (::write(fd.get(), value.data(), value.size()) < 0) {
        return fail_errno(fmt::format("write '{}' to {}", value, path));
    }
    return {};
}

Result<void> make_folder(const std::string& path) {
    if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
    return fail_errno("mkdir " + path);
}

/// A group is busy for a moment after its last process died, so this tries until `removal_limit`.
Result<void> remove_folder(const std::string& path) {
    const auto deadline = std::chrono::steady_clock::now() + removal_limit;
    while (::rmdir(path.c_str()) != 0) {
        if (errno == ENOENT) return {};
        if (errno != EBUSY || std::chrono::steady_clock::now() > deadline) {
            return fail_errno("rmdir " + path);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return {};
}

std::vector<int> read_pids(const std::string& path) {
    std::vector<int> pids;
    const auto text = base::read_file(path);
    if (!text) return pids;
    for (const auto& line : base::split(*text, '\n')) {
        const auto pid = base::parse_integer(line);
        if (pid && *pid > 0) pids.push_back(static_cast<int>(*pid));
    }
    return pids;
}

Result<long long> read_number(const std::string& path) {
    const auto text = TRY(base::read_file(path));
    return base::parse_integer(base::trim(text));
}

std::string or_max(std::int64_t value) { return value > 0 ? std::to_string(value) : "max"; }

int cpu_quota_us(int millicores) {
    return std::max(cpu_quota_us_min, millicores * (cpu_period_us / 1000));
}

std::vector<std::string> folders_in(const std::string& path) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
        if (entry.is_directory(error)) names.push_back(entry.path().filename());
    }
    return names;
}

}  // namespace

Cgroups::Cgroups(const std::string& realm_id, std::string root)
    : realm_folder_("stormglass-" + realm_id), root_(std::move(root)) {
    detect();
    if (!limits_enforced()) spdlog::warn("limits are not enforced on this machine: {}", why_not_);
}

void Cgroups::detect() {
    if (base::file_exists(root_ + "/cgroup.controllers")) {
        version_ = Version::v2;
        unified_ = root_;
        hierarchies_ = {root_};
        prepare_v2();
        return;
    }
    version_ = Version::v1;
    for (const char* controller : {"cpu", "memory", "pids"}) {
        const std::string mount = root_ + "/" + controller;
        const auto made = make_folder(mount + "/" + realm_folder_);
        if (made) {
            hierarchies_.push_back(mount);
        } else {
            why_not_ += (why_not_.empty() ? "" : "; ") + made.error().message;
        }
    }
    // cpuacct may be mounted with cpu or alone; it only counts, so its absence hinders no limit.
    for (const char* extra : {"cpuacct", "unified", "freezer"}) {
        const std::string mount = root_ + "/" + extra;
        if (!base::file_exists(mount + "/cgroup.procs")) continue;
        if (make_folder(mount + "/" + realm_folder_)) hierarchies_.push_back(mount);
    }
    if (uses(root_ + "/unified")) unified_ = root_ + "/unified";
    if (hierarchies_.empty()) version_ = Version::none;
}

void Cgroups::prepare_v2() {
    const std::string realm = root_ + "/" + realm_folder_;
    Result<void> done = make_folder(realm);
    if (!done) {
        version_ = Version::none;
        hierarchies_.clear();
        why_not_ = done.error().message;
        return;
    }
    // Each level must pass the controllers on to the next one.
    const std::string controllers = "+cpu +memory +pids";
    for (const auto& level : {root_, realm}) {
        done = put(level + "/cgroup.subtree_control", controllers);
        if (!done && why_not_.empty()) why_not_ = done.error().message;
    }
    for (const char* kind : {"/process", "/instance"}) {
        done = make_folder(realm + kind);
        if (done) done = put(realm + kind + "/cgroup.subtree_control", controllers);
        if (!done && why_not_.empty()) why_not_ = done.error().message;
    }
}

bool Cgroups::uses(const std::string& hierarchy) const {
    return std::ranges::find(hierarchies_, hierarchy) != hierarchies_.end();
}

std::string Cgroups::folder(const std::string& hierarchy, const std::string& group) const {
    return hierarchy + "/" + realm_folder_ + "/" + group;
}

Result<void> Cgroups::create(const std::string& group, const ProcessLimits& limits) {
    const std::string kind = group.substr(0, group.find('/'));
    if (version_ == Version::v2) prepare_v2();
    for (const auto& hierarchy : hierarchies_) {
        TRY(make_folder(hierarchy + "/" + realm_folder_));
        TRY(make_folder(folder(hierarchy, kind)));
        TRY(make_folder(folder(hierarchy, group)));
    }
    if (version_ == Version::v1) return set_limits_v1(group, limits);
    if (version_ == Version::v2) return set_limits_v2(group, limits);
    return {};
}

Result<void> Cgroups::set_limits_v1(const std::string& group, const ProcessLimits& limits) {
    for (const auto& hierarchy : hierarchies_) {
        const std::string path = folder(hierarchy, group);
        if (hierarchy == root_ + "/cpu") {
            const int quota = limits.cpu_millicores > 0 ? cpu_quota_us(limits.cpu_millicores) : -1;
            TRY(put(path + "/cpu.cfs_period_us", std::to_string(cpu_period_us)));
            TRY(put(path + "/cpu.cfs_quota_us", std::to_string(quota)));
        } else if (hierarchy == root_ + "/memory" && limits.memory_bytes > 0) {
            const std::string bytes = std::to_string(limits.memory_bytes);
            const std::string with_swap = path + "/memory.memsw.limit_in_bytes";
            TRY(put(path + "/memory.limit_in_bytes", bytes));
            if (base::file_exists(with_swap)) TRY(put(with_swap, bytes));
        } else if (hierarchy == root_ + "/pids") {
            TRY(put(path + "/pids.max", or_max(limits.processes_max)));
        }
    }
    return {};
}

Result<void> Cgroups::set_limits_v2(const std::string& group, const ProcessLimits& limits) {
    if (!limits_enforced()) return {};
    const std::string path = folder(root_, group);
    const std::string quota =
        limits.cpu_millicores > 0 ? std::to_string(cpu_quota_us(limits.cpu_millicores)) : "max";
    TRY(put(path + "/cpu.max", fmt::format("{} {}", quota, cpu_period_us)));
    TRY(put(path + "/memory.max", or_max(limits.memory_bytes)));
    const std::string swap = path + "/memory.swap.max";
    if (limits.memory_bytes > 0 && base::file_exists(swap)) TRY(put(swap, "0"));
    return put(path + "/pids.max", or_max(limits.processes_max));
}

Result<void> Cgroups::join(const std::string& group, int pid) {
    for (const auto& hierarchy : hierarchies_) {
        TRY(put(folder(hierarchy, group) + "/cgroup.procs", std::to_string(pid)));
    }
    return {};
}

std::vector<int> Cgroups::members(const std::string& group) const {
    std::set<int> pids;
    for (const auto& hierarchy : hierarchies_) {
        const auto here = read_pids(folder(hierarchy, group) + "/cgroup.procs");
        pids.insert(here.begin(), here.end());
    }
    return {pids.begin(), pids.end()};
}

void Cgroups::kill_once(const std::string& group) {
    const std::string at_once = folder(unified_, group) + "/cgroup.kill";
    if (!unified_.empty() && base::file_exists(at_once)) (void)put(at_once, "1");
    for (const int pid : members(group)) ::kill(pid, SIGKILL);
}

Result<void> Cgroups::kill_all(const std::string& group, std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    (void)freeze(group, Freeze::thawed);  // A v1 frozen process dies only when thawed.
    std::chrono::milliseconds pause{1};
    while (!members(group).empty()) {
        kill_once(group);
        if (std::chrono::steady_clock::now() > deadline) {
            return fail(Domain::system, "busy", group + ": processes outlive SIGKILL");
        }
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, std::chrono::milliseconds{20});
    }
    return {};
}

Result<void> Cgroups::freeze(const std::string& group, Freeze state) {
    const std::string freezer = root_ + "/freezer";
    const auto put_v1 = [&](const char* word) {
        return put(folder(freezer, group) + "/freezer.state", word);
    };
    if (!unified_.empty()) {
        // Someone else may have frozen it by the other hierarchy, where even SIGKILL waits.
        if (state == Freeze::thawed && uses(freezer)) (void)put_v1("THAWED");
        return put(folder(unified_, group) + "/cgroup.freeze", state == Freeze::frozen ? "1" : "0");
    }
    if (!uses(freezer)) {
        return fail(Domain::system, "unsupported", "this machine has no usable freezer cgroup");
    }
    return put_v1(state == Freeze::frozen ? "FROZEN" : "THAWED");
}

bool Cgroups::is_frozen(const std::string& group) const {
    const auto v1 = base::read_file(folder(root_ + "/freezer", group) + "/freezer.state");
    if (v1 && v1->starts_with("FROZEN")) return true;
    if (unified_.empty()) return false;
    const auto events = base::read_file(folder(unified_, group) + "/cgroup.events");
    return events && events->find("frozen 1") != std::string::npos;
}

Result<ResourceUsage> Cgroups::usage(const std::string& group) const {
    ResourceUsage usage;
    if (version_ == Version::none) return fail(Domain::system, "unsupported", why_not_);
    usage.processes = static_cast<int>(members(group).size());
    if (version_ == Version::v1) {
        const auto cpu_ns = TRY(read_number(folder(root_ + "/cpuacct", group) + "/cpuacct.usage"));
        usage.cpu_seconds = static_cast<double>(cpu_ns) / 1e9;
        usage.memory_bytes =
            TRY(read_number(folder(root_ + "/memory", group) + "/memory.usage_in_bytes"));
        return usage;
    }
    const std::string path = folder(root_, group);
    for (const auto& line : base::split(TRY(base::read_file(path + "/cpu.stat")), '\n')) {
        if (!line.starts_with("usage_usec ")) continue;
        usage.cpu_seconds = static_cast<double>(TRY(base::parse_integer(line.substr(11)))) / 1e6;
    }
    usage.memory_bytes = TRY(read_number(path + "/memory.current"));
    return usage;
}

Result<void> Cgroups::remove(const std::string& group) {
    Result<void> result;
    for (const auto& hierarchy : hierarchies_) {
        auto removed = remove_folder(folder(hierarchy, group));
        if (!removed && result) result = std::move(removed);
    }
    return result;
}

std::vector<std::string> Cgroups::list(const std::string& kind) const {
    std::set<std::string> names;
    for (const auto& hierarchy : hierarchies_) {
        for (auto& name : folders_in(folder(hierarchy, kind))) names.insert(std::move(name));
    }
    return {names.begin(), names.end()};
}

Result<void> Cgroups::remove_kind(const std::string& kind) {
    Result<void> result;
    const auto keep_first = [&](Result<void> next) {
        if (!next && result) result = std::move(next);
    };
    for (const auto& name : list(kind)) {
        keep_first(kill_all(kind + "/" + name, kind_kill_limit));
        keep_first(remove(kind + "/" + name));
    }
    keep_first(remove(kind));
    for (const auto& hierarchy : hierarchies_) {
        // Stays while groups of the other kind live in it.
        (void)::rmdir((hierarchy + "/" + realm_folder_).c_str());
    }
    return result;
}

}  // namespace stormglass::substrate
