#include "services/autoscaling/members.h"

#include "services/autoscaling/activities.h"
#include "services/autoscaling/lookup.h"

namespace stormglass::autoscaling {

std::string taken_out(base::Time now, std::string_view what) {
    return fmt::format("At {} an instance was taken out of service in response to {}", moment(now),
                       what);
}

std::string shrinking_cause(base::Time now, const Group& group, std::int64_t capacity,
                            const std::string& instance_id) {
    return fmt::format("{}{}, shrinking the capacity from {} to {}.  At {} instance {} was "
                       "selected for termination.", group.cause,
                       taken_out(now, "a difference between desired and actual capacity"), capacity,
                       capacity - 1, moment(now), instance_id);
}

Result<Activity> begin_termination(wire::Request& request, base::Random& random,
                                   const Group& group, Member& member, std::string why) {
    auto launch = TRY(find_activity(request, group, member.launch_activity));
    if (launch && !launch->end) {
        end_activity(request, *launch, "Cancelled",
                     "Instance became unhealthy or was taken out of service while waiting for "
                     "instance to be in InService state.");
    }
    Activity activity{.description = "Terminating EC2 instance: " + member.id,
                      .cause = std::move(why),
                      .status = "InProgress",
                      .details = place_details(member.subnet_id, member.zone),
                      .instance_id = member.id};
    activity = TRY(start_activity(request, random, group, std::move(activity)));
    member.lifecycle = "Terminating";
    member.waits.clear();
    member.terminating = request.now;
    member.termination_activity = activity.id;
    save(request, member);
    return activity;
}

}  // namespace stormglass::autoscaling
