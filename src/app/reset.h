// Back to an empty region (POST /_stormglass/reset): every record goes at once, and the reconcilers
// take down what ran for them, as they do with whatever no record knows.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/reconciler_runner.h"
#include "store/store.h"

namespace stormglass::app {

/// All of it outlives the call.
struct ResetParts {
    store::Store& store;
    ReconcilerRunner& reconcilers;
    /// Called in the transaction that wipes: what is to be done once it is durable (files).
    std::function<Result<std::function<void()>>(store::Tx&)> prepare_files;
    /// Names of all that really runs or stands: "instance i-...", "process vpc-...", ...
    std::function<Result<std::vector<std::string>>()> reality;
    base::Millis pause_patience{30'000};    // For passes in progress.
    base::Millis reality_patience{60'000};  // For what ran, to be gone.
};

/// Returns when nothing is left of what was there before; an error names what is.
Result<void> reset_everything(const ResetParts& parts);

}  // namespace stormglass::app
