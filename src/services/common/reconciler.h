// Reconcilers bring what is real to what is wanted, at their own pace.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace stormglass::services {

/// One pass compares desired with observed, acts, and records what it saw. Idempotent: it may be
/// killed anywhere and run again. Each runs on a thread of its own (in the simulation: one after
/// the other), never inside a request, and holds no transaction while it touches the substrate.
class Reconciler {
public:
    virtual ~Reconciler() = default;
    virtual std::string_view name() const = 0;
    /// Returns how long it may rest; every commit of an API call wakes it earlier. An error is
    /// logged and the pass tried again after a short rest.
    virtual Result<base::Millis> reconcile() = 0;
};

}  // namespace stormglass::services
