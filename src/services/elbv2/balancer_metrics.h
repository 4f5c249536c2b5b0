// AWS/ApplicationELB: what the balancer nodes' own counters say, once a minute.
#pragma once

#include <map>

#include "services/cloudwatch/publish.h"
#include "services/elbv2/observed.h"
#include "services/elbv2/records.h"

namespace stormglass::elbv2 {

/// Each node counts from its start on; what a minute brought is the difference to the last look. The
/// first look after the daemon's start only notes where the counters stand.
class BalancerMetrics final : public cloudwatch::MetricSource {
public:
    BalancerMetrics(store::Store& store, const Observed& observed)
        : store_(store), observed_(observed) {}
    std::string_view source_name() const override { return "AWS/ApplicationELB"; }
    Result<std::vector<Measured>> measure(base::Time minute) override;

private:
    void measure_one(const LoadBalancer& balancer, base::Time minute, Measured& to);

    store::Store& store_;
    const Observed& observed_;
    std::map<std::pair<std::string, std::string>, lb::LoadBalancerStatus> before_;  // By ARN and zone.
    bool looked_ = false;
};

}  // namespace stormglass::elbv2
