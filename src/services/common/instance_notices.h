// What is known of single instances beyond EC2's own records, and what they read through their
// metadata service: Spot interruptions (set by ec2, for FIS and for groups that rebalance) and the
// state that Auto Scaling is moving them to (set by autoscaling).
#pragma once

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "store/table.h"
#include "wire/request.h"

namespace stormglass::services {

/// The notice itself comes this long before the end, as on AWS.
inline constexpr base::Seconds spot_warning{120};

struct SpotNotice {
    base::Time recommended{};  // Since when it had better be replaced.
    base::Time ends{};         // When EC2 terminates it; noticed `spot_warning` before.
};
STORMGLASS_JSON(SpotNotice, recommended, ends)
/// Key: {account, region, instance id}. Gone with the instance.
inline constexpr store::Table<SpotNotice> spot_notices{"common/spot-notice"};

struct TargetLifecycle {
    std::string state;  // "InService", "Standby", "Terminated", "Detached".
};
STORMGLASS_JSON(TargetLifecycle, state)
/// Key: {account, region, instance id}. Only instances of a group have one.
inline constexpr store::Table<TargetLifecycle> target_lifecycles{"common/target-lifecycle"};

/// Implemented by ec2 (services/ec2/spot.h). Thread-safe.
class SpotInterruptions {
public:
    virtual ~SpotInterruptions() = default;
    /// EC2 will take the Spot instance back after `until` (two minutes, if that is longer). The
    /// rebalance recommendation is there at once. aws errors: unknown, not Spot, not running.
    virtual Result<void> interrupt(wire::Request& request, const std::string& instance_id,
                                   base::Seconds until) = 0;
};

}  // namespace stormglass::services
