#include "substrate/container/masks.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "base/file.h"

namespace stormglass::substrate {
namespace {

using Names = std::vector<std::string_view>;

// The distribution's own software: shown as it is.
const Names shown_top = {"bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr"};
// Shown in part; see mask_etc() and mask_var().
const Names examined_top = {"etc", "var"};
// Standard folders that hold the host's data or another kernel mechanism's: there, and empty.
const Names emptied_top = {"boot", "dev",  "home", "media", "mnt", "opt",
                           "proc", "root", "run",  "srv",   "sys", "tmp"};
// What a package manager must know about the software that is shown.
const Names shown_var_lib = {"apt", "dnf",       "dpkg", "pacman",   "pam", "python",
                             "rpm", "sgml-base", "ucf",  "xml-core", "yum"};
// Readable by all on many hosts, yet about the host and not about its software.
const Names hidden_etc = {"docker",      "gitconfig",  "group-",  "kubernetes",    "letsencrypt",
                          "netplan",     "npmrc",      "passwd-", "pip.conf",      "subgid-",
                          "subuid-",     "wireguard",  "openvpn", "stormglass",    "exports",
                          "hosts.allow", "hosts.deny", "crontab", "wpa_supplicant"};
// Not readable by all, yet needed; the clean ones are written by identity.cc.
const Names kept_etc = {"etc/shadow", "etc/gshadow", "etc/sudoers"};

constexpr int depth_max = 16;  // Of the walk through /etc.

bool has(const Names& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

bool readable_by_all(const struct stat& file) {
    const mode_t wanted = S_ISDIR(file.st_mode) ? (S_IROTH | S_IXOTH) : S_IROTH;
    return (file.st_mode & wanted) == wanted;
}

struct Folder {
    DIR* handle;
    explicit Folder(const std::string& path) : handle(::opendir(path.c_str())) {}
    ~Folder() {
        if (handle != nullptr) ::closedir(handle);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
};

/// Names in a folder of the image; none if it cannot be read.
std::vector<std::string> names_in(const std::string& path) {
    std::vector<std::string> names;
    const Folder folder(path);
    if (folder.handle == nullptr) return names;
    while (const dirent* entry = ::readdir(folder.handle)) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    return names;
}

/// Hides every file below `path` that the host does not let all its users read. The walk is on the
/// way of every launch, so it asks the kernel no more than it must.
Result<void> mask_private_files(SeedLayer& seed, const std::string& path, int depth) {
    const Folder folder(seed.image_root() + "/" + path);
    if (folder.handle == nullptr) return {};
    while (const dirent* entry = ::readdir(folder.handle)) {
        const std::string_view name = entry->d_name;
        struct stat found {};
        if (name == "." || name == ".." || entry->d_type == DT_LNK ||
            ::fstatat(::dirfd(folder.handle), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) != 0 ||
            S_ISLNK(found.st_mode)) {
            continue;
        }
        const bool is_folder = S_ISDIR(found.st_mode);
        const bool is_private = !readable_by_all(found) || depth == 0;
        if (!is_private && !is_folder) continue;
        const std::string child = path + "/" + std::string(name);
        if (has(kept_etc, child) || seed.is_hidden(child)) continue;
        if (is_private) {
            TRY(is_folder ? seed.empty_folder(child) : seed.hide(child));
        } else {
            TRY(mask_private_files(seed, child, depth - 1));
        }
    }
    return {};
}

Result<void> mask_etc(SeedLayer& seed) {
    for (const auto name : hidden_etc) {
        const std::string path = "etc/" + std::string(name);
        if (seed.in_image(path)) TRY(seed.hide(path));
    }
    for (const auto& name : names_in(seed.image_root() + "/etc/ssh")) {
        if (name.starts_with("ssh_host_")) TRY(seed.hide("etc/ssh/" + name));
    }
    return mask_private_files(seed, "etc", depth_max);
}

/// `path` and all that is directly inside it, but for `shown`: folders stay as empty ones.
Result<void> mask_children(SeedLayer& seed, const std::string& path, const Names& shown) {
    for (const auto& name : names_in(seed.image_root() + "/" + path)) {
        const std::string child = path + "/" + name;
        struct stat found {};
        if (has(shown, name) || ::lstat((seed.image_root() + "/" + child).c_str(), &found) != 0) {
            continue;
        }
        if (S_ISLNK(found.st_mode)) continue;  // /var/run and /var/lock.
        TRY(S_ISDIR(found.st_mode) ? seed.empty_folder_with_children(child) : seed.hide(child));
    }
    return {};
}

Result<void> mask_var(SeedLayer& seed) {
    TRY(mask_children(seed, "var", {"lib"}));
    for (const auto& name : names_in(seed.image_root() + "/var/lib")) {
        if (has(shown_var_lib, name)) continue;
        const std::string path = "var/lib/" + name;
        std::error_code error;
        const auto status = std::filesystem::symlink_status(seed.image_root() + "/" + path, error);
        const bool is_folder = std::filesystem::is_directory(status);
        TRY(is_folder ? seed.empty_folder(path) : seed.hide(path));
    }
    return {};
}

Result<void> mask_top(SeedLayer& seed) {
    for (const auto& name : names_in(seed.image_root() + "/")) {
        if (has(shown_top, name) || has(examined_top, name) || has(emptied_top, name)) continue;
        TRY(seed.hide(name));
    }
    for (const auto name : emptied_top) TRY(seed.empty_folder(std::string(name)));
    return {};
}

/// Only needed where the folder would show: in a part of the image that is not masked already.
Result<void> mask_folder(SeedLayer& seed, const std::string& absolute) {
    std::error_code error;
    const auto real = std::filesystem::weakly_canonical(absolute, error);
    const std::string path = error ? absolute.substr(1) : real.string().substr(1);
    const std::string_view top = std::string_view(path).substr(0, path.find('/'));
    if (path.empty() || !(has(shown_top, top) || has(examined_top, top))) return {};
    if (path.starts_with("var/") && !path.starts_with("var/lib/")) return {};
    return seed.empty_folder(path);
}

}  // namespace

Result<void> mask_volatile_folders(SeedLayer& seed) {
    for (const char* name : {"dev", "proc", "run", "sys"}) TRY(seed.empty_folder(name));
    return {};
}

Result<void> mask_host(SeedLayer& seed, const std::vector<std::string>& hidden_folders) {
    TRY(mask_top(seed));
    TRY(mask_etc(seed));
    TRY(mask_var(seed));
    TRY(mask_private_files(seed, "usr/local/etc", depth_max));
    for (const auto& folder : hidden_folders) TRY(mask_folder(seed, folder));
    return {};
}

}  // namespace stormglass::substrate
