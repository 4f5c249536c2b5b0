// Key material: made, wrapped, and brought back for the length of one operation.
#pragma once

#include "base/random.h"
#include "services/kms/records.h"
#include "store/key_ring.h"

namespace stormglass::kms {

/// Thread-safe. Both references must outlive it.
class Materials {
public:
    Materials(store::KeyRing& ring, base::Random& random) : ring_(ring), random_(random) {}

    /// 32 fresh bytes for the key, wrapped. `rotation` says what asked for them; empty: the first.
    Result<Material> make(const std::string& key_id, base::Time now, std::string rotation) const;
    /// The bytes of one generation.
    Result<std::string> open(const Key& key, std::size_t generation) const;
    base::Random& random() const { return random_; }

private:
    store::KeyRing& ring_;
    base::Random& random_;
};

}  // namespace stormglass::kms
