// Launches that an experiment makes fail (aws:ec2:asg-insufficient-instance-capacity-error). Written by fis; autoscaling
// asks before each launch and takes it for EC2's InsufficientInstanceCapacity.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "store/table.h"

namespace stormglass::services {

struct LaunchFault {
    std::string experiment;
    base::Time until{};  // A fault ends then, whatever became of the experiment.
};
STORMGLASS_JSON(LaunchFault, experiment, until)

/// Key: {account, region, name of the Auto Scaling group, zone}.
inline constexpr store::Table<LaunchFault> launch_faults{"common/launch-fault"};

}  // namespace stormglass::services
