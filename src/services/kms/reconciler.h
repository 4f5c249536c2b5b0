// What happens to keys by themselves: those whose waiting time is over end, those due are rotated.
#pragma once

#include "base/clock.h"
#include "services/common/reconciler.h"
#include "services/common/timeline.h"
#include "services/kms/materials.h"
#include "store/store.h"

namespace stormglass::kms {

/// All references must outlive it.
class Reconciler final : public services::Reconciler {
public:
    Reconciler(store::Store& store, const base::Clock& clock, services::Timeline& timeline,
               store::KeyRing& ring, base::Random& random)
        : store_(store), clock_(clock), timeline_(timeline), materials_(ring, random) {}

    std::string_view name() const override { return "kms"; }
    Result<base::Millis> reconcile() override;

private:
    Result<void> bring_up_to_date(const Key& seen);

    store::Store& store_;
    const base::Clock& clock_;
    services::Timeline& timeline_;
    Materials materials_;
};

}  // namespace stormglass::kms
