// Users, groups and memberships.
#include <algorithm>

#include "base/strings.h"
#include "services/iam/shapes.h"

namespace stormglass::iam {
namespace {

/// Operations on "the caller" leave the user's name out.
Result<std::string> user_name(const wire::Request& request, const std::optional<std::string>& given) {
    if (given) return *given;
    if (request.principal.kind == wire::PrincipalKind::user) return request.principal.name;
    return aws_error("ValidationError", "Must specify userName when calling with non-User credentials");
}

}  // namespace

Result<api::CreateUserOutput> Service::create_user(wire::Request& request,
                                                   const api::CreateUserInput& input) {
    if (find_entity(request.tx(), request.account, kind::user, input.user_name)) {
        return api::entity_already_exists(
            fmt::format("User with name {} already exists.", input.user_name));
    }
    Entity user;
    user.kind = kind::user;
    user.name = input.user_name;
    user.path = input.path.value_or("/");
    user.id = new_id("AIDA");
    user.arn = fmt::format("arn:aws:iam::{}:user{}{}", request.account, user.path, user.name);
    user.created = std::chrono::floor<base::Seconds>(request.now);
    user.tags = TRY(tags_of(input.tags));
    if (input.permissions_boundary) {
        TRY(find_policy(request.tx(), request.account, *input.permissions_boundary));
        user.boundary = *input.permissions_boundary;
    }
    put_entity(request.tx(), request.account, user);
    api::CreateUserOutput output;
    output.user = user_shape(user);
    return output;
}

Result<api::GetUserOutput> Service::get_user(wire::Request& request,
                                             const api::GetUserInput& input) {
    api::GetUserOutput output;
    if (!input.user_name && request.principal.kind == wire::PrincipalKind::root) {
        api::User& root = output.user.emplace();
        root.user_name = "root";
        root.user_id = request.account;
        root.arn = request.principal.arn;
        root.path = "/";
        root.create_date = base::Time{base::Seconds{0}};
        return output;
    }
    const auto name = TRY(user_name(request, input.user_name));
    output.user = user_shape(TRY(find_entity(request.tx(), request.account, kind::user, name)));
    return output;
}

Result<api::ListUsersOutput> Service::list_users(wire::Request& request,
                                                 const api::ListUsersInput& input) {
    std::vector<api::User> users;
    for (const auto& user : TRY(list_entities(request.tx(), request.account, kind::user,
                                              input.path_prefix.value_or("/")))) {
        users.push_back(user_shape(user));
        users.back().tags.clear();
    }
    return paged<api::ListUsersOutput>(input, std::move(users), &api::ListUsersOutput::users);
}

Result<api::DeleteUserOutput> Service::delete_user(wire::Request& request,
                                                   const api::DeleteUserInput& input) {
    const auto user = TRY(find_entity(request.tx(), request.account, kind::user, input.user_name));
    if (!user.attached.empty()) {
        return api::delete_conflict("Cannot delete entity, must detach all policies first.");
    }
    if (!user.inline_policies.empty()) {
        return api::delete_conflict("Cannot delete entity, must delete policies first.");
    }
    if (!user.groups.empty()) {
        return api::delete_conflict("Cannot delete entity, must remove users from group first.");
    }
    bool has_keys = false;
    TRY(long_term_keys.scan(request.tx(), {}, [&](LongTermKey& key) {
        has_keys = has_keys || (key.account == request.account && key.user == user.name);
    }));
    if (has_keys) {
        return api::delete_conflict("Cannot delete entity, must delete access keys first.");
    }
    entities.erase(request.tx(), {request.account, kind::user, base::to_lower(user.name)});
    return api::DeleteUserOutput{};
}

Result<api::CreateGroupOutput> Service::create_group(wire::Request& request,
                                                     const api::CreateGroupInput& input) {
    if (find_entity(request.tx(), request.account, kind::group, input.group_name)) {
        return api::entity_already_exists(
            fmt::format("Group with name {} already exists.", input.group_name));
    }
    Entity group;
    group.kind = kind::group;
    group.name = input.group_name;
    group.path = input.path.value_or("/");
    group.id = new_id("AGPA");
    group.arn = fmt::format("arn:aws:iam::{}:group{}{}", request.account, group.path, group.name);
    group.created = std::chrono::floor<base::Seconds>(request.now);
    put_entity(request.tx(), request.account, group);
    api::CreateGroupOutput output;
    output.group = group_shape(group);
    return output;
}

Result<api::GetGroupOutput> Service::get_group(wire::Request& request,
                                               const api::GetGroupInput& input) {
    const auto group = TRY(find_entity(request.tx(), request.account, kind::group, input.group_name));
    std::vector<api::User> users;
    for (const auto& user : TRY(list_entities(request.tx(), request.account, kind::user, "/"))) {
        const auto& groups = user.groups;
        if (std::find(groups.begin(), groups.end(), group.name) != groups.end()) {
            users.push_back(user_shape(user));
        }
    }
    auto output =
        TRY(paged<api::GetGroupOutput>(input, std::move(users), &api::GetGroupOutput::users));
    output.group = group_shape(group);
    return output;
}

Result<api::ListGroupsOutput> Service::list_groups(wire::Request& request,
                                                   const api::ListGroupsInput& input) {
    std::vector<api::Group> groups;
    for (const auto& group : TRY(list_entities(request.tx(), request.account, kind::group,
                                               input.path_prefix.value_or("/")))) {
        groups.push_back(group_shape(group));
    }
    return paged<api::ListGroupsOutput>(input, std::move(groups), &api::ListGroupsOutput::groups);
}

Result<api::ListGroupsForUserOutput> Service::list_groups_for_user(
    wire::Request& request, const api::ListGroupsForUserInput& input) {
    const auto user = TRY(find_entity(request.tx(), request.account, kind::user, input.user_name));
    std::vector<api::Group> groups;
    for (const auto& name : user.groups) {
        groups.push_back(
            group_shape(TRY(find_entity(request.tx(), request.account, kind::group, name))));
    }
    return paged<api::ListGroupsForUserOutput>(input, std::move(groups),
                                               &api::ListGroupsForUserOutput::groups);
}

Result<api::DeleteGroupOutput> Service::delete_group(wire::Request& request,
                                                     const api::DeleteGroupInput& input) {
    const auto group = TRY(find_entity(request.tx(), request.account, kind::group, input.group_name));
    if (!group.attached.empty() || !group.inline_policies.empty()) {
        return api::delete_conflict("Cannot delete entity, must detach all policies first.");
    }
    for (const auto& user : TRY(list_entities(request.tx(), request.account, kind::user, "/"))) {
        if (std::find(user.groups.begin(), user.groups.end(), group.name) != user.groups.end()) {
            return api::delete_conflict("Cannot delete entity, must remove users from group first.");
        }
    }
    entities.erase(request.tx(), {request.account, kind::group, base::to_lower(group.name)});
    return api::DeleteGroupOutput{};
}

Result<api::AddUserToGroupOutput> Service::add_user_to_group(
    wire::Request& request, const api::AddUserToGroupInput& input) {
    const auto group = TRY(find_entity(request.tx(), request.account, kind::group, input.group_name));
    auto user = TRY(find_entity(request.tx(), request.account, kind::user, input.user_name));
    if (std::find(user.groups.begin(), user.groups.end(), group.name) == user.groups.end()) {
        user.groups.push_back(group.name);
    }
    put_entity(request.tx(), request.account, user);
    return api::AddUserToGroupOutput{};
}

Result<api::RemoveUserFromGroupOutput> Service::remove_user_from_group(
    wire::Request& request, const api::RemoveUserFromGroupInput& input) {
    const auto group = TRY(find_entity(request.tx(), request.account, kind::group, input.group_name));
    auto user = TRY(find_entity(request.tx(), request.account, kind::user, input.user_name));
    if (std::erase(user.groups, group.name) == 0) {
        return api::no_such_entity("User not in group.");
    }
    put_entity(request.tx(), request.account, user);
    return api::RemoveUserFromGroupOutput{};
}

}  // namespace stormglass::iam
