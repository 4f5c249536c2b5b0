// What a caller may do to single instances of a group.
#include "services/autoscaling/lookup.h"
#include "services/autoscaling/activities.h"
#include "services/autoscaling/members.h"

namespace stormglass::autoscaling {

Result<api::SetInstanceHealthOutput> Service::set_instance_health(
    wire::Request& request, const api::SetInstanceHealthInput& input) {
    Member member = TRY(need_member(request, input.instance_id));
    if (input.health_status != "Healthy" && input.health_status != "Unhealthy") {
        return validation_error("Valid instance health states are: [Healthy, Unhealthy].");
    }
    const Group group = TRY(need_group(request, member.group));
    const bool in_grace = is_pending(member) ||
                          member.in_service + base::Seconds(group.grace_seconds) > request.now;
    const bool unhealthy = input.health_status == "Unhealthy";
    if (unhealthy && in_grace && input.should_respect_grace_period.value_or(true)) {
        return api::SetInstanceHealthOutput{};  // AWS takes no notice either.
    }
    member.health = input.health_status;
    member.health_cause = unhealthy ? "user" : "";
    save(request, member);
    return api::SetInstanceHealthOutput{};
}

Result<api::SetInstanceProtectionOutput> Service::set_instance_protection(
    wire::Request& request, const api::SetInstanceProtectionInput& input) {
    const Group group = TRY(need_group(request, input.auto_scaling_group_name));
    for (const auto& id : input.instance_ids) {
        auto member =
            TRY(members.get(request.tx(), {request.account, request.region, group.name, id}));
        if (!member || is_terminating(*member)) {
            return validation_error(fmt::format("The instance {} is not part of Auto Scaling group "
                                                "{}.", id, group.name));
        }
        member->is_protected = input.protected_from_scale_in;
        save(request, *member);
    }
    return api::SetInstanceProtectionOutput{};
}

Result<api::TerminateInstanceInAutoScalingGroupOutput>
Service::terminate_instance_in_auto_scaling_group(
    wire::Request& request, const api::TerminateInstanceInAutoScalingGroupInput& input) {
    Member member = TRY(need_member(request, input.instance_id));
    Group group = TRY(need_group(request, member.group));
    if (is_terminating(member)) {
        return api::scaling_activity_in_progress(
            fmt::format("The instance {} is being terminated already.", member.id));
    }
    std::string why = taken_out(request.now, "a user request");
    if (input.should_decrement_desired_capacity) {
        if (group.desired <= group.min_size) {
            return validation_error(fmt::format(
                "Currently, desiredSize equals minSize ({}). Terminating instance without "
                "replacement will violate group's min size constraint. Either set "
                "shouldDecrementDesiredCapacity flag to false or lower group's min size.",
                group.min_size));
        }
        why += fmt::format(", shrinking the capacity from {} to {}", group.desired,
                           group.desired - 1);
        --group.desired;
        group.last_scaled = request.now;
        save(request, group);
    }
    const auto activity =
        TRY(begin_termination(request, random_, group, member, std::move(why) + "."));
    api::TerminateInstanceInAutoScalingGroupOutput output;
    output.activity = describe(activity);
    return output;
}

}  // namespace stormglass::autoscaling
