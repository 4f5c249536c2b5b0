// Inline and attached policies of users, groups and roles: one implementation, three names each.
#include <algorithm>

#include "base/strings.h"
#include "services/iam/shapes.h"

namespace stormglass::iam {
namespace {

constexpr std::size_t attached_max = 10;

Result<Entity> find(wire::Request& request, const char* kind, const std::string& name) {
    return find_entity(request.tx(), request.account, kind, name);
}

std::vector<std::string> inline_names(const Entity& entity) {
    std::vector<std::string> names;
    for (const auto& [name, document] : entity.inline_policies) names.push_back(name);
    return names;
}

std::vector<api::AttachedPolicy> attached_list(const Entity& entity) {
    std::vector<api::AttachedPolicy> list;
    for (const auto& arn : entity.attached) {
        api::AttachedPolicy& one = list.emplace_back();
        one.policy_arn = arn;
        one.policy_name = arn.substr(arn.rfind('/') + 1);
    }
    return list;
}

}  // namespace

std::string Service::new_id(const char* prefix) {
    return prefix + random_.pick(17, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
}

Result<void> Service::check_document(const std::string& document, policy::PolicyKind kind) {
    TRY(policies_.get(document, kind));
    return {};
}

Result<void> Service::put_inline(wire::Request& request, const char* kind, const std::string& name,
                                 const std::string& policy_name, const std::string& document) {
    TRY(check_document(document, policy::PolicyKind::identity));
    auto entity = TRY(find(request, kind, name));
    entity.inline_policies[policy_name] = document;
    put_entity(request.tx(), request.account, entity);
    return {};
}

Result<std::string> Service::get_inline(wire::Request& request, const char* kind,
                                        const std::string& name, const std::string& policy_name) {
    const auto entity = TRY(find(request, kind, name));
    const auto at = entity.inline_policies.find(policy_name);
    if (at == entity.inline_policies.end()) {
        return api::no_such_entity(
            fmt::format("The {} policy with name {} cannot be found.", kind, policy_name));
    }
    return base::uri_encode(at->second);
}

Result<void> Service::delete_inline(wire::Request& request, const char* kind,
                                    const std::string& name, const std::string& policy_name) {
    auto entity = TRY(find(request, kind, name));
    if (entity.inline_policies.erase(policy_name) == 0) {
        return api::no_such_entity(
            fmt::format("The {} policy with name {} cannot be found.", kind, policy_name));
    }
    put_entity(request.tx(), request.account, entity);
    return {};
}

Result<void> Service::attach(wire::Request& request, const char* kind, const std::string& name,
                             const std::string& arn) {
    auto entity = TRY(find(request, kind, name));
    TRY(find_policy(request.tx(), request.account, arn));
    if (std::find(entity.attached.begin(), entity.attached.end(), arn) != entity.attached.end()) {
        return {};
    }
    if (entity.attached.size() >= attached_max) {
        return api::limit_exceeded(
            fmt::format("Cannot exceed quota for PoliciesPer{}: {}",
                        static_cast<char>(std::toupper(kind[0])) + std::string(kind + 1),
                        attached_max));
    }
    entity.attached.push_back(arn);
    put_entity(request.tx(), request.account, entity);
    return {};
}

Result<void> Service::detach(wire::Request& request, const char* kind, const std::string& name,
                             const std::string& arn) {
    auto entity = TRY(find(request, kind, name));
    if (std::erase(entity.attached, arn) == 0) {
        return api::no_such_entity(fmt::format("Policy {} was not found.", arn));
    }
    put_entity(request.tx(), request.account, entity);
    return {};
}

// The nine operations of each kind of entity differ in names only.
#define STORMGLASS_ENTITY_POLICIES(Kind, kind_, kind_name)                                        \
    Result<api::Put##Kind##PolicyOutput> Service::put_##kind_##_policy(                           \
        wire::Request& request, const api::Put##Kind##PolicyInput& input) {                       \
        TRY(put_inline(request, kind::kind_, input.kind_name, input.policy_name,                  \
                       input.policy_document));                                                   \
        return api::Put##Kind##PolicyOutput{};                                                    \
    }                                                                                             \
    Result<api::Get##Kind##PolicyOutput> Service::get_##kind_##_policy(                           \
        wire::Request& request, const api::Get##Kind##PolicyInput& input) {                       \
        api::Get##Kind##PolicyOutput output;                                                      \
        output.policy_document =                                                                  \
            TRY(get_inline(request, kind::kind_, input.kind_name, input.policy_name));            \
        output.kind_name = input.kind_name;                                                       \
        output.policy_name = input.policy_name;                                                   \
        return output;                                                                            \
    }                                                                                             \
    Result<api::Delete##Kind##PolicyOutput> Service::delete_##kind_##_policy(                     \
        wire::Request& request, const api::Delete##Kind##PolicyInput& input) {                    \
        TRY(delete_inline(request, kind::kind_, input.kind_name, input.policy_name));             \
        return api::Delete##Kind##PolicyOutput{};                                                 \
    }                                                                                             \
    Result<api::List##Kind##PoliciesOutput> Service::list_##kind_##_policies(                     \
        wire::Request& request, const api::List##Kind##PoliciesInput& input) {                    \
        return paged<api::List##Kind##PoliciesOutput>(                                            \
            input, inline_names(TRY(find(request, kind::kind_, input.kind_name))),                \
            &api::List##Kind##PoliciesOutput::policy_names);                                      \
    }                                                                                             \
    Result<api::Attach##Kind##PolicyOutput> Service::attach_##kind_##_policy(                     \
        wire::Request& request, const api::Attach##Kind##PolicyInput& input) {                    \
        TRY(attach(request, kind::kind_, input.kind_name, input.policy_arn));                     \
        return api::Attach##Kind##PolicyOutput{};                                                 \
    }                                                                                             \
    Result<api::Detach##Kind##PolicyOutput> Service::detach_##kind_##_policy(                     \
        wire::Request& request, const api::Detach##Kind##PolicyInput& input) {                    \
        TRY(detach(request, kind::kind_, input.kind_name, input.policy_arn));                     \
        return api::Detach##Kind##PolicyOutput{};                                                 \
    }                                                                                             \
    Result<api::ListAttached##Kind##PoliciesOutput> Service::list_attached_##kind_##_policies(    \
        wire::Request& request, const api::ListAttached##Kind##PoliciesInput& input) {            \
        return paged<api::ListAttached##Kind##PoliciesOutput>(                                    \
            input, attached_list(TRY(find(request, kind::kind_, input.kind_name))),               \
            &api::ListAttached##Kind##PoliciesOutput::attached_policies);                         \
    }

STORMGLASS_ENTITY_POLICIES(User, user, user_name)
STORMGLASS_ENTITY_POLICIES(Group, group, group_name)
STORMGLASS_ENTITY_POLICIES(Role, role, role_name)

}  // namespace stormglass::iam
