#include "store/directory_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/strings.h"

namespace stormglass::store {
namespace {

// A `status` that looks at the lock holds it for an instant; give that instant time to pass.
constexpr int attempts_max = 10;
constexpr std::chrono::milliseconds between_attempts{10};

std::string path_of(const std::string& data_dir) { return data_dir + "/lock"; }

pid_t pid_in(const std::string& data_dir) {
    const auto text = base::read_file(path_of(data_dir));
    if (!text) return 0;
    return static_cast<pid_t>(base::parse_integer(base::trim(*text)).value_or(0));
}

Result<void> write_pid(int fd) {
    if (::ftruncate(fd, 0) != 0) return fail_errno("truncate the lock file");
    return base::write_all(fd, fmt::format("{}\n", ::getpid()));
}

bool try_lock(int fd) {
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
        std::this_thread::sleep_for(between_attempts);
    }
    return false;
}

}  // namespace

Result<DirectoryLock> DirectoryLock::acquire(const std::string& data_dir) {
    TRY(base::make_directories(data_dir));
    const std::string path = path_of(data_dir);
    base::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd.valid()) return fail_errno("open " + path);
    if (!try_lock(fd.get())) {
        return fail(Domain::config, "Locked",
                    fmt::format("{} is in use by the daemon with pid {}; stop that one first, or "
                                "choose another --data-dir",
                                data_dir, pid_in(data_dir)));
    }
    TRY(write_pid(fd.get()));
    return DirectoryLock(std::move(fd));
}

std::optional<pid_t> DirectoryLock::holder(const std::string& data_dir) {
    const base::UniqueFd fd(::open(path_of(data_dir).c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) return std::nullopt;
    if (::flock(fd.get(), LOCK_SH | LOCK_NB) == 0) return std::nullopt;
    return pid_in(data_dir);
}

}  // namespace stormglass::store
