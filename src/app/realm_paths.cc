#include "app/realm_paths.h"

#include <linux/magic.h>
#include <pwd.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/crypto.h"
#include "base/file.h"
#include "base/strings.h"
#include "store/directory_lock.h"

namespace stormglass::app {
namespace {

constexpr std::size_t realm_id_digits = 6;

std::string real_path(const std::string& path) {
    std::error_code error;
    const auto real = std::filesystem::weakly_canonical(path, error);
    return error ? path : real.string();
}

/// Plane configurations hold keys: they must never reach a disk, and /run is not a tmpfs everywhere.
Result<void> keep_in_memory(const std::string& folder) {
    struct statfs facts {};
    if (::statfs(folder.c_str(), &facts) != 0) return fail_errno("statfs " + folder);
    if (facts.f_type == TMPFS_MAGIC || ::geteuid() != 0) return {};
    if (::mount("stormglass", folder.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=700") != 0) {
        return fail_errno("mount a tmpfs on " + folder);
    }
    return {};
}

}  // namespace

std::string default_data_dir() {
    if (const char* home = std::getenv("STORMGLASS_HOME"); home != nullptr && *home != '\0') {
        return home;
    }
    const char* user_home = std::getenv("HOME");
    if (user_home == nullptr || *user_home == '\0') {
        const passwd* user = getpwuid(getuid());
        user_home = user != nullptr ? user->pw_dir : "/root";
    }
    return std::string(user_home) + "/.stormglass";
}

substrate::Realm look_at_realm(const std::string& data_dir) {
    substrate::Realm realm;
    realm.data_dir = real_path(data_dir);
    realm.id = base::hex_encode(base::sha256(realm.data_dir)).substr(0, realm_id_digits);
    realm.run_dir = "/run/stormglass/" + realm.id;
    std::error_code error;
    realm.program = std::filesystem::read_symlink("/proc/self/exe", error).string();
    return realm;
}

Result<substrate::Realm> realm_of(const std::string& data_dir) {
    TRY(base::make_directories(data_dir));
    auto realm = look_at_realm(data_dir);
    TRY(base::make_directories(realm.run_dir));
    TRY(keep_in_memory(realm.run_dir));
    return realm;
}

std::string daemon_facts_path(const std::string& data_dir) { return data_dir + "/daemon.json"; }
std::string root_credentials_path(const std::string& data_dir) {
    return data_dir + "/root-credentials.json";
}

std::optional<DaemonFacts> running_daemon(const std::string& data_dir) {
    const auto holder = store::DirectoryLock::holder(data_dir);
    if (!holder) return std::nullopt;
    const auto text = base::read_file(daemon_facts_path(data_dir));
    if (!text) return std::nullopt;
    auto facts = base::from_json_text<DaemonFacts>(*text);
    if (!facts || facts->pid != *holder) return std::nullopt;
    return *facts;
}

}  // namespace stormglass::app
