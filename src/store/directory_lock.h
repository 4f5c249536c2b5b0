// One daemon per data directory: a lock on DATA_DIR/lock that the kernel gives up when its holder
// dies, however it dies. The file names the holder's process.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace stormglass::store {

/// Held while the object lives.
class DirectoryLock {
public:
    /// Makes the directory where needed. Fails with code "Locked", naming the pid that holds it.
    static Result<DirectoryLock> acquire(const std::string& data_dir);
    /// The live process that holds the lock, if any; for `stormglass up`, `down` and `status`.
    static std::optional<pid_t> holder(const std::string& data_dir);

private:
    explicit DirectoryLock(base::UniqueFd fd) : fd_(std::move(fd)) {}
    base::UniqueFd fd_;
};

}  // namespace stormglass::store
