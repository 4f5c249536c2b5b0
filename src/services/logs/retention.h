// Erases events that a group's retention has outlived.
#pragma once

#include "base/clock.h"
#include "services/common/reconciler.h"
#include "services/logs/records.h"

namespace stormglass::logs {

/// On one thread. Looks at everything once in a while, however often it is woken.
class Retention final : public services::Reconciler {
public:
    Retention(store::Store& store, const base::Clock& clock) : store_(store), clock_(clock) {}
    std::string_view name() const override { return "logs-retention"; }
    Result<base::Millis> reconcile() override;

private:
    /// Erases some of what has expired in one stream; whether more may be left.
    Result<bool> erase_some(const Group& group, const std::string& stream, std::int64_t before_ms);

    store::Store& store_;
    const base::Clock& clock_;
    base::Time next_{};
};

}  // namespace stormglass::logs
