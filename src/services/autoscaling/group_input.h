// Checking what Create and Update say of a group, and putting it into its record.
#pragma once

#include "services/autoscaling/records.h"
#include "services/autoscaling/service.h"

namespace stormglass::autoscaling {

/// Refuses what a group here cannot do; the message names it.
Result<void> refuse_unsupported(const api::CreateAutoScalingGroupInput& input);
Result<void> refuse_unsupported(const api::UpdateAutoScalingGroupInput& input);

/// The template and version must exist; a missing version is "$Default".
Result<TemplateRef> check_template(wire::Request& request, ec2::api::Api& ec2,
                                   const api::LaunchTemplateSpecification& given);
/// The number that a version stands for now.
Result<TemplateRef> resolve_template(wire::Request& request, ec2::api::Api& ec2,
                                     const TemplateRef& wanted);
/// "subnet-1,subnet-2", in the order given.
Result<std::vector<Place>> check_places(wire::Request& request, ec2::api::Api& ec2,
                                        const std::string& zone_identifier,
                                        const std::vector<std::string>& zones);
Result<void> check_target_groups(wire::Request& request, elbv2::api::Api* elbv2,
                                 const std::vector<std::string>& arns);
Result<void> check_sizes(const Group& group);
Result<std::string> check_health_type(const std::string& given);
Result<void> check_termination_policies(const std::vector<std::string>& given);
/// The hooks that Create gives.
Result<void> keep_hooks(wire::Request& request, const Peers& peers, const Group& group,
                        const api::CreateAutoScalingGroupInput& input);
Result<void> set_maintenance(Group& group, const api::InstanceMaintenancePolicy& given);

}  // namespace stormglass::autoscaling
