// Instance profiles on instances: associating, describing, taking them away.
#include "base/strings.h"
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/instances.h"
#include "services/ec2/service.h"

namespace stormglass::ec2 {
namespace {

constexpr FilterName association_filters[] = {{"instance-id", "InstanceId"}, {"state", "State"}};

api::IamInstanceProfileAssociation describe_association(const Instance& instance) {
    api::IamInstanceProfileAssociation item;
    item.association_id = instance.profile_association_id;
    item.instance_id = instance.id;
    item.iam_instance_profile =
        api::IamInstanceProfile{.arn = instance.profile_arn, .id = instance.profile_id};
    item.state = "associated";
    return item;
}

std::string name_in(const std::string& arn) { return arn.substr(arn.rfind('/') + 1); }

}  // namespace

Result<PassedProfile> pass_profile(wire::Request& request, iam::api::Api& iam,
                                   const std::optional<std::string>& arn,
                                   const std::optional<std::string>& name) {
    const bool by_arn = arn && !arn->empty();
    const std::string wanted = by_arn ? name_in(*arn) : name.value_or("");
    const auto found = iam.get_instance_profile(request, {.instance_profile_name = wanted});
    const bool known = found && found->instance_profile &&
                       (!by_arn || found->instance_profile->arn == *arn);
    if (!found && found.error().domain != Domain::aws) return std::unexpected(found.error());
    if (!known) {
        return aws_error("InvalidParameterValue",
                         fmt::format("Value ({}) for parameter iamInstanceProfile.{} is invalid. "
                                     "Invalid IAM Instance Profile {}", by_arn ? *arn : wanted,
                                     by_arn ? "arn" : "name", by_arn ? "ARN" : "name"));
    }
    const auto& profile = *found->instance_profile;
    for (const auto& role : profile.roles) {
        TRY(request.authorize({.action = "iam:PassRole",
                               .resource = role.arn.value_or(""),
                               .context = {{"iam:PassedToService", {"ec2.amazonaws.com"}}},
                               .resource_policy = {},
                               .mode = wire::PolicyMode::identity_or_resource,
                               .resource_account = {}}));
    }
    return PassedProfile{.arn = profile.arn.value_or(""),
                         .id = profile.instance_profile_id.value_or("")};
}

Result<api::AssociateIamInstanceProfileOutput> Service::associate_iam_instance_profile(
    wire::Request& request, const api::AssociateIamInstanceProfileInput& input) {
    auto named = TRY(need_instances(request, {input.instance_id}));
    Instance& instance = named.front();
    if (!instance.profile_arn.empty()) {
        return aws_error("IncorrectState",
                         fmt::format("There is an existing association for instance {}",
                                     instance.id));
    }
    const auto profile = TRY(pass_profile(request, parts_.iam, input.iam_instance_profile.arn,
                                          input.iam_instance_profile.name));
    instance.profile_arn = profile.arn;
    instance.profile_id = profile.id;
    instance.profile_association_id = new_id("iip-assoc");
    save(request, instances, instance);
    api::AssociateIamInstanceProfileOutput output;
    output.iam_instance_profile_association = describe_association(instance);
    return output;
}

Result<api::DescribeIamInstanceProfileAssociationsOutput>
Service::describe_iam_instance_profile_associations(
    wire::Request& request, const api::DescribeIamInstanceProfileAssociationsInput& input) {
    TRY(check_input("DescribeIamInstanceProfileAssociations", &input,
                    {"AssociationIds", "Filters", "MaxResults", "NextToken"}));
    const auto& ids = input.association_ids;
    api::DescribeIamInstanceProfileAssociationsOutput output;
    for (const auto& one : TRY(all(request, instances))) {
        if (one.profile_arn.empty() || one.state == state::terminated) continue;
        if (!ids.empty() &&
            std::find(ids.begin(), ids.end(), one.profile_association_id) == ids.end()) {
            continue;
        }
        output.iam_instance_profile_associations.push_back(describe_association(one));
    }
    output.next_token = TRY(narrow(output.iam_instance_profile_associations,
                                   "DescribeIamInstanceProfileAssociations",
                                   "IamInstanceProfileAssociations", association_filters, input));
    return output;
}

Result<api::DisassociateIamInstanceProfileOutput> Service::disassociate_iam_instance_profile(
    wire::Request& request, const api::DisassociateIamInstanceProfileInput& input) {
    auto found = TRY(where(request, instances, [&](const Instance& one) {
        return one.profile_association_id == input.association_id && !one.profile_arn.empty();
    }));
    if (found.empty()) {
        return aws_error("InvalidAssociationID.NotFound",
                         fmt::format("An invalid association-id of '{}' was given",
                                     input.association_id));
    }
    Instance& instance = found.front();
    api::DisassociateIamInstanceProfileOutput output;
    output.iam_instance_profile_association = describe_association(instance);
    output.iam_instance_profile_association->state = "disassociating";
    instance.profile_arn.clear();
    instance.profile_id.clear();
    instance.profile_association_id.clear();
    save(request, instances, instance);
    return output;
}

}  // namespace stormglass::ec2
