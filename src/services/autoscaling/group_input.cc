#include "services/autoscaling/group_input.h"

#include "base/strings.h"
#include "services/autoscaling/lookup.h"

namespace stormglass::autoscaling {
namespace {

constexpr std::string_view termination_policies[] = {
    "AllocationStrategy", "ClosestToNextInstanceHour", "Default", "NewestInstance",
    "OldestInstance",     "OldestLaunchConfiguration", "OldestLaunchTemplate"};

bool given(const std::optional<std::string>& text) { return text && !text->empty(); }

/// What both inputs have, by the same names.
template <class Input>
Result<void> refuse_common(const Input& input) {
    if (given(input.launch_configuration_name)) {
        return unsupported("launch configurations; use a launch template");
    }
    if (given(input.placement_group)) return unsupported("placement groups");
    if (input.max_instance_lifetime.value_or(0) != 0) {
        return unsupported("a maximum instance lifetime");
    }
    if (given(input.context)) return unsupported("Context");
    if (input.desired_capacity_type.value_or("units") != "units") {
        return unsupported("DesiredCapacityType " + *input.desired_capacity_type);
    }
    if (input.deletion_protection.value_or("none") != "none") {
        return unsupported("deletion protection");
    }
    if (input.instance_lifecycle_policy) return unsupported("instance lifecycle policies");
    if (input.availability_zone_distribution &&
        input.availability_zone_distribution->capacity_distribution_strategy.value_or(
            "balanced-best-effort") != "balanced-best-effort") {
        return unsupported("zone distributions other than balanced-best-effort");
    }
    if (input.availability_zone_impairment_policy &&
        input.availability_zone_impairment_policy->zonal_shift_enabled.value_or(false)) {
        return unsupported("zonal shift");
    }
    if (input.capacity_reservation_specification &&
        input.capacity_reservation_specification->capacity_reservation_preference.value_or(
            "default") != "default") {
        return unsupported("capacity reservations");
    }
    return {};
}

}  // namespace

Result<void> refuse_unsupported(const api::CreateAutoScalingGroupInput& input) {
    TRY(refuse_common(input));
    if (given(input.instance_id)) return unsupported("groups made from an instance");
    if (!input.load_balancer_names.empty()) return unsupported("Classic Load Balancers");
    if (!input.traffic_sources.empty()) {
        return unsupported("TrafficSources; use TargetGroupARNs");
    }
    return {};
}

Result<void> refuse_unsupported(const api::UpdateAutoScalingGroupInput& input) {
    return refuse_common(input);
}

Result<TemplateRef> resolve_template(wire::Request& request, ec2::api::Api& ec2,
                                     const TemplateRef& wanted) {
    ec2::api::DescribeLaunchTemplateVersionsInput ask;
    if (!wanted.id.empty()) {
        ask.launch_template_id = wanted.id;
    } else {
        ask.launch_template_name = wanted.name;
    }
    ask.versions.push_back(wanted.version.empty() ? "$Default" : wanted.version);
    const auto answer = TRY(ec2.describe_launch_template_versions(request, ask));
    if (answer.launch_template_versions.empty()) {
        return aws_error("InvalidLaunchTemplateId.VersionNotFound",
                         fmt::format("Could not find the specified version {} for the launch "
                                     "template with ID {}.", wanted.version, wanted.id));
    }
    const auto& found = answer.launch_template_versions.front();
    return TemplateRef{.id = found.launch_template_id.value_or(wanted.id),
                       .name = found.launch_template_name.value_or(wanted.name),
                       .version = std::to_string(found.version_number.value_or(0))};
}

Result<TemplateRef> check_template(wire::Request& request, ec2::api::Api& ec2,
                                   const api::LaunchTemplateSpecification& spec) {
    if (given(spec.launch_template_id) == given(spec.launch_template_name)) {
        return validation_error("Valid requests must contain either launchTemplateId or "
                                "LaunchTemplateName");
    }
    TemplateRef wanted{.id = spec.launch_template_id.value_or(""),
                       .name = spec.launch_template_name.value_or(""),
                       .version = given(spec.version) ? *spec.version : "$Default"};
    const auto found = resolve_template(request, ec2, wanted);
    if (!found && found.error().domain == Domain::aws) {
        return validation_error("You must use a valid fully-formed launch template. " +
                                found.error().message);
    }
    if (!found) return std::unexpected(found.error());
    wanted.id = found->id;
    wanted.name = found->name;
    return wanted;
}

Result<std::vector<Place>> check_places(wire::Request& request, ec2::api::Api& ec2,
                                        const std::string& zone_identifier,
                                        const std::vector<std::string>& zones) {
    std::vector<Place> places;
    for (const auto& part : base::split(zone_identifier, ',')) {
        const std::string id{base::trim(part)};
        ec2::api::DescribeSubnetsInput ask;
        ask.subnet_ids.push_back(id);
        const auto answer = ec2.describe_subnets(request, ask);
        if (!answer && answer.error().domain != Domain::aws) {
            return std::unexpected(answer.error());
        }
        if (!answer || answer->subnets.empty()) {
            return validation_error(fmt::format("The subnet ID '{}' does not exist", id));
        }
        const auto& subnet = answer->subnets.front();
        places.push_back({.subnet_id = id,
                          .zone = subnet.availability_zone.value_or(""),
                          .zone_id = subnet.availability_zone_id.value_or("")});
    }
    for (const auto& place : places) {
        if (!zones.empty() && std::find(zones.begin(), zones.end(), place.zone) == zones.end()) {
            return validation_error("The availability zones of the specified subnets and the Auto "
                                    "Scaling group do not match");
        }
    }
    return places;
}

Result<void> check_target_groups(wire::Request& request, elbv2::api::Api* elbv2,
                                 const std::vector<std::string>& arns) {
    if (arns.empty()) return {};
    if (elbv2 == nullptr) return unsupported("target groups");
    for (const auto& arn : arns) {
        elbv2::api::DescribeTargetGroupsInput ask;
        ask.target_group_arns.push_back(arn);
        const auto answer = elbv2->describe_target_groups(request, ask);
        if (answer && !answer->target_groups.empty()) {
            if (answer->target_groups.front().target_type.value_or("instance") == "instance") {
                continue;
            }
            return validation_error("Provided Target Groups may not be valid: the target type must "
                                    "be instance.");
        }
        if (!answer && answer.error().domain != Domain::aws) {
            return std::unexpected(answer.error());
        }
        return validation_error("Provided Target Groups may not be valid. Please ensure they exist "
                                "and try again.");
    }
    return {};
}

Result<void> check_sizes(const Group& group) {
    if (group.min_size < 0 || group.max_size < 0) {
        return validation_error("Minimum and maximum group sizes must not be negative");
    }
    if (group.max_size < group.min_size) {
        return validation_error(
            fmt::format("Max bound, {}, must be greater than or equal to min bound, {}",
                        group.max_size, group.min_size));
    }
    if (group.desired < group.min_size || group.desired > group.max_size) {
        return validation_error(fmt::format("Desired capacity:{} must be between the specified min "
                                            "size:{} and max size:{}", group.desired,
                                            group.min_size, group.max_size));
    }
    return {};
}

Result<std::string> check_health_type(const std::string& type) {
    if (type == "EC2" || type == "ELB") return type;
    if (type == "EC2,ELB" || type == "ELB,EC2") return std::string("ELB");
    return unsupported(fmt::format("the health check type '{}'; use EC2 or ELB", type));
}

Result<void> check_termination_policies(const std::vector<std::string>& names) {
    for (const auto& name : names) {
        if (name.starts_with("arn:")) return unsupported("termination policies by Lambda function");
        if (std::find(std::begin(termination_policies), std::end(termination_policies), name) ==
            std::end(termination_policies)) {
            return validation_error(fmt::format("Invalid termination policy: {}", name));
        }
    }
    return {};
}

Result<void> set_maintenance(Group& group, const api::InstanceMaintenancePolicy& policy) {
    const auto min = policy.min_healthy_percentage.value_or(-1);
    const auto max = policy.max_healthy_percentage.value_or(-1);
    if (min < 0 && max < 0) {  // -1 clears it.
        group.min_healthy.reset();
        group.max_healthy.reset();
        return {};
    }
    if (min < 0 || min > 100 || max < 100 || max > 200 || max - min > 100) {
        return validation_error("MinHealthyPercentage must be 0 to 100, MaxHealthyPercentage 100 "
                                "to 200, and their difference at most 100");
    }
    group.min_healthy = min;
    group.max_healthy = max;
    return {};
}

}  // namespace stormglass::autoscaling
