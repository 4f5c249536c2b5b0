#include "services/iam/shapes.h"

#include "base/strings.h"

namespace stormglass::iam {
namespace {

constexpr std::size_t tags_max = 50;

std::optional<api::AttachedPermissionsBoundary> boundary_shape(const Entity& entity) {
    if (entity.boundary.empty()) return std::nullopt;
    api::AttachedPermissionsBoundary boundary;
    boundary.permissions_boundary_type = "Policy";
    boundary.permissions_boundary_arn = entity.boundary;
    return boundary;
}

}  // namespace

api::Role role_shape(const Entity& entity) {
    api::Role role;
    role.path = entity.path;
    role.role_name = entity.name;
    role.role_id = entity.id;
    role.arn = entity.arn;
    role.create_date = entity.created;
    // Documents travel percent-encoded (RFC 3986).
    role.assume_role_policy_document = base::uri_encode(entity.trust);
    if (!entity.description.empty()) role.description = entity.description;
    role.max_session_duration = entity.max_session;
    role.permissions_boundary = boundary_shape(entity);
    role.tags = tag_list(entity.tags);
    role.role_last_used.emplace();
    return role;
}

api::User user_shape(const Entity& entity) {
    api::User user;
    user.path = entity.path;
    user.user_name = entity.name;
    user.user_id = entity.id;
    user.arn = entity.arn;
    user.create_date = entity.created;
    user.permissions_boundary = boundary_shape(entity);
    user.tags = tag_list(entity.tags);
    return user;
}

api::Group group_shape(const Entity& entity) {
    api::Group group;
    group.path = entity.path;
    group.group_name = entity.name;
    group.group_id = entity.id;
    group.arn = entity.arn;
    group.create_date = entity.created;
    return group;
}

wire::List<api::Tag> tag_list(const Tags& tags) {
    wire::List<api::Tag> list;
    for (const auto& [key, value] : tags) {
        api::Tag& tag = list.emplace_back();
        tag.key = key;
        tag.value = value;
    }
    return list;
}

Result<void> merge_tags(Tags& tags, const wire::List<api::Tag>& list) {
    for (const auto& tag : list) tags[tag.key.value_or("")] = tag.value.value_or("");
    if (tags.size() > tags_max) {
        return api::limit_exceeded("The number of tags has reached the maximum limit.");
    }
    return {};
}

Result<Tags> tags_of(const wire::List<api::Tag>& list) {
    Tags tags;
    TRY(merge_tags(tags, list));
    if (tags.size() != list.size()) {
        return api::invalid_input("Duplicate tag keys found. Please note that Tag keys are case "
                                  "insensitive.");
    }
    return tags;
}

Result<std::vector<Entity>> list_entities(store::Tx& tx, const std::string& account,
                                          const char* kind, const std::string& path_prefix) {
    auto all = TRY(entities.all(tx, {account, kind}));
    std::erase_if(all, [&](const Entity& one) { return !one.path.starts_with(path_prefix); });
    return all;
}

}  // namespace stormglass::iam
