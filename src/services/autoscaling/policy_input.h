// What PutScalingPolicy accepts, and how a policy reads back.
#pragma once

#include "services/autoscaling/records.h"
#include "services/autoscaling/service.h"

namespace stormglass::autoscaling {

Result<Policy> wanted_policy(const Group& group, const api::PutScalingPolicyInput& input);
/// Without its alarms.
api::ScalingPolicy describe(const Policy& policy);

}  // namespace stormglass::autoscaling
