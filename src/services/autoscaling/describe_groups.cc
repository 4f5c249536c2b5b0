// How groups and their instances look from outside.
#include "services/autoscaling/lookup.h"
#include "services/autoscaling/purchase.h"
#include "services/autoscaling/tags.h"

namespace stormglass::autoscaling {
namespace {

api::LaunchTemplateSpecification spec_of(const TemplateRef& ref) {
    api::LaunchTemplateSpecification spec;
    spec.launch_template_id = ref.id;
    spec.launch_template_name = ref.name;
    spec.version = ref.version;
    return spec;
}

/// Members of api::Instance and api::AutoScalingInstanceDetails that have the same names.
template <class Item>
Item describe_member(const Member& one) {
    Item item;
    item.instance_id = one.id;
    item.instance_type = one.type;
    item.availability_zone = one.zone;
    if (!one.zone_id.empty()) item.availability_zone_id = one.zone_id;
    item.lifecycle_state = one.lifecycle;
    item.launch_template = spec_of(one.launch_template);
    item.protected_from_scale_in = one.is_protected;
    return item;
}

void describe_fixed(const Group& group, api::AutoScalingGroup& item) {
    item.load_balancer_names.present = true;
    item.availability_zone_distribution.emplace().capacity_distribution_strategy =
        group.zone_strategy;
    item.capacity_reservation_specification.emplace().capacity_reservation_preference = "default";
    for (const auto& arn : group.target_groups) {
        item.traffic_sources.push_back({.identifier = arn, .type = "elbv2"});
    }
    for (const auto& process : group.suspended) {
        item.suspended_processes.push_back(
            {.process_name = process,
             .suspension_reason = "User suspended at " + base::iso8601_seconds(group.created)});
    }
    for (const auto& metric : group.enabled_metrics) {
        item.enabled_metrics.push_back({.metric = metric, .granularity = "1Minute"});
    }
    if (group.min_healthy) {
        auto& policy = item.instance_maintenance_policy.emplace();
        policy.min_healthy_percentage = group.min_healthy;
        policy.max_healthy_percentage = group.max_healthy;
    }
}

api::AutoScalingGroup describe_group(const Group& group) {
    api::AutoScalingGroup item;
    item.auto_scaling_group_name = group.name;
    item.auto_scaling_group_arn = group.arn;
    if (group.mixed) {
        item.mixed_instances_policy = describe(group, *group.mixed);
    } else {
        item.launch_template = spec_of(group.launch_template);
    }
    item.min_size = group.min_size;
    item.max_size = group.max_size;
    item.desired_capacity = group.desired;
    item.default_cooldown = group.default_cooldown;
    for (const auto& place : group.places) {
        auto& zones = item.availability_zones;
        if (std::find(zones.begin(), zones.end(), place.zone) != zones.end()) continue;
        zones.push_back(place.zone);
        if (!place.zone_id.empty()) item.availability_zone_ids.push_back(place.zone_id);
    }
    item.target_group_arns = wire::List<std::string>(group.target_groups);
    item.health_check_type = group.health_check_type;
    item.health_check_grace_period = group.grace_seconds;
    item.created_time = group.created;
    item.vpc_zone_identifier = group.zone_identifier;
    if (group.deleting) item.status = "Delete in progress";
    for (const auto& tag : group.tags) item.tags.push_back(describe(group, tag));
    item.termination_policies = wire::List<std::string>(group.termination_policies);
    item.new_instances_protected_from_scale_in = group.protect_new;
    item.service_linked_role_arn = group.service_role;
    item.max_instance_lifetime = group.max_instance_lifetime;
    item.capacity_rebalance = group.capacity_rebalance;
    item.default_instance_warmup = group.warmup_seconds;
    describe_fixed(group, item);
    return item;
}

bool has_tag(const Group& group, const api::Filter& filter) {
    const std::string name = filter.name.value_or("");
    const auto among = [&](const std::string& value) {
        return std::find(filter.values.begin(), filter.values.end(), value) != filter.values.end();
    };
    return std::any_of(group.tags.begin(), group.tags.end(), [&](const GroupTag& tag) {
        if (name == "tag-key") return among(tag.key);
        if (name == "tag-value") return among(tag.value);
        return name == "tag:" + tag.key && among(tag.value);
    });
}

bool is_wanted(const Group& group, const api::DescribeAutoScalingGroupsInput& input) {
    const auto& names = input.auto_scaling_group_names;
    if (!names.empty() && std::find(names.begin(), names.end(), group.name) == names.end()) {
        return false;
    }
    return std::all_of(input.filters.begin(), input.filters.end(),
                       [&](const api::Filter& filter) { return has_tag(group, filter); });
}

}  // namespace

Result<api::DescribeAutoScalingGroupsOutput> Service::describe_auto_scaling_groups(
    wire::Request& request, const api::DescribeAutoScalingGroupsInput& input) {
    for (const auto& filter : input.filters) {
        const std::string name = filter.name.value_or("");
        if (name != "tag-key" && name != "tag-value" && !name.starts_with("tag:")) {
            return validation_error("Filter type " + name + " is not correct. Allowed Filter types "
                                    "are: tag-key tag-value tag:<key>");
        }
    }
    auto all = TRY(groups.all(request.tx(), {request.account, request.region}));
    std::erase_if(all, [&](const Group& one) { return !is_wanted(one, input); });
    const auto one = TRY(page(std::move(all), input.next_token, input.max_records));
    api::DescribeAutoScalingGroupsOutput output;
    for (const auto& group : one.items) {
        auto& item = output.auto_scaling_groups.emplace_back(describe_group(group));
        item.instances.present = true;
        if (!input.include_instances.value_or(true)) continue;
        for (const auto& member : TRY(members_of(request, group.name))) {
            item.instances.push_back(describe_member<api::Instance>(member));
            item.instances.back().health_status = member.health;
        }
    }
    if (!one.next.empty()) output.next_token = one.next;
    return output;
}

Result<api::DescribeAutoScalingInstancesOutput> Service::describe_auto_scaling_instances(
    wire::Request& request, const api::DescribeAutoScalingInstancesInput& input) {
    auto all = TRY(members.all(request.tx(), {request.account, request.region}));
    const auto& ids = input.instance_ids;
    std::erase_if(all, [&](const Member& one) {
        return !ids.empty() && std::find(ids.begin(), ids.end(), one.id) == ids.end();
    });
    const auto one = TRY(page(std::move(all), input.next_token, input.max_records));
    api::DescribeAutoScalingInstancesOutput output;
    for (const auto& member : one.items) {
        auto item = describe_member<api::AutoScalingInstanceDetails>(member);
        item.auto_scaling_group_name = member.group;
        item.health_status = member.health == "Healthy" ? "HEALTHY" : "UNHEALTHY";
        output.auto_scaling_instances.push_back(std::move(item));
    }
    if (!one.next.empty()) output.next_token = one.next;
    return output;
}

}  // namespace stormglass::autoscaling
