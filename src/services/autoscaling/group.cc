// Groups: create, update, set the desired capacity, delete.
#include "services/autoscaling/activities.h"
#include "services/autoscaling/group_input.h"
#include "services/autoscaling/lookup.h"
#include "services/autoscaling/purchase.h"
#include "services/autoscaling/tags.h"

namespace stormglass::autoscaling {
namespace {

constexpr std::size_t groups_max = 500;  // Of one account in one region.

Result<void> check_new_name(wire::Request& request, const std::string& name) {
    const auto known = TRY(groups.get(request.tx(), {request.account, request.region, name}));
    if (known) {
        return api::already_exists(fmt::format(
            "AutoScalingGroup by this name already exists - A group with the name {} already "
            "exists{}", name, known->deleting ? " and is pending delete" : ""));
    }
    const auto all = TRY(groups.all(request.tx(), {request.account, request.region}));
    if (all.size() >= groups_max) {
        return api::limit_exceeded(fmt::format("You have reached the limit of {} Auto Scaling "
                                               "groups.", groups_max));
    }
    return {};
}

Result<Group> wanted_group(wire::Request& request, const Peers& peers,
                           const api::CreateAutoScalingGroupInput& input) {
    if (input.launch_template && input.mixed_instances_policy) {
        return validation_error("Valid requests must contain either LaunchTemplate or "
                                "MixedInstancesPolicy, not both.");
    }
    if (!input.launch_template && !input.mixed_instances_policy) {
        return validation_error("Valid requests must contain either LaunchTemplate, "
                                "LaunchConfigurationName, InstanceId or MixedInstancesPolicy "
                                "parameter.");
    }
    if (!input.vpc_zone_identifier || input.vpc_zone_identifier->empty()) {
        if (!input.availability_zones.empty() || !input.availability_zone_ids.empty()) {
            return unsupported("groups without VPCZoneIdentifier (there is no default VPC)");
        }
        return validation_error("At least one Availability Zone or VPC Subnet is required.");
    }
    Group group{.name = input.auto_scaling_group_name};
    group.min_size = input.min_size;
    group.max_size = input.max_size;
    group.desired = input.desired_capacity.value_or(input.min_size);
    TRY(check_sizes(group));
    if (input.launch_template) {
        group.launch_template = TRY(check_template(request, peers.ec2, *input.launch_template));
    } else {
        TRY(set_mixed(request, peers.ec2, group, *input.mixed_instances_policy));
    }
    group.zone_identifier = *input.vpc_zone_identifier;
    group.places = TRY(
        check_places(request, peers.ec2, group.zone_identifier, input.availability_zones));
    TRY(check_target_groups(request, peers.elbv2, input.target_group_arns));
    group.target_groups = input.target_group_arns;
    group.health_check_type = TRY(check_health_type(input.health_check_type.value_or("EC2")));
    TRY(check_termination_policies(input.termination_policies));
    if (!input.termination_policies.empty()) {
        group.termination_policies = input.termination_policies;
    }
    if (input.instance_maintenance_policy) {
        TRY(set_maintenance(group, *input.instance_maintenance_policy));
    }
    return group;
}

}  // namespace

Result<api::CreateAutoScalingGroupOutput> Service::create_auto_scaling_group(
    wire::Request& request, const api::CreateAutoScalingGroupInput& input) {
    TRY(refuse_unsupported(input));
    TRY(check_new_name(request, input.auto_scaling_group_name));
    Group group = TRY(wanted_group(request, peers_, input));
    group.uuid = random_.uuid();
    group.arn = request.arn("autoscaling",
                            fmt::format("autoScalingGroup:{}:autoScalingGroupName/{}", group.uuid,
                                        group.name));
    group.default_cooldown = input.default_cooldown.value_or(group.default_cooldown);
    group.grace_seconds = input.health_check_grace_period.value_or(0);
    if (input.default_instance_warmup.value_or(-1) >= 0) {
        group.warmup_seconds = input.default_instance_warmup;
    }
    group.max_instance_lifetime = input.max_instance_lifetime;
    group.capacity_rebalance = input.capacity_rebalance;
    group.protect_new = input.new_instances_protected_from_scale_in.value_or(false);
    group.service_role = input.service_linked_role_arn.value_or(
        fmt::format("arn:aws:iam::{}:role/aws-service-role/autoscaling.amazonaws.com/"
                    "AWSServiceRoleForAutoScaling", request.account));
    for (const auto& tag : input.tags) TRY(set_tag(group, tag));
    group.created = request.now;
    group.last_scaled = request.now;
    if (group.desired > 0) {
        group.invoking_alarm.clear();
        group.cause = fmt::format("At {} a user request created an AutoScalingGroup changing the "
                                  "desired capacity from 0 to {}.  ", moment(request.now),
                                  group.desired);
    }
    save(request, group);
    TRY(keep_hooks(request, peers_, group, input));
    return api::CreateAutoScalingGroupOutput{};
}

namespace {

/// New sizes; a desired capacity that was not given follows the bounds.
Result<void> update_sizes(wire::Request& request, Group& group,
                          const api::UpdateAutoScalingGroupInput& input) {
    const auto before = group.desired;
    group.min_size = input.min_size.value_or(group.min_size);
    group.max_size = input.max_size.value_or(group.max_size);
    if (input.desired_capacity) {
        group.desired = *input.desired_capacity;
    } else if (group.min_size <= group.max_size) {
        group.desired = std::clamp(group.desired, group.min_size, group.max_size);
    }
    TRY(check_sizes(group));
    if (group.desired == before) return {};
    group.last_scaled = request.now;
    group.retry_at = request.now;
    group.invoking_alarm.clear();
    group.cause = fmt::format("At {} a user request update of AutoScalingGroup constraints to min: "
                              "{}, max: {}, desired: {} changing the desired capacity from {} to "
                              "{}.  ", moment(request.now), group.min_size, group.max_size,
                              group.desired, before, group.desired);
    return {};
}

Result<void> update_launch(wire::Request& request, const Peers& peers, Group& group,
                           const api::UpdateAutoScalingGroupInput& input) {
    if (input.mixed_instances_policy) {
        TRY(set_mixed(request, peers.ec2, group, *input.mixed_instances_policy));
        group.retry_at = request.now;
        group.failures = 0;
    }
    if (input.launch_template) {
        group.launch_template = TRY(check_template(request, peers.ec2, *input.launch_template));
        group.mixed.reset();
        group.retry_at = request.now;  // Worth a try at once.
        group.failures = 0;
    }
    if (input.vpc_zone_identifier && !input.vpc_zone_identifier->empty()) {
        group.zone_identifier = *input.vpc_zone_identifier;
        group.places = TRY(
            check_places(request, peers.ec2, group.zone_identifier, input.availability_zones));
    } else {
        TRY(check_places(request, peers.ec2, group.zone_identifier, input.availability_zones));
    }
    return {};
}

Result<void> update_habits(Group& group, const api::UpdateAutoScalingGroupInput& input) {
    group.default_cooldown = input.default_cooldown.value_or(group.default_cooldown);
    if (input.health_check_type) {
        group.health_check_type = TRY(check_health_type(*input.health_check_type));
    }
    group.grace_seconds = input.health_check_grace_period.value_or(group.grace_seconds);
    if (input.termination_policies.given()) {
        TRY(check_termination_policies(input.termination_policies));
        group.termination_policies = input.termination_policies;
        if (group.termination_policies.empty()) group.termination_policies = {"Default"};
    }
    group.protect_new = input.new_instances_protected_from_scale_in.value_or(group.protect_new);
    group.service_role = input.service_linked_role_arn.value_or(group.service_role);
    if (input.max_instance_lifetime) group.max_instance_lifetime = input.max_instance_lifetime;
    if (input.capacity_rebalance) group.capacity_rebalance = input.capacity_rebalance;
    if (input.default_instance_warmup) {  // -1 clears it.
        group.warmup_seconds = input.default_instance_warmup;
        if (*group.warmup_seconds < 0) group.warmup_seconds.reset();
    }
    if (input.instance_maintenance_policy) {
        TRY(set_maintenance(group, *input.instance_maintenance_policy));
    }
    return {};
}

}  // namespace

Result<api::UpdateAutoScalingGroupOutput> Service::update_auto_scaling_group(
    wire::Request& request, const api::UpdateAutoScalingGroupInput& input) {
    TRY(refuse_unsupported(input));
    Group group = TRY(need_group(request, input.auto_scaling_group_name));
    if (group.deleting) {
        return api::scaling_activity_in_progress("You cannot update an AutoScalingGroup that is "
                                                 "pending delete.");
    }
    TRY(update_launch(request, peers_, group, input));
    TRY(update_habits(group, input));
    TRY(update_sizes(request, group, input));
    save(request, group);
    return api::UpdateAutoScalingGroupOutput{};
}

Result<api::SetDesiredCapacityOutput> Service::set_desired_capacity(
    wire::Request& request, const api::SetDesiredCapacityInput& input) {
    Group group = TRY(need_group(request, input.auto_scaling_group_name));
    const auto wanted = input.desired_capacity;
    if (wanted > group.max_size) {
        return validation_error(fmt::format("New SetDesiredCapacity value {} is above max value {} "
                                            "for the AutoScalingGroup.", wanted, group.max_size));
    }
    if (wanted < group.min_size) {
        return validation_error(fmt::format("New SetDesiredCapacity value {} is below min value {} "
                                            "for the AutoScalingGroup.", wanted, group.min_size));
    }
    if (input.honor_cooldown.value_or(false) &&
        group.last_scaled + base::Seconds(group.default_cooldown) > request.now) {
        return api::scaling_activity_in_progress(
            "A cooldown period after an earlier scaling activity is in progress.");
    }
    if (wanted == group.desired) return api::SetDesiredCapacityOutput{};
    group.invoking_alarm.clear();
    group.cause = fmt::format("At {} a user request explicitly set group desired capacity changing "
                              "the desired capacity from {} to {}.  ", moment(request.now),
                              group.desired, wanted);
    group.desired = wanted;
    group.last_scaled = request.now;
    group.retry_at = request.now;
    save(request, group);
    return api::SetDesiredCapacityOutput{};
}

Result<api::DeleteAutoScalingGroupOutput> Service::delete_auto_scaling_group(
    wire::Request& request, const api::DeleteAutoScalingGroupInput& input) {
    Group group = TRY(need_group(request, input.auto_scaling_group_name));
    const auto all = TRY(members_of(request, group.name));
    if (!input.force_delete.value_or(false) && !all.empty()) {
        if (!std::all_of(all.begin(), all.end(), is_terminating)) {
            return api::resource_in_use("You cannot delete an AutoScalingGroup while there are "
                                        "instances or pending Spot instance request(s) still in "
                                        "the group.");
        }
        return api::scaling_activity_in_progress("You cannot delete an AutoScalingGroup while "
                                                 "there are scaling activities in progress for "
                                                 "that group.");
    }
    group.invoking_alarm.clear();
    group.cause = fmt::format("At {} a user request deleted the AutoScalingGroup.  ",
                              moment(request.now));
    group.deleting = true;  // The reconciler ends it when its instances are gone.
    group.min_size = group.max_size = group.desired = 0;
    save(request, group);
    return api::DeleteAutoScalingGroupOutput{};
}

}  // namespace stormglass::autoscaling
