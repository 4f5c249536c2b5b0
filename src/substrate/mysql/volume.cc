#include "substrate/mysql/volume.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/log.h"
#include "base/strings.h"
#include "substrate/mysql/program.h"

namespace stormglass::substrate::mysql {
namespace {

constexpr char mount_options[] = "loop,noinit_itable,discard,nodev,nosuid,noatime";
constexpr std::int64_t bytes_an_inode = 256 << 10;  // A table is two files.
// The file system is made larger than the storage, and a file that takes the rest (of the file
// system: on the disk below it is a hole) shrinks when the storage grows. So growing needs neither
// a restart nor a right that root lacks in many containers.
constexpr char ballast[] = "/ballast";
constexpr std::int64_t room_to_grow = 5;
constexpr std::int64_t image_max = 15LL << 40;  // What ext4 below can hold in one file.
constexpr std::int64_t own_tables_share = 16;   // At most, of a file system.

bool is_mounted(const std::string& folder) {
    struct stat here {
    }, above{};
    return ::stat(folder.c_str(), &here) == 0 && ::stat((folder + "/..").c_str(), &above) == 0 &&
           here.st_dev != above.st_dev;
}

/// Of the file system, without its own tables.
Result<std::int64_t> capacity_of(const std::string& folder) {
    struct statvfs room {};
    if (::statvfs(folder.c_str(), &room) != 0) return fail_errno("look at " + folder);
    return static_cast<std::int64_t>(room.f_blocks) * static_cast<std::int64_t>(room.f_frsize);
}

Result<base::UniqueFd> open_file(const std::string& path) {
    base::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd.valid()) return fail_errno("open " + path);
    return fd;
}

Result<void> set_size(const std::string& path, std::int64_t bytes) {
    const auto fd = TRY(open_file(path));
    if (::ftruncate(fd.get(), bytes) != 0) return fail_errno("size " + path);
    return {};
}

/// Written beside and renamed: a file system half made is never mounted.
Result<void> make_image(const Layout& layout, std::int64_t bytes) {
    const std::string fresh = layout.image() + ".new";
    TRY(base::remove_all(fresh));
    TRY(set_size(fresh, std::max(bytes, std::min(bytes * room_to_grow, image_max))));
    TRY(run_program(
        {.argv = {"mkfs.ext4", "-q", "-F", "-m", "0", "-i", std::to_string(bytes_an_inode), "-J",
                  "size=16", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard", fresh},
         .stdin_text = ""}));
    if (::rename(fresh.c_str(), layout.image().c_str()) != 0) return fail_errno("rename " + fresh);
    return {};
}

Result<void> mount_image(const Layout& layout) {
    TRY(run_program(
        {.argv = {"mount", "-t", "ext4", "-o", mount_options, layout.image(), layout.folder},
         .stdin_text = ""}));
    ::rmdir((layout.folder + "/lost+found").c_str());
    return {};
}

/// Beyond the room that was left for it. The kernel grants this to CAP_SYS_RESOURCE alone.
Result<void> enlarge_file_system(const Layout& layout, std::int64_t bytes) {
    TRY(set_size(layout.image(), bytes + bytes / own_tables_share));
    const auto device = std::string(base::trim(TRY(run_program(
        {.argv = {"losetup", "--noheadings", "--output", "NAME", "--associated", layout.image()},
         .stdin_text = ""}))));
    if (device.empty()) {
        return fail(Domain::system, "NoDevice", layout.image() + " has no loop device");
    }
    TRY(run_program({.argv = {"losetup", "--set-capacity", device}, .stdin_text = ""}));
    TRY(run_program({.argv = {"resize2fs", device}, .stdin_text = ""}));
    return {};
}

/// The ballast takes all that is beyond `bytes`. It only ever shrinks: storage never does.
Result<void> set_ballast(const Layout& layout, std::int64_t bytes) {
    if (TRY(capacity_of(layout.folder)) < bytes - bytes / own_tables_share) {
        TRY(enlarge_file_system(layout, bytes));
    }
    const auto fd = TRY(open_file(layout.folder + ballast));
    struct stat now {};
    if (::fstat(fd.get(), &now) != 0) return fail_errno("look at the ballast");
    const auto wanted = std::max<std::int64_t>(TRY(capacity_of(layout.folder)) - bytes, 0);
    if (now.st_size == 0 && wanted > 0 && !base::file_exists(layout.data())) {
        if (::fallocate(fd.get(), 0, 0, wanted) != 0) return fail_errno("fill " + layout.folder);
        return {};
    }
    if (now.st_size > wanted && ::ftruncate(fd.get(), wanted) != 0) return fail_errno("make room");
    return {};
}

Result<void> make_and_mount(const Layout& layout, std::int64_t bytes) {
    TRY(make_image(layout, bytes));
    auto mounted = mount_image(layout);
    if (!mounted) (void)base::remove_all(layout.image());
    if (mounted) mounted = set_ballast(layout, bytes);
    return mounted;
}

}  // namespace

Result<void> open_volume(const Layout& layout, std::int64_t bytes) {
    TRY(base::make_directories(layout.folder));
    TRY(base::make_directories(layout.marks));
    if (!is_mounted(layout.folder) && base::file_exists(layout.image())) TRY(mount_image(layout));
    if (is_mounted(layout.folder)) return bytes == 0 ? Result<void>{} : set_ballast(layout, bytes);
    if (bytes == 0 || base::file_exists(layout.data())) return {};
    if (const auto made = make_and_mount(layout, bytes); !made) {
        spdlog::warn("{}: its storage is not bounded here: {}", layout.folder,
                     made.error().message);
    }
    return {};
}

Result<std::int64_t> storage_size(const Layout& layout) {
    struct stat filler {};
    const bool filled = ::stat((layout.folder + ballast).c_str(), &filler) == 0;
    return TRY(capacity_of(layout.folder)) - (filled ? filler.st_size : 0);
}

Result<void> close_volume(const Layout& layout) {
    if (!is_mounted(layout.folder)) return {};
    if (::umount2(layout.folder.c_str(), 0) == 0) return {};
    if (::umount2(layout.folder.c_str(), MNT_DETACH) == 0) return {};  // Somebody is looking in.
    return fail_errno("unmount " + layout.folder);
}

Result<void> remove_volume(const Layout& layout) {
    TRY(close_volume(layout));
    TRY(base::remove_all(layout.folder));
    return base::remove_all(layout.marks);
}

}  // namespace stormglass::substrate::mysql
