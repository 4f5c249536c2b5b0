#include "services/cloudwatch/metrics.h"

#include "services/cloudwatch/points.h"

namespace stormglass::cloudwatch {
namespace {

constexpr std::size_t samples_per_write = 100;  // The writer's lock is held for so many.

Result<void> add(store::Tx& tx, const Scope& scope, const Sample& sample) {
    Metric metric{sample.metric_namespace, sample.name, {}};
    for (const auto& [name, value] : sample.dimensions) metric.dimensions.push_back({name, value});
    std::ranges::sort(metric.dimensions);
    const Point point =
        sample.statistics ? Point::of(*sample.statistics) : Point::of(sample.values);
    if (point.count == 0) return {};
    return add_sample(tx, scope, metric, sample.unit, sample.time, sample.resolution, point);
}

}  // namespace

Result<void> Metrics::publish(const std::string& account, const std::string& region,
                              const std::vector<Sample>& samples) {
    for (std::size_t from = 0; from < samples.size(); from += samples_per_write) {
        auto tx = TRY(store_.write());
        const std::size_t to = std::min(samples.size(), from + samples_per_write);
        for (std::size_t i = from; i < to; ++i) TRY(add(*tx, {account, region}, samples[i]));
        TRY(store_.commit(std::move(tx)));
    }
    return {};
}

Result<void> Metrics::publish(wire::Request& request, const std::vector<Sample>& samples) {
    for (const auto& sample : samples) TRY(add(request.tx(), scope_of(request), sample));
    return {};
}

}  // namespace stormglass::cloudwatch
