// What CloudWatch and Auto Scaling need of each other: alarms run scaling policies, and groups have
// figures of their own. Implemented by autoscaling (services/autoscaling/scale.h), used by cloudwatch.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "wire/request.h"

namespace stormglass::services {

/// An alarm action whose ARN is a policy's:
/// arn:aws:autoscaling:REGION:ACCOUNT:scalingPolicy:UUID:autoScalingGroupName/G:policyName/P
class ScalingPolicies {
public:
    struct Trigger {
        std::string policy_arn, alarm_name;
        std::string alarm_state;  // "ALARM", "OK" or "INSUFFICIENT_DATA".
        double metric_value = 0;  // The newest data point that was judged.
        double threshold = 0;     // The alarm's; step adjustments are relative to it.
    };
    virtual ~ScalingPolicies() = default;
    /// Within the request's writing transaction; to be called when the alarm changes to the state
    /// whose action this is, and each minute while it stays there. Returns what was done, or why
    /// nothing, for people and the alarm's history. An aws error: there is no such policy.
    virtual Result<std::string> run(wire::Request& request, const Trigger& trigger) = 0;
};

/// One group at one moment.
struct GroupFigures {
    std::string account, region, group;
    /// AWS/AutoScaling, dimension AutoScalingGroupName: "GroupDesiredCapacity" and so on. Only
    /// those that EnableMetricsCollection switched on; one-minute points, without a unit.
    std::map<std::string, double> figures;
    /// Whose figures make AWS/EC2's metrics of the group (dimension AutoScalingGroupName): in
    /// service, and past the group's default instance warm-up.
    std::vector<std::string> counted_instances;
};

class GroupFigureSource {
public:
    virtual ~GroupFigureSource() = default;
    /// Of every group in every account and region.
    virtual Result<std::vector<GroupFigures>> group_figures(store::Tx& tx, base::Time now) = 0;
};

}  // namespace stormglass::services
