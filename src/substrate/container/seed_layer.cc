#include "substrate/container/seed_layer.h"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"

namespace stormglass::substrate {
namespace {

constexpr std::size_t children_max = 1000;  // Of a folder whose children are kept.

}  // namespace

bool SeedLayer::in_image(const std::string& path) const {
    struct stat found {};
    return ::lstat(theirs(path).c_str(), &found) == 0;
}

bool SeedLayer::is_hidden(const std::string& path) const {
    struct stat found {};
    return ::lstat(ours(path).c_str(), &found) == 0 && S_ISCHR(found.st_mode);
}

Result<std::string> SeedLayer::read_image(const std::string& path) const {
    return base::read_file(theirs(path));
}

/// overlayfs shows owner and mode of the topmost folder, so ours must carry the image's.
Result<void> SeedLayer::mirror_folder(const std::string& path) {
    if (::mkdir(ours(path).c_str(), 0755) != 0) {
        if (errno == EEXIST) return {};
        return fail_errno("mkdir in seed layer " + path);
    }
    struct stat image {};
    if (::lstat(theirs(path).c_str(), &image) != 0 || !S_ISDIR(image.st_mode)) return {};
    if (::chown(ours(path).c_str(), image.st_uid, image.st_gid) != 0) {
        return fail_errno("chown in seed layer " + path);
    }
    if (::chmod(ours(path).c_str(), image.st_mode & 07777) != 0) {
        return fail_errno("chmod in seed layer " + path);
    }
    return {};
}

Result<void> SeedLayer::make_parents(const std::string& path) {
    for (auto slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
        TRY(mirror_folder(path.substr(0, slash)));
    }
    return {};
}

Result<void> SeedLayer::empty_folder(const std::string& path) {
    TRY(make_parents(path));
    TRY(mirror_folder(path));
    if (::setxattr(ours(path).c_str(), "trusted.overlay.opaque", "y", 1, 0) != 0) {
        return fail_errno("hide the content of " + path);
    }
    return {};
}

Result<void> SeedLayer::empty_folder_with_children(const std::string& path) {
    TRY(empty_folder(path));
    std::error_code error;
    std::size_t count = 0;
    for (const auto& child : std::filesystem::directory_iterator(theirs(path), error)) {
        if (child.is_symlink(error) || !child.is_directory(error)) continue;
        if (++count > children_max) break;
        TRY(mirror_folder(path + "/" + child.path().filename().string()));
    }
    return {};
}

Result<void> SeedLayer::hide(const std::string& path) {
    TRY(make_parents(path));
    if (::mknod(ours(path).c_str(), S_IFCHR, makedev(0, 0)) != 0 && errno != EEXIST) {
        return fail_errno("hide " + path);
    }
    return {};
}

Result<void> SeedLayer::put_file(const std::string& path, std::string_view content, mode_t mode) {
    TRY(make_parents(path));
    const base::UniqueFd fd(
        ::open(ours(path).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd.valid() || ::fchmod(fd.get(), mode) != 0) return fail_errno("create seed file " + path);
    return base::write_all(fd.get(), content);
}

Result<void> SeedLayer::put_file_owned(const std::string& path, std::string_view content,
                                       mode_t mode) {
    TRY(put_file(path, content, mode));
    struct stat image {};
    if (::lstat(theirs(path).c_str(), &image) != 0) return {};
    if (::chown(ours(path).c_str(), image.st_uid, image.st_gid) != 0) {
        return fail_errno("chown seed file " + path);
    }
    return {};
}

Result<void> SeedLayer::put_link(const std::string& path, const std::string& target) {
    TRY(make_parents(path));
    if (::symlink(target.c_str(), ours(path).c_str()) != 0 && errno != EEXIST) {
        return fail_errno("create seed link " + path);
    }
    return {};
}

}  // namespace stormglass::substrate
