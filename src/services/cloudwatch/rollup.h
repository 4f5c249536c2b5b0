// Keeps the space of data points bounded: packs fresh points into blocks an hour after they were
// put, makes old blocks coarser, and forgets metrics that have nothing left.
#pragma once

#include "base/clock.h"
#include "services/cloudwatch/points.h"
#include "services/common/reconciler.h"

namespace stormglass::cloudwatch {

/// On one thread. Goes round all metrics once an hour, a few at a time.
class RollUp final : public services::Reconciler {
public:
    RollUp(store::Store& store, const base::Clock& clock, double clock_speed = 1.0)
        : store_(store), clock_(clock), clock_speed_(clock_speed) {}
    std::string_view name() const override { return "cloudwatch-rollup"; }
    Result<base::Millis> reconcile() override;

private:
    struct Task {
        Scope scope;
        std::string id;
    };
    Result<void> collect();
    Result<void> roll(const Task& task);

    store::Store& store_;
    const base::Clock& clock_;
    double clock_speed_;
    base::Time next_{};
    std::vector<Task> tasks_;  // Of this round, still to be done.
};

}  // namespace stormglass::cloudwatch
