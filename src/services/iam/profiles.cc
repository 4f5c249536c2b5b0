// Instance profiles.
#include "base/strings.h"
#include "services/iam/shapes.h"

namespace stormglass::iam {
namespace {

Result<api::InstanceProfile> profile_shape(wire::Request& request, const Profile& profile) {
    api::InstanceProfile shape;
    shape.path = profile.path;
    shape.instance_profile_name = profile.name;
    shape.instance_profile_id = profile.id;
    shape.arn = profile.arn;
    shape.create_date = profile.created;
    shape.tags = tag_list(profile.tags);
    shape.roles.present = true;
    if (!profile.role.empty()) {
        shape.roles.push_back(role_shape(
            TRY(find_entity(request.tx(), request.account, kind::role, profile.role))));
    }
    return shape;
}

Result<std::vector<api::InstanceProfile>> profile_shapes(
    wire::Request& request, const std::function<bool(const Profile&)>& wanted) {
    std::vector<api::InstanceProfile> shapes;
    for (const auto& profile : TRY(profiles.all(request.tx(), {request.account}))) {
        if (wanted(profile)) shapes.push_back(TRY(profile_shape(request, profile)));
    }
    return shapes;
}

}  // namespace

Result<api::CreateInstanceProfileOutput> Service::create_instance_profile(
    wire::Request& request, const api::CreateInstanceProfileInput& input) {
    if (find_profile(request.tx(), request.account, input.instance_profile_name)) {
        return api::entity_already_exists(
            fmt::format("Instance Profile {} already exists.", input.instance_profile_name));
    }
    Profile profile;
    profile.name = input.instance_profile_name;
    profile.path = input.path.value_or("/");
    profile.id = new_id("AIPA");
    profile.arn = fmt::format("arn:aws:iam::{}:instance-profile{}{}", request.account,
                              profile.path, profile.name);
    profile.created = std::chrono::floor<base::Seconds>(request.now);
    profile.tags = TRY(tags_of(input.tags));
    put_profile(request.tx(), request.account, profile);
    api::CreateInstanceProfileOutput output;
    output.instance_profile = TRY(profile_shape(request, profile));
    return output;
}

Result<api::GetInstanceProfileOutput> Service::get_instance_profile(
    wire::Request& request, const api::GetInstanceProfileInput& input) {
    api::GetInstanceProfileOutput output;
    output.instance_profile = TRY(profile_shape(
        request, TRY(find_profile(request.tx(), request.account, input.instance_profile_name))));
    return output;
}

Result<api::ListInstanceProfilesOutput> Service::list_instance_profiles(
    wire::Request& request, const api::ListInstanceProfilesInput& input) {
    const auto prefix = input.path_prefix.value_or("/");
    return paged<api::ListInstanceProfilesOutput>(
        input,
        TRY(profile_shapes(request,
                           [&](const Profile& one) { return one.path.starts_with(prefix); })),
        &api::ListInstanceProfilesOutput::instance_profiles);
}

Result<api::ListInstanceProfilesForRoleOutput> Service::list_instance_profiles_for_role(
    wire::Request& request, const api::ListInstanceProfilesForRoleInput& input) {
    const auto role = TRY(find_entity(request.tx(), request.account, kind::role, input.role_name));
    return paged<api::ListInstanceProfilesForRoleOutput>(
        input,
        TRY(profile_shapes(request, [&](const Profile& one) { return one.role == role.name; })),
        &api::ListInstanceProfilesForRoleOutput::instance_profiles);
}

Result<api::AddRoleToInstanceProfileOutput> Service::add_role_to_instance_profile(
    wire::Request& request, const api::AddRoleToInstanceProfileInput& input) {
    auto profile = TRY(find_profile(request.tx(), request.account, input.instance_profile_name));
    const auto role = TRY(find_entity(request.tx(), request.account, kind::role, input.role_name));
    TRY(request.authorize({.action = "iam:PassRole", .resource = role.arn, .context = {},
                           .resource_policy = {}, .mode = {}, .resource_account = {}}));
    if (!profile.role.empty()) {
        return api::limit_exceeded(
            "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
    }
    profile.role = role.name;
    put_profile(request.tx(), request.account, profile);
    return api::AddRoleToInstanceProfileOutput{};
}

Result<api::RemoveRoleFromInstanceProfileOutput> Service::remove_role_from_instance_profile(
    wire::Request& request, const api::RemoveRoleFromInstanceProfileInput& input) {
    auto profile = TRY(find_profile(request.tx(), request.account, input.instance_profile_name));
    if (!base::equals_ignore_case(profile.role, input.role_name)) {
        return api::no_such_entity(
            fmt::format("The role with name {} cannot be found.", input.role_name));
    }
    profile.role.clear();
    put_profile(request.tx(), request.account, profile);
    return api::RemoveRoleFromInstanceProfileOutput{};
}

Result<api::DeleteInstanceProfileOutput> Service::delete_instance_profile(
    wire::Request& request, const api::DeleteInstanceProfileInput& input) {
    const auto profile = TRY(find_profile(request.tx(), request.account, input.instance_profile_name));
    if (!profile.role.empty()) {
        return api::delete_conflict(
            "Cannot delete entity, must remove roles from instance profile first.");
    }
    profiles.erase(request.tx(), {request.account, base::to_lower(profile.name)});
    return api::DeleteInstanceProfileOutput{};
}

}  // namespace stormglass::iam
