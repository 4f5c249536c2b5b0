// Tags of groups.
#pragma once

#include "services/autoscaling/records.h"
#include "services/autoscaling/service.h"

namespace stormglass::autoscaling {

Result<void> set_tag(Group& group, const api::Tag& tag);
api::TagDescription describe(const Group& group, const GroupTag& tag);

}  // namespace stormglass::autoscaling
