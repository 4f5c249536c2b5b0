// The step adjustments of a policy: intervals that neither overlap nor leave gaps.
#pragma once

#include "services/autoscaling/records.h"
#include "services/autoscaling/service.h"

namespace stormglass::autoscaling {

Result<void> read_steps(const api::PutScalingPolicyInput& input, Policy& policy);

}  // namespace stormglass::autoscaling
