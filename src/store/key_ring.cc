#include "store/key_ring.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <mutex>

#include "base/crypto.h"
#include "base/file.h"
#include "base/strings.h"

namespace stormglass::store {
namespace {

constexpr std::size_t key_size = 32;
constexpr std::string_view format{"\x01", 1};
/// A named key whose only use is to tell whether the root key is the right one.
constexpr std::string_view check_name = "root-check";

std::string root_path(const std::string& data_dir) { return data_dir + "/root.key"; }
std::string keys_folder(const std::string& data_dir) { return data_dir + "/keys"; }

bool has_files(const std::string& folder) {
    std::error_code error;
    const std::filesystem::directory_iterator files(folder, error);
    return !error && files != std::filesystem::directory_iterator();
}

Result<void> check_private(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return fail_errno("stat " + path);
    if ((info.st_mode & 077) == 0) return {};
    return fail(Domain::config, "KeyTooOpen",
                fmt::format("{} may be read by others (mode {:03o}); run: chmod 600 {}", path,
                            info.st_mode & 0777, path));
}

Result<std::string> read_root(const std::string& path) {
    TRY(check_private(path));
    const auto text = TRY(base::read_file(path));
    const auto key = base::hex_decode(base::trim(text));
    if (key && key->size() == key_size) return *key;
    return fail(
        Domain::config, "BadRootKey",
        path + " is damaged (it must hold 64 hexadecimal digits); restore it from a backup");
}

Result<std::string> make_root(const std::string& data_dir, base::Random& random) {
    const std::string path = root_path(data_dir);
    if (has_files(keys_folder(data_dir)) || has_files(data_dir + "/db")) {
        return fail(Domain::config, "NoRootKey",
                    fmt::format("{} is missing, and without it the data in {} cannot be read; "
                                "restore it from a backup, or delete the data with `stormglass "
                                "down --purge`",
                                path, data_dir));
    }
    std::string key = random.bytes(key_size);
    TRY(base::write_file(path, base::hex_encode(key) + "\n", base::Access::secret,
                         base::Sync::yes));
    return key;
}

std::string associated(std::string_view kind, std::string_view name) {
    return fmt::format("stormglass:{}:{}", kind, name);
}

Result<std::string> open_wrapped(std::string_view root, std::string_view wrapped,
                                 std::string_view bound_to) {
    if (!wrapped.starts_with(format)) {
        return fail(Domain::store, "BadSeal", "not a wrapped key of this version");
    }
    return base::open_sealed(root, wrapped.substr(format.size()), bound_to);
}

std::string file_of(const std::string& folder, std::string_view name) {
    return fmt::format("{}/{}.key", folder, base::uri_encode(name));
}

}  // namespace

/// Named keys that are in memory.
struct KeyRing::Names {
    std::mutex mutex;
    std::map<std::string, std::string, std::less<>> keys;
};

KeyRing::KeyRing(std::string folder, std::string root, base::Random& random)
    : folder_(std::move(folder)),
      root_(std::move(root)),
      random_(random),
      names_(std::make_unique<Names>()) {}

KeyRing::~KeyRing() {
    OPENSSL_cleanse(root_.data(), root_.size());
    for (auto& [name, key] : names_->keys) OPENSSL_cleanse(key.data(), key.size());
}

Result<std::unique_ptr<KeyRing>> KeyRing::open(const std::string& data_dir, base::Random& random) {
    const std::string path = root_path(data_dir);
    const std::string folder = keys_folder(data_dir);
    TRY(base::make_directories(data_dir));
    std::string root =
        base::file_exists(path) ? TRY(read_root(path)) : TRY(make_root(data_dir, random));
    TRY(base::make_directories(folder));
    std::unique_ptr<KeyRing> ring(new KeyRing(folder, std::move(root), random));
    const auto check = ring->named_key(check_name);
    if (check) return ring;
    if (check.error().code != "BadSeal") return std::unexpected(check.error());
    return fail(Domain::config, "WrongRootKey",
                fmt::format("{} is not the root key that the data in {} was made with; restore "
                            "the right one from a backup",
                            path, data_dir));
}

std::unique_ptr<KeyRing> KeyRing::in_memory(base::Random& random) {
    return std::unique_ptr<KeyRing>(new KeyRing("", random.bytes(key_size), random));
}

Result<std::string> KeyRing::wrap(std::string_view purpose, std::string_view secret) const {
    return std::string(format) + base::seal(root_, secret, associated("purpose", purpose), random_);
}

Result<std::string> KeyRing::unwrap(std::string_view purpose, std::string_view wrapped) const {
    return open_wrapped(root_, wrapped, associated("purpose", purpose));
}

Result<std::string> KeyRing::named_key(std::string_view name) {
    const std::lock_guard guard(names_->mutex);
    if (const auto found = names_->keys.find(name); found != names_->keys.end()) {
        return found->second;
    }
    std::string key;
    const std::string path = file_of(folder_, name);
    const std::string bound_to = associated("named", name);
    if (!folder_.empty() && base::file_exists(path)) {
        const std::string wrapped = TRY(base::read_file(path));
        key = TRY(open_wrapped(root_, wrapped, bound_to));
    } else {
        key = random_.bytes(key_size);
        const std::string wrapped = std::string(format) + base::seal(root_, key, bound_to, random_);
        if (!folder_.empty()) {
            TRY(base::write_file(path, wrapped, base::Access::secret, base::Sync::yes));
        }
    }
    names_->keys.emplace(name, key);
    return key;
}

Result<void> KeyRing::forget(std::string_view name) {
    const std::lock_guard guard(names_->mutex);
    if (const auto found = names_->keys.find(name); found != names_->keys.end()) {
        OPENSSL_cleanse(found->second.data(), found->second.size());
        names_->keys.erase(found);
    }
    if (folder_.empty()) return {};
    return base::remove_all(file_of(folder_, name));
}

}  // namespace stormglass::store
