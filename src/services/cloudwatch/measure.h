// Asks every source of metrics once a minute, and publishes what it says.
#pragma once

#include "services/cloudwatch/publish.h"
#include "services/common/reconciler.h"

namespace stormglass::cloudwatch {

/// On one thread, a few seconds after each whole minute of the control plane's time. What a source
/// cannot say is logged and costs the others nothing; a minute in which the daemon did not run has
/// no points.
class Measure final : public services::Reconciler {
public:
    Measure(const base::Clock& clock, Publisher& publisher, std::vector<MetricSource*> sources,
            double clock_speed = 1.0)
        : clock_(clock),
          publisher_(publisher),
          sources_(std::move(sources)),
          clock_speed_(clock_speed) {}
    std::string_view name() const override { return "cloudwatch-measure"; }
    Result<base::Millis> reconcile() override;

private:
    const base::Clock& clock_;
    Publisher& publisher_;
    std::vector<MetricSource*> sources_;
    double clock_speed_;
    base::Time next_{};
};

}  // namespace stormglass::cloudwatch
