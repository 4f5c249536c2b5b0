// The store on disk: RocksDB in DATA_DIR/db, values sealed with AES-256-GCM under the ring's key
// "store". Durable means fsynced; one fsync serves all that wait for it.
#pragma once

#include <memory>
#include <string>

#include "store/key_ring.h"
#include "store/store.h"

namespace stormglass::store {

/// The layout of what is stored. A directory with a higher number is refused.
inline constexpr int schema_version = 1;

struct RocksOptions {
    std::string data_dir;
    int schema = schema_version;  // Other values are for tests.
};

class RocksStore : public Store {
public:
    /// The caller holds the DirectoryLock of `data_dir` and keeps it, the ring and the Random for
    /// as
    /// long as the store lives. Codes: "Locked", "NewerSchema", "BadSeal", "Corrupt", "NoSpace",
    /// "ReadOnly".
    static Result<std::unique_ptr<RocksStore>> open(const RocksOptions& options, KeyRing& keys,
                                                    base::Random& random);
    /// How many fsyncs have been made, for tests and metrics.
    virtual std::uint64_t sync_count() const = 0;
    virtual std::uint64_t commit_count() const = 0;
};

}  // namespace stormglass::store
