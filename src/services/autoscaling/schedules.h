// Scheduled actions: when they are due and what they do to a group.
#pragma once

#include "services/autoscaling/records.h"
#include "services/autoscaling/service.h"

namespace stormglass::autoscaling {

/// The first moment after `time` at which it is due; nothing: never again. A bad recurrence or time
/// zone is an error in AWS's words.
Result<std::optional<base::Time>> next_run(const Schedule& schedule, base::Time time);
/// To its next run, or away.
Result<void> advance(wire::Request& request, Schedule schedule);
/// Sets the group's sizes; says what was done, for people. Sizes that contradict each other change
/// nothing.
std::string apply(wire::Request& request, Group& group, const Schedule& schedule, base::Time due);

}  // namespace stormglass::autoscaling
