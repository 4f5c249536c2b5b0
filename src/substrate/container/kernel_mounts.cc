#include "substrate/container/kernel_mounts.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>

#include "base/file.h"
#include "substrate/container/root_mount.h"

namespace stormglass::substrate {
namespace {

constexpr unsigned long no_programs = MS_NOSUID | MS_NODEV | MS_NOEXEC;
constexpr char run_options[] = "size=64m,mode=0755";
constexpr char dev_options[] = "size=64k,mode=0755";
constexpr char shm_options[] = "size=64m,mode=1777";

Result<void> mount_at(const char* type, const std::string& where, unsigned long flags,
                      const char* options = nullptr) {
    if (::mount(type, where.c_str(), type, flags, options) != 0) {
        return fail_errno(fmt::format("mount {} on {}", type, where));
    }
    return {};
}

Result<void> make_read_only(const std::string& path) {
    if (!base::file_exists(path)) return {};
    if (::mount(path.c_str(), path.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0 ||
        ::mount(nullptr, path.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY | no_programs,
                nullptr) != 0) {
        return fail_errno("make read-only " + path);
    }
    return {};
}

Result<void> cover(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return {};  // Not in every kernel.
    if (S_ISDIR(found.st_mode)) {
        return mount_at("tmpfs", path, no_programs | MS_RDONLY, "size=0,mode=0555");
    }
    if (::mount("/dev/null", path.c_str(), nullptr, MS_BIND, nullptr) != 0) {
        return fail_errno("cover " + path);
    }
    return {};
}

struct Device {
    const char* name;
    unsigned major_number, minor_number;
};
constexpr std::array<Device, 6> devices = {{{"null", 1, 3},
                                            {"zero", 1, 5},
                                            {"full", 1, 7},
                                            {"random", 1, 8},
                                            {"urandom", 1, 9},
                                            {"tty", 5, 0}}};
struct Link {
    const char* name;
    const char* target;
};
constexpr std::array<Link, 5> links = {{{"fd", "/proc/self/fd"},
                                        {"stdin", "/proc/self/fd/0"},
                                        {"stdout", "/proc/self/fd/1"},
                                        {"stderr", "/proc/self/fd/2"},
                                        {"ptmx", "pts/ptmx"}}};

Result<void> make_devices(const std::string& dev) {
    for (const auto& [name, major_number, minor_number] : devices) {
        const std::string path = dev + "/" + name;
        const dev_t number = makedev(major_number, minor_number);
        if (::mknod(path.c_str(), S_IFCHR | 0666, number) != 0 ||
            ::chmod(path.c_str(), 0666) != 0) {
            return fail_errno("make device " + path);
        }
    }
    for (const auto& [name, target] : links) {
        if (::symlink(target, (dev + "/" + name).c_str()) != 0) {
            return fail_errno(fmt::format("link {}/{}", dev, name));
        }
    }
    return {};
}

Result<void> make_folder(const std::string& path) {
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return fail_errno("mkdir " + path);
    return {};
}

}  // namespace

Result<void> mount_proc(const std::string& root) {
    const std::string proc = root + "/proc";
    TRY(mount_at("proc", proc, no_programs));
    for (const char* name : {"/bus", "/fs", "/irq", "/sys", "/sysrq-trigger"}) {
        TRY(make_read_only(proc + name));
    }
    for (const char* name :
         {"/acpi", "/asound", "/scsi", "/kcore", "/keys", "/latency_stats", "/sched_debug",
          "/timer_list", "/timer_stats", "/interrupts", "/config.gz", "/cmdline"}) {
        TRY(cover(proc + name));
    }
    return {};
}

Result<void> mount_sys(const std::string& root) {
    const std::string sys = root + "/sys";
    TRY(mount_at("sysfs", sys, no_programs | MS_RDONLY));
    for (const char* name :
         {"/firmware", "/devices/virtual/powercap", "/class/dmi", "/block", "/kernel/security"}) {
        TRY(cover(sys + name));
    }
    return {};
}

Result<void> mount_dev(const std::string& root) {
    const std::string dev = root + "/dev";
    TRY(mount_at("tmpfs", dev, MS_NOSUID | MS_NOEXEC, dev_options));
    TRY(make_devices(dev));
    for (const char* name : {"/pts", "/shm", "/mqueue"}) TRY(make_folder(dev + name));
    TRY(mount_at("devpts", dev + "/pts", MS_NOSUID | MS_NOEXEC,
                 "newinstance,ptmxmode=0666,mode=0620,gid=5"));
    TRY(mount_at("tmpfs", dev + "/shm", no_programs, shm_options));
    return mount_at("mqueue", dev + "/mqueue", no_programs);
}

Result<void> mount_run(const std::string& root) {
    TRY(mount_at("tmpfs", root + "/run", MS_NOSUID | MS_NODEV, run_options));
    if (::mkdir((root + "/run/lock").c_str(), 01777) != 0 ||
        ::chmod((root + "/run/lock").c_str(), 01777) != 0) {
        return fail_errno("make /run/lock");
    }
    return {};
}

}  // namespace stormglass::substrate
