// AWS/AutoScaling: the metrics that a group's EnableMetricsCollection switched on.
#pragma once

#include "services/cloudwatch/publish.h"
#include "services/common/scaling.h"
#include "store/store.h"

namespace stormglass::cloudwatch {

class GroupMetrics final : public MetricSource {
public:
    GroupMetrics(store::Store& store, services::GroupFigureSource& groups)
        : store_(store), groups_(groups) {}
    std::string_view source_name() const override { return "AWS/AutoScaling"; }
    Result<std::vector<Measured>> measure(base::Time minute) override;

private:
    store::Store& store_;
    services::GroupFigureSource& groups_;
};

}  // namespace stormglass::cloudwatch
