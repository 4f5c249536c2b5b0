// Namespaces as bind mounts on a private tmpfs.
#include "substrate/netns/namespace_store.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <thread>

#include "substrate/netns/enter.h"

namespace stormglass::substrate::netns {
namespace {

constexpr char last_folder[] = "/members";  // Made last: with it, all is prepared.

std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator at(folder, error), end; at != end; at.increment(error))
        names.push_back(at->path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

Result<void> bind_fresh_namespace(const std::string& path,
                                  const std::function<Result<void>()>& settings) {
    if (unshare(CLONE_NEWNET) != 0) return fail_errno("unshare(CLONE_NEWNET)");
    TRY(settings());
    if (mount("/proc/thread-self/ns/net", path.c_str(), nullptr, MS_BIND, nullptr) != 0)
        return fail_errno("bind namespace on " + path);
    return {};
}

}  // namespace

bool NamespaceStore::mounted() const {
    struct stat here {
    }, parent{};
    return stat(root_.c_str(), &here) == 0 && stat((root_ + "/..").c_str(), &parent) == 0 &&
           here.st_dev != parent.st_dev;
}

Result<void> NamespaceStore::prepare() {
    if (mounted() && base::file_exists(root_ + last_folder)) return {};
    TRY(base::make_directories(root_));
    if (!mounted() && mount("stormglass", root_.c_str(), "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
                            "mode=0700,size=4m") != 0)
        return fail_errno("mount tmpfs on " + root_);
    if (mount(nullptr, root_.c_str(), nullptr, MS_PRIVATE, nullptr) != 0)
        return fail_errno("make private " + root_);
    for (const char* folder : {"/vpc", "/at", last_folder})
        TRY(base::make_directories(root_ + folder));
    return {};
}

bool NamespaceStore::exists(const std::string& path) {
    struct statfs found {};
    return statfs(path.c_str(), &found) == 0 && found.f_type == NSFS_MAGIC;
}

Result<NamespaceStore::Opened> NamespaceStore::open_or_create(
    const std::string& path, const std::function<Result<void>()>& settings) {
    if (exists(path)) return Opened{TRY(open_namespace(path)), false};
    const base::UniqueFd file(open(path.c_str(), O_CREAT | O_RDONLY | O_CLOEXEC, 0600));
    if (!file.valid()) return fail_errno("create " + path);
    Result<void> outcome;
    try {
        std::thread([&] { outcome = bind_fresh_namespace(path, settings); }).join();
    } catch (const std::system_error& error) {
        return fail(Domain::system, "NoThread", error.what());
    }
    if (!outcome) return Unexpected(outcome.error());
    return Opened{TRY(open_namespace(path)), true};
}

Result<void> NamespaceStore::remove(const std::string& path) {
    while (umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
    }
    if (errno != EINVAL && errno != ENOENT) return fail_errno("unmount " + path);
    if (unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno("unlink " + path);
    return {};
}

Result<void> NamespaceStore::add_member(const std::string& vpc_id, const std::string& attachment) {
    const std::string folder = root_ + "/members/" + vpc_id;
    if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return fail_errno("mkdir " + folder);
    const std::string file = folder + "/" + attachment;
    const base::UniqueFd fd(open(file.c_str(), O_CREAT | O_RDONLY | O_CLOEXEC, 0600));
    if (!fd.valid()) return fail_errno("create " + file);
    return {};
}

Result<void> NamespaceStore::remove_member(const std::string& vpc_id,
                                           const std::string& attachment) {
    const std::string file = root_ + "/members/" + vpc_id + "/" + attachment;
    if (unlink(file.c_str()) != 0 && errno != ENOENT) return fail_errno("unlink " + file);
    return {};
}

Result<void> NamespaceStore::forget_members(const std::string& vpc_id) {
    const std::string folder = root_ + "/members/" + vpc_id;
    if (rmdir(folder.c_str()) != 0 && errno != ENOENT) return fail_errno("rmdir " + folder);
    return {};
}

std::vector<std::string> NamespaceStore::members(const std::string& vpc_id) const {
    return names_in(root_ + "/members/" + vpc_id);
}

std::vector<std::string> NamespaceStore::routers() const {
    auto ids = names_in(root_ + "/vpc");
    std::erase_if(ids, [&](const std::string& id) { return !exists(router(id)); });
    return ids;
}

Result<void> NamespaceStore::remove_everything() {
    while (mounted())
        if (umount2(root_.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
            return fail_errno("unmount " + root_);
    return base::remove_all(root_);
}

}  // namespace stormglass::substrate::netns
