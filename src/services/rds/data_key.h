// The key that an instance's files are encrypted with. The record holds it wrapped, by KMS (under
// the instance's KmsKeyId) or by the daemon's key ring; in the clear it lives in this process only.
#pragma once

#include <map>
#include <mutex>

#include "api/kms.h"
#include "base/clock.h"
#include "base/random.h"
#include "services/rds/records.h"
#include "store/key_ring.h"

namespace stormglass::rds {

struct DataKeyParts {
    store::Store& store;
    const base::Clock& clock;
    base::Random& random;
    store::KeyRing& keys;
    kms::api::Api* kms = nullptr;
};

/// Whose resources: every internal request needs both.
struct Realm {
    std::string account, region;
};

/// Threading: any thread.
class DataKeys {
public:
    explicit DataKeys(DataKeyParts parts) : parts_(parts) {}
    /// A new key, wrapped as the record keeps it.
    Result<std::string> make(const Realm& realm, const Instance& instance);
    /// The 32 bytes in the clear; KMS is asked once in the daemon's life.
    Result<std::string> open(const Realm& realm, const Instance& instance);
    void forget(const Instance& instance);

private:
    DataKeyParts parts_;
    std::mutex mutex_;
    std::map<std::string, std::string> known_;
};

}  // namespace stormglass::rds
