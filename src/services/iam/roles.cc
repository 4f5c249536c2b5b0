// Roles, their trust policies and boundaries; service-linked roles.
#include "base/strings.h"
#include "services/iam/shapes.h"

namespace stormglass::iam {

Result<api::CreateRoleOutput> Service::create_role(wire::Request& request,
                                                   const api::CreateRoleInput& input) {
    if (find_entity(request.tx(), request.account, kind::role, input.role_name)) {
        return api::entity_already_exists(
            fmt::format("Role with name {} already exists.", input.role_name));
    }
    TRY(check_document(input.assume_role_policy_document, policy::PolicyKind::trust));
    Entity role;
    role.kind = kind::role;
    role.name = input.role_name;
    role.path = input.path.value_or("/");
    role.id = new_id("AROA");
    role.arn = fmt::format("arn:aws:iam::{}:role{}{}", request.account, role.path, role.name);
    role.created = std::chrono::floor<base::Seconds>(request.now);
    role.trust = input.assume_role_policy_document;
    role.description = input.description.value_or("");
    role.max_session = input.max_session_duration.value_or(role.max_session);
    role.tags = TRY(tags_of(input.tags));
    if (input.permissions_boundary) {
        TRY(find_policy(request.tx(), request.account, *input.permissions_boundary));
        role.boundary = *input.permissions_boundary;
    }
    put_entity(request.tx(), request.account, role);
    api::CreateRoleOutput output;
    output.role = role_shape(role);
    return output;
}

Result<api::GetRoleOutput> Service::get_role(wire::Request& request,
                                             const api::GetRoleInput& input) {
    api::GetRoleOutput output;
    output.role = role_shape(TRY(find_entity(request.tx(), request.account, kind::role, input.role_name)));
    return output;
}

Result<api::ListRolesOutput> Service::list_roles(wire::Request& request,
                                                 const api::ListRolesInput& input) {
    std::vector<api::Role> roles;
    for (const auto& role : TRY(list_entities(request.tx(), request.account, kind::role,
                                              input.path_prefix.value_or("/")))) {
        roles.push_back(role_shape(role));
        roles.back().tags.clear();  // As AWS: lists leave tags and last use out.
        roles.back().role_last_used.reset();
    }
    return paged<api::ListRolesOutput>(input, std::move(roles), &api::ListRolesOutput::roles);
}

Result<api::DeleteRoleOutput> Service::delete_role(wire::Request& request,
                                                   const api::DeleteRoleInput& input) {
    const auto role = TRY(find_entity(request.tx(), request.account, kind::role, input.role_name));
    if (!role.attached.empty()) {
        return api::delete_conflict("Cannot delete entity, must detach all policies first.");
    }
    if (!role.inline_policies.empty()) {
        return api::delete_conflict("Cannot delete entity, must delete policies first.");
    }
    for (const auto& profile : TRY(profiles.all(request.tx(), {request.account}))) {
        if (profile.role == role.name) {
            return api::delete_conflict(
                "Cannot delete entity, must remove roles from instance profile first.");
        }
    }
    entities.erase(request.tx(), {request.account, kind::role, base::to_lower(role.name)});
    return api::DeleteRoleOutput{};
}

Result<api::UpdateRoleOutput> Service::update_role(wire::Request& request,
                                                   const api::UpdateRoleInput& input) {
    auto role = TRY(find_entity(request.tx(), request.account, kind::role, input.role_name));
    if (input.description) role.description = *input.description;
    if (input.max_session_duration) role.max_session = *input.max_session_duration;
    put_entity(request.tx(), request.account, role);
    return api::UpdateRoleOutput{};
}

Result<api::UpdateRoleDescriptionOutput> Service::update_role_description(
    wire::Request& request, const api::UpdateRoleDescriptionInput& input) {
    auto role = TRY(find_entity(request.tx(), request.account, kind::role, input.role_name));
    role.description = input.description;
    put_entity(request.tx(), request.account, role);
    api::UpdateRoleDescriptionOutput output;
    output.role = role_shape(role);
    return output;
}

Result<api::UpdateAssumeRolePolicyOutput> Service::update_assume_role_policy(
    wire::Request& request, const api::UpdateAssumeRolePolicyInput& input) {
    auto role = TRY(find_entity(request.tx(), request.account, kind::role, input.role_name));
    TRY(check_document(input.policy_document, policy::PolicyKind::trust));
    role.trust = input.policy_document;
    put_entity(request.tx(), request.account, role);
    return api::UpdateAssumeRolePolicyOutput{};
}

Result<api::PutRolePermissionsBoundaryOutput> Service::put_role_permissions_boundary(
    wire::Request& request, const api::PutRolePermissionsBoundaryInput& input) {
    auto role = TRY(find_entity(request.tx(), request.account, kind::role, input.role_name));
    TRY(find_policy(request.tx(), request.account, input.permissions_boundary));
    role.boundary = input.permissions_boundary;
    put_entity(request.tx(), request.account, role);
    return api::PutRolePermissionsBoundaryOutput{};
}

Result<api::DeleteRolePermissionsBoundaryOutput> Service::delete_role_permissions_boundary(
    wire::Request& request, const api::DeleteRolePermissionsBoundaryInput& input) {
    auto role = TRY(find_entity(request.tx(), request.account, kind::role, input.role_name));
    role.boundary.clear();
    put_entity(request.tx(), request.account, role);
    return api::DeleteRolePermissionsBoundaryOutput{};
}

Result<api::CreateServiceLinkedRoleOutput> Service::create_service_linked_role(
    wire::Request& request, const api::CreateServiceLinkedRoleInput& input) {
    const std::string service = input.aws_service_name;  // "autoscaling.amazonaws.com"
    if (!service.ends_with(".amazonaws.com")) {
        return api::invalid_input("Invalid service name: " + service);
    }
    std::string word = service.substr(0, service.find('.'));
    if (!word.empty()) word[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(word[0])));
    Entity role;
    role.kind = kind::role;
    role.name = "AWSServiceRoleFor" + word;
    if (input.custom_suffix) role.name += "_" + *input.custom_suffix;
    if (find_entity(request.tx(), request.account, kind::role, role.name)) {
        return api::invalid_input(
            fmt::format("Service role name {} has been taken in this account, please try a "
                        "different suffix.",
                        role.name));
    }
    role.path = "/aws-service-role/" + service + "/";
    role.id = new_id("AROA");
    role.arn = fmt::format("arn:aws:iam::{}:role{}{}", request.account, role.path, role.name);
    role.created = std::chrono::floor<base::Seconds>(request.now);
    role.description = input.description.value_or("");
    role.trust = fmt::format(
        R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{}"}},"Action":"sts:AssumeRole"}}]}})",
        service);
    put_entity(request.tx(), request.account, role);
    api::CreateServiceLinkedRoleOutput output;
    output.role = role_shape(role);
    return output;
}

}  // namespace stormglass::iam
