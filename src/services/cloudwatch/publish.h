// The door through which our own services put what they measured. It is a header alone, so that who
// publishes is not linked with CloudWatch; app hands out the one that does it (metrics.h).
//
//   samples.push_back({.metric_namespace = "AWS/RDS", .name = "CPUUtilization",
//                      .dimensions = {{"DBInstanceIdentifier", id}}, .unit = "Percent",
//                      .time = now, .values = {{cpu}}});
//   TRY(publisher.publish(account, region, samples));
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace stormglass::wire {
class Request;
}

namespace stormglass::cloudwatch {

/// A value, and how often it was measured.
struct ValueCount {
    double value = 0, count = 1;
    bool operator==(const ValueCount&) const = default;
};

/// Several values of which only these four figures are known (no percentiles then).
struct StatisticSet {
    double count = 0, sum = 0, minimum = 0, maximum = 0;
};

enum class Resolution { minute, second };

/// What one metric measured at one time. Points of the same metric, unit and minute add up.
struct Sample {
    std::string metric_namespace, name;
    std::vector<std::pair<std::string, std::string>> dimensions;  // In any order.
    std::string unit = "None";                                    // One of AWS's names of units.
    base::Time time{};
    std::vector<ValueCount> values;
    std::optional<StatisticSet> statistics;  // Instead of values.
    Resolution resolution = Resolution::minute;
};

/// Thread-safe.
class Publisher {
public:
    virtual ~Publisher() = default;
    /// In a transaction of its own, visible when this returns, not fsynced (what a power cut takes
    /// is the last moment's measurements). Never inside a request: it would wait for itself.
    virtual Result<void> publish(const std::string& account, const std::string& region,
                                 const std::vector<Sample>& samples) = 0;
    /// In the request's own writing transaction, of its account and region.
    virtual Result<void> publish(wire::Request& request, const std::vector<Sample>& samples) = 0;
};

/// What measures once a minute. Called by one thread (measure.h), shortly after each minute, never
/// inside a transaction; deltas are since the last call, and a first call may have nothing to say.
class MetricSource {
public:
    struct Measured {
        std::string account, region;
        std::vector<Sample> samples;
    };
    virtual ~MetricSource() = default;
    virtual std::string_view source_name() const = 0;
    /// `minute` is the one that has just ended: the time of its samples.
    virtual Result<std::vector<Measured>> measure(base::Time minute) = 0;
};

}  // namespace stormglass::cloudwatch
