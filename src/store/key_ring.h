// The keys of a data directory. One root key (root.key, 0600, made at first start) wraps every
// other
// key; wrapped keys may lie anywhere, named ones lie in keys/. Whoever has a copy of the directory
// without root.key has nothing readable.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace stormglass::store {

/// Thread-safe once made. The Random must outlive it.
class KeyRing {
public:
    /// Reads root.key, or makes it where the directory holds no keys yet. Refuses a root key that
    /// others may read, that is missing, or that is not the one this directory was made with.
    static Result<std::unique_ptr<KeyRing>> open(const std::string& data_dir, base::Random& random);
    /// A ring that lives in memory, for tests and simulation.
    static std::unique_ptr<KeyRing> in_memory(base::Random& random);
    ~KeyRing();
    KeyRing(const KeyRing&) = delete;
    KeyRing& operator=(const KeyRing&) = delete;

    /// Seals a key (or any short secret) under the root key. `purpose` is bound to the result: what
    /// was wrapped for one purpose ("s3-object", "kms:KEY-ID", ...) does not unwrap for another.
    Result<std::string> wrap(std::string_view purpose, std::string_view secret) const;
    Result<std::string> unwrap(std::string_view purpose, std::string_view wrapped) const;

    /// The 32-byte key kept as keys/NAME, made at first use and durable when returned.
    Result<std::string> named_key(std::string_view name);
    /// Deletes keys/NAME: all that was sealed with it is gone for good.
    Result<void> forget(std::string_view name);

private:
    KeyRing(std::string folder, std::string root, base::Random& random);

    std::string folder_;  // Empty: in memory.
    std::string root_;
    base::Random& random_;
    struct Names;
    std::unique_ptr<Names> names_;
};

}  // namespace stormglass::store
