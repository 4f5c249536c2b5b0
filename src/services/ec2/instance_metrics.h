// AWS/EC2: what instances use, measured once a minute and published every minute (detailed
// monitoring) or every five (basic).
#pragma once

#include <map>

#include "base/clock.h"
#include "services/cloudwatch/publish.h"
#include "services/common/scaling.h"
#include "services/ec2/instance_counters.h"
#include "services/ec2/observed.h"
#include "services/ec2/records.h"
#include "substrate/instances.h"

namespace stormglass::ec2 {

struct InstanceMetricsNeeds {
    store::Store& store;
    const base::Clock& wall_clock;  // The one that processor time is measured against.
    substrate::Instances& instances;
    const Observed& observed;
    services::GroupFigureSource* groups = nullptr;
    HostCounters* counters = nullptr;  // Null: only what `instances` says.
};

class InstanceMetrics final : public cloudwatch::MetricSource {
public:
    explicit InstanceMetrics(const InstanceMetricsNeeds& needs) : needs_(needs) {}
    std::string_view source_name() const override { return "AWS/EC2"; }
    Result<std::vector<Measured>> measure(base::Time minute) override;

    /// A metric's values since it was last published.
    struct Gathered {
        std::string unit;
        std::vector<cloudwatch::ValueCount> values;
    };

private:
    struct Look {
        int pid = 0;  // Another one: it has booted anew.
        base::Time wall{};
        double cpu_seconds = 0;
        std::optional<InstanceCounters> counters;
    };
    struct Known {
        std::optional<Look> last;
        std::map<std::string, Gathered> gathered;  // Waiting for the end of the five minutes.
    };
    using Values = std::map<std::string, Gathered>;

    Look look_at(const Instance& instance) const;
    Values used(const Instance& instance, Known& known) const;
    Result<double> system_failed(store::Tx& tx, const Instance& instance) const;
    Result<std::map<std::string, std::string>> groups(store::Tx& tx, base::Time now) const;

    InstanceMetricsNeeds needs_;
    std::map<std::string, Known> known_;
};

}  // namespace stormglass::ec2
