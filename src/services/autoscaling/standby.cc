// Instances put aside and back, taken in and let go: standby, attach, detach.
#include "services/autoscaling/activities.h"
#include "services/autoscaling/lookup.h"

namespace stormglass::autoscaling {
namespace {

constexpr std::size_t instances_max = 20;  // In one call.

/// What both moves out of service have in common.
struct Leave {
    std::string state, description, verb;
};

Result<Member> need_in(wire::Request& request, const Group& group, const std::string& id) {
    auto member =
        TRY(members.get(request.tx(), {request.account, request.region, group.name, id}));
    if (member) return std::move(*member);
    return validation_error(
        fmt::format("The instance {} is not part of Auto Scaling group {}.", id, group.name));
}

Result<void> check_count(const wire::List<std::string>& ids) {
    if (ids.empty()) return validation_error("At least one instance ID must be given");
    if (ids.size() <= instances_max) return {};
    return validation_error(fmt::format("At most {} instances may be given", instances_max));
}

/// "shrinking the capacity from 4 to 3"; the desired capacity follows.
std::string move_capacity(wire::Request& request, Group& group, std::int64_t by) {
    const auto before = group.desired;
    group.desired += by;
    group.last_scaled = request.now;
    return fmt::format(", {} the capacity from {} to {}", by < 0 ? "shrinking" : "increasing",
                       before, group.desired);
}

Result<void> check_shrink(const Group& group, std::int64_t count) {
    if (group.desired - count >= group.min_size) return {};
    return validation_error(fmt::format(
        "AutoScalingGroup {} has min-size={}, max-size={}, and desired-size={}. To place into "
        "standby or detach {} more instance(s), please update the AutoScalingGroup sizes "
        "appropriately.", group.name, group.min_size, group.max_size, group.desired, count));
}

Result<void> check_growth(const Group& group, std::int64_t count, std::string_view how) {
    if (group.desired + count <= group.max_size) return {};
    return validation_error(fmt::format(
        "AutoScalingGroup {} has min-size={}, max-size={}, and desired-size={}. To {} {} more "
        "instance(s), please update the AutoScalingGroup sizes appropriately.", group.name,
        group.min_size, group.max_size, group.desired, how, count));
}

Result<Activity> begin(wire::Request& request, base::Random& random, const Group& group,
                       const Member& member, std::string description, std::string cause) {
    Activity activity{.description = std::move(description) + member.id,
                      .cause = std::move(cause),
                      .status = "InProgress",
                      .details = place_details(member.subnet_id, member.zone),
                      .instance_id = member.id};
    activity.progress = 50;
    return start_activity(request, random, group, std::move(activity));
}

Result<void> check_leaving(const Member& member, const Leave& how) {
    const bool aside = member.lifecycle == "Standby" && how.state == "Detaching";
    if (member.lifecycle == "InService" || aside) return {};
    return validation_error(fmt::format("The instance {} is in state {}, it is not in a state from "
                                        "which it can be moved.", member.id, member.lifecycle));
}

Result<std::vector<Activity>> leave(wire::Request& request, base::Random& random, Group& group,
                                    const wire::List<std::string>& ids, bool decrement,
                                    const Leave& how) {
    TRY(check_count(ids));
    std::vector<Member> leaving;
    for (const auto& id : ids) {
        leaving.push_back(TRY(need_in(request, group, id)));
        TRY(check_leaving(leaving.back(), how));
    }
    // Who stands aside does not count in the desired capacity.
    const auto counted = std::count_if(leaving.begin(), leaving.end(), is_alive);
    if (decrement) TRY(check_shrink(group, counted));
    std::vector<Activity> done;
    for (auto& member : leaving) {
        const bool counts = decrement && is_alive(member);
        auto cause = fmt::format("At {} instance {} was {} in response to a user request{}.",
                                 moment(request.now), member.id, how.verb,
                                 counts ? move_capacity(request, group, -1) : std::string());
        done.push_back(TRY(begin(request, random, group, member, how.description, cause)));
        member.lifecycle = how.state;
        member.terminating = request.now;  // Draining counts from here.
        member.draining = false;
        member.transition_activity = done.back().id;
        save(request, member);
    }
    save(request, group);
    return done;
}

Result<Member> member_of(wire::Request& request, ec2::api::Api& ec2, const Group& group,
                         const std::string& id) {
    for (const auto& one : TRY(members.all(request.tx(), {request.account, request.region}))) {
        if (one.id != id) continue;
        return validation_error(fmt::format(
            "Instance {} is already part of AutoScalingGroup: {}", id, one.group));
    }
    ec2::api::DescribeInstancesInput ask;
    ask.instance_ids.push_back(id);
    const auto answer = ec2.describe_instances(request, ask);
    if (!answer && answer.error().domain != Domain::aws) return std::unexpected(answer.error());
    if (!answer || answer->reservations.empty() || answer->reservations.front().instances.empty()) {
        return validation_error(fmt::format("Invalid Instance ID(s): [{}] specified", id));
    }
    const auto& seen = answer->reservations.front().instances.front();
    if (!seen.state || seen.state->name != "running") {
        return validation_error(fmt::format("Instance {} is not in correct state. Instance(s) must "
                                            "be in 'running' state.", id));
    }
    Member member{.id = id, .group = group.name};
    member.type = seen.instance_type.value_or("");
    member.image_id = seen.image_id.value_or("");
    member.subnet_id = seen.subnet_id.value_or("");
    if (seen.placement) member.zone = seen.placement->availability_zone.value_or("");
    for (const auto& place : group.places) {
        if (place.zone == member.zone) member.zone_id = place.zone_id;
    }
    return member;
}

Result<void> attach(wire::Request& request, base::Random& random, Group& group, Member member) {
    const bool in_zone = std::any_of(group.places.begin(), group.places.end(),
                                     [&](const Place& one) { return one.zone == member.zone; });
    if (!in_zone) {
        return validation_error(fmt::format(
            "The availability zone {} of instance {} is not among those of AutoScalingGroup {}.",
            member.zone, member.id, group.name));
    }
    const auto cause =
        fmt::format("At {} an instance was attached in response to a user request{}.",
                    moment(request.now), move_capacity(request, group, 1));
    member.launched = member.pending = request.now;
    member.is_protected = group.protect_new;
    member.launch_hooked = true;  // Hooks are not for instances that are attached.
    member.adopt = true;
    member.launch_activity = TRY(begin(request, random, group, member,
                                       "Attaching an existing EC2 instance: ", cause)).id;
    save(request, member);
    return {};
}

}  // namespace

Result<api::EnterStandbyOutput> Service::enter_standby(wire::Request& request,
                                                       const api::EnterStandbyInput& input) {
    Group group = TRY(need_group(request, input.auto_scaling_group_name));
    const auto done = TRY(leave(request, random_, group, input.instance_ids,
                                input.should_decrement_desired_capacity,
                                {.state = "EnteringStandby",
                                 .description = "Moving EC2 instance to Standby: ",
                                 .verb = "moved to standby"}));
    api::EnterStandbyOutput output;
    for (const auto& one : done) output.activities.push_back(describe(one));
    return output;
}

Result<api::ExitStandbyOutput> Service::exit_standby(wire::Request& request,
                                                     const api::ExitStandbyInput& input) {
    Group group = TRY(need_group(request, input.auto_scaling_group_name));
    TRY(check_count(input.instance_ids));
    TRY(check_growth(group, static_cast<std::int64_t>(input.instance_ids.size()),
                     "return to service"));
    api::ExitStandbyOutput output;
    for (const auto& id : input.instance_ids) {
        Member member = TRY(need_in(request, group, id));
        if (member.lifecycle != "Standby") {
            return validation_error(fmt::format("The instance {} is not in Standby.", id));
        }
        const auto cause = fmt::format(
            "At {} instance {} was moved out of standby in response to a user request{}.",
            moment(request.now), id, move_capacity(request, group, 1));
        const auto activity = TRY(begin(request, random_, group, member,
                                        "Moving EC2 instance out of Standby: ", cause));
        member.lifecycle = "Pending";
        member.pending = request.now;
        member.launch_hooked = true;  // Hooks are not for instances that come back.
        member.health = "Healthy";
        member.health_cause.clear();
        member.launch_activity = activity.id;
        save(request, member);
        output.activities.push_back(describe(activity));
    }
    save(request, group);
    return output;
}

Result<api::DetachInstancesOutput> Service::detach_instances(
    wire::Request& request, const api::DetachInstancesInput& input) {
    Group group = TRY(need_group(request, input.auto_scaling_group_name));
    const auto done = TRY(leave(request, random_, group, input.instance_ids,
                                input.should_decrement_desired_capacity,
                                {.state = "Detaching",
                                 .description = "Detaching EC2 instance: ",
                                 .verb = "detached"}));
    api::DetachInstancesOutput output;
    for (const auto& one : done) output.activities.push_back(describe(one));
    return output;
}

Result<api::AttachInstancesOutput> Service::attach_instances(
    wire::Request& request, const api::AttachInstancesInput& input) {
    Group group = TRY(need_group(request, input.auto_scaling_group_name));
    if (group.deleting) {
        return api::resource_contention("The Auto Scaling group is being deleted.");
    }
    TRY(check_count(input.instance_ids));
    TRY(check_growth(group, static_cast<std::int64_t>(input.instance_ids.size()), "attach"));
    for (const auto& id : input.instance_ids) {
        TRY(attach(request, random_, group, TRY(member_of(request, peers_.ec2, group, id))));
    }
    save(request, group);
    return api::AttachInstancesOutput{};
}

}  // namespace stormglass::autoscaling
