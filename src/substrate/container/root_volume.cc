#include "substrate/container/root_volume.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "base/file.h"

namespace stormglass::substrate {
namespace {

constexpr int loop_tries = 64;  // Another process may take the free device first.
constexpr std::array mkfs_places{"/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4"};
constexpr char mount_options[] = "noinit_itable,discard";

Result<void> run(const char* program, const std::vector<std::string>& arguments) {
    std::vector<char*> argv;
    for (const auto& one : arguments) argv.push_back(const_cast<char*>(one.c_str()));
    argv.push_back(nullptr);
    const pid_t child = ::fork();
    if (child < 0) return fail_errno("fork");
    if (child == 0) {
        ::execv(program, argv.data());
        ::_exit(127);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return fail_errno("wait for " + std::string(program));
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return fail(Domain::system, "mkfs", fmt::format("{} failed ({})", program, status));
}

/// Written beside and renamed: a file system half made is never mounted.
Result<void> make_volume(const std::string& path, std::int64_t bytes) {
    const char* mkfs = nullptr;
    for (const char* place : mkfs_places) {
        if (base::file_exists(place)) mkfs = place;
    }
    if (mkfs == nullptr) return fail(Domain::system, "mkfs", "there is no mkfs.ext4");
    const std::string fresh = path + ".new";
    {
        const base::UniqueFd fd(
            ::open(fresh.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (!fd.valid()) return fail_errno("make " + fresh);
        if (::ftruncate(fd.get(), bytes) != 0) return fail_errno("size " + fresh);
    }
    TRY(run(mkfs, {"mkfs.ext4", "-q", "-F", "-m", "0", "-J", "size=4", "-E",
                   "lazy_itable_init=1,lazy_journal_init=1,nodiscard", fresh}));
    if (::rename(fresh.c_str(), path.c_str()) != 0) return fail_errno("rename " + fresh);
    return {};
}

struct LoopDevice {
    base::UniqueFd fd;
    std::string path;
};

/// The kernel lets go of the device with its last user, the mount.
Result<LoopDevice> attach(const std::string& file) {
    const base::UniqueFd backing(::open(file.c_str(), O_RDWR | O_CLOEXEC));
    if (!backing.valid()) return fail_errno("open " + file);
    const base::UniqueFd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
    if (!control.valid()) return fail_errno("open /dev/loop-control");
    loop_config config{};
    config.fd = static_cast<__u32>(backing.get());
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    for (int i = 0; i < loop_tries; ++i) {
        const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
        if (number < 0) return fail_errno("find a free loop device");
        LoopDevice device;
        device.path = fmt::format("/dev/loop{}", number);
        device.fd = base::UniqueFd(::open(device.path.c_str(), O_RDWR | O_CLOEXEC));
        if (!device.fd.valid()) return fail_errno("open " + device.path);
        if (::ioctl(device.fd.get(), LOOP_CONFIGURE, &config) == 0) return device;
        if (errno != EBUSY) return fail_errno("set up " + device.path);
    }
    return fail(Domain::system, "busy", "no loop device stayed free");
}

Result<void> make_folder(const std::string& path) {
    if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
    return fail_errno("mkdir " + path);
}

Result<void> mount_volume(const std::string& file, const std::string& where) {
    TRY(make_folder(where));
    const auto device = TRY(attach(file));
    if (::mount(device.path.c_str(), where.c_str(), "ext4", MS_NODEV, mount_options) != 0) {
        return fail_errno("mount " + file);
    }
    for (const char* part : {"/upper", "/work"}) TRY(make_folder(where + part));
    return {};
}

}  // namespace

Result<WritableLayer> mount_root_volume(const std::string& folder, std::int64_t bytes) {
    const std::string file = folder + volume_file, where = folder + volume_folder;
    const bool known = base::file_exists(file);
    std::error_code error;
    const bool used = !std::filesystem::is_empty(folder + "/upper", error);
    if (!known && (bytes == 0 || used)) return WritableLayer{folder, {}};
    if (!known) {
        const auto made = make_volume(file, bytes);
        if (!made) return WritableLayer{folder, made.error().message};
    }
    const auto mounted = mount_volume(file, where);
    if (mounted) return WritableLayer{where, {}};
    // What an earlier boot wrote is on the volume: without it there is nothing to boot.
    if (known) return std::unexpected(mounted.error());
    ::unlink(file.c_str());
    return WritableLayer{folder, mounted.error().message};
}

}  // namespace stormglass::substrate
