#include "services/cloudwatch/source_group.h"

namespace stormglass::cloudwatch {

Result<std::vector<MetricSource::Measured>> GroupMetrics::measure(base::Time minute) {
    std::vector<Measured> all;
    const auto look = store_.read();
    for (const auto& group : TRY(groups_.group_figures(*look, minute + base::Seconds{60}))) {
        Measured measured{group.account, group.region, {}};
        for (const auto& [name, value] : group.figures) {
            measured.samples.push_back({.metric_namespace = "AWS/AutoScaling",
                                        .name = name,
                                        .dimensions = {{"AutoScalingGroupName", group.group}},
                                        .unit = "None",
                                        .time = minute,
                                        .values = {{value}},
                                        .statistics = {}});
        }
        if (!measured.samples.empty()) all.push_back(std::move(measured));
    }
    return all;
}

}  // namespace stormglass::cloudwatch
