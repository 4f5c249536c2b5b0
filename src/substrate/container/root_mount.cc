#include "substrate/container/root_mount.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"

namespace stormglass::substrate {
namespace {

Result<base::UniqueFd> open_folder(const std::string& path) {
    base::UniqueFd fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) return fail_errno("open layer " + path);
    return fd;
}

std::string by_descriptor(const base::UniqueFd& fd) {
    return fmt::format("/proc/self/fd/{}", fd.get());
}

/// overlayfs never shows what is mounted below a layer, so a host with a separate /usr has no
/// complete image to offer.
Result<void> check_image(const std::string& image) {
    struct stat root {
    }, usr{};
    if (::stat(image.c_str(), &root) != 0) return fail_errno("find image " + image);
    if (::stat((image + "/usr").c_str(), &usr) != 0) return fail_errno("find /usr in " + image);
    if (root.st_dev != usr.st_dev) {
        return fail(Domain::system, "unsupported",
                    "/usr of the image is another file system than its root; import an image");
    }
    return {};
}

}  // namespace

Result<void> make_mounts_private() {
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
        return fail_errno("make mounts private");
    }
    return {};
}

Result<void> mount_tmpfs(const std::string& where, const std::string& options) {
    if (::mount("tmpfs", where.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
        return fail_errno("mount tmpfs on " + where);
    }
    return {};
}

Result<void> mount_root(const RootLayers& layers) {
    TRY(check_image(layers.image));
    // By descriptor: no path needs escaping, and none of the host shows in the instance's mounts.
    const auto image = TRY(open_folder(layers.image));
    const auto seed = TRY(open_folder(layers.seed));
    const auto upper = TRY(open_folder(layers.upper));
    const auto work = TRY(open_folder(layers.work));
    const std::string options =
        fmt::format("lowerdir={}:{},upperdir={},workdir={}", by_descriptor(seed),
                    by_descriptor(image), by_descriptor(upper), by_descriptor(work));
    if (::mount("root", layers.mount_point.c_str(), "overlay", MS_NODEV, options.c_str()) != 0) {
        return fail_errno("mount the overlay of " + layers.image + " with " + layers.upper);
    }
    return {};
}

Result<void> pivot_into(const std::string& new_root) {
    if (::chdir(new_root.c_str()) != 0) return fail_errno("enter " + new_root);
    // Both arguments the same: the old root ends up on top of the new one and is then taken off.
    if (::syscall(SYS_pivot_root, ".", ".") != 0) return fail_errno("pivot_root");
    if (::umount2(".", MNT_DETACH) != 0) return fail_errno("detach the old root");
    if (::chdir("/") != 0) return fail_errno("enter the new root");
    return {};
}

}  // namespace stormglass::substrate
