// The history of a group's scaling activities, and the messages that tell of them.
#pragma once

#include "services/autoscaling/records.h"
#include "services/autoscaling/service.h"

namespace stormglass::autoscaling {

inline constexpr std::size_t activities_max = 1000;  // Of one group; older ones are forgotten.
inline constexpr base::Days activities_kept{42};

/// Begins an activity and forgets what is too old. Its id orders activities by time.
Result<Activity> start_activity(wire::Request& request, base::Random& random, const Group& group,
                                Activity activity);
Result<std::optional<Activity>> find_activity(wire::Request& request, const Group& group,
                                              const std::string& id);
void save(wire::Request& request, const Activity& activity);
/// Progress 100, ended now.
void end_activity(wire::Request& request, Activity& activity, std::string status,
                  std::string message);
api::Activity describe(const Activity& activity);
/// {"Subnet ID": ..., "Availability Zone": ...} as AWS writes it.
std::string place_details(const std::string& subnet_id, const std::string& zone);
/// With "InvokingAlarms", when the group's capacity changes because of one.
std::string scaling_details(const Group& group, const std::string& subnet_id,
                            const std::string& zone);
/// "2026-11-24T15:02:57Z"
std::string moment(base::Time time);

/// Tells those who asked for `event` ("EC2_INSTANCE_LAUNCH", ...). A topic that refuses is reported
/// in the returned list, one line each; it never undoes the activity.
Result<std::vector<std::string>> notify(wire::Request& request, const Peers& peers,
                                        const Group& group, const Activity& activity,
                                        std::string_view event);

}  // namespace stormglass::autoscaling
