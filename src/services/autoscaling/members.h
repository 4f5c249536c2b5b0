// What happens to one member, as changes of records: used by handlers and by the reconciler.
#pragma once

#include "services/autoscaling/records.h"
#include "services/autoscaling/service.h"

namespace stormglass::autoscaling {

/// Takes the member out of service: it no longer counts as capacity. `why` is the cause's text.
/// The reconciler drains and terminates it. Returns the activity.
Result<Activity> begin_termination(wire::Request& request, base::Random& random,
                                   const Group& group, Member& member, std::string why);

/// "At T an instance was taken out of service in response to WHAT"
std::string taken_out(base::Time now, std::string_view what);
/// The cause of a shrinking group: what the user asked for, and which instance was chosen.
std::string shrinking_cause(base::Time now, const Group& group, std::int64_t capacity,
                            const std::string& instance_id);

}  // namespace stormglass::autoscaling
