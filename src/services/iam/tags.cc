// Tags of users, roles, policies and instance profiles.
#include "services/iam/shapes.h"

namespace stormglass::iam {
namespace {

/// The tags as a list operation's output.
template <class Output, class Input>
Result<Output> list_tags(const Input& input, const Tags& tags) {
    auto list = tag_list(tags);
    return paged<Output>(input, std::vector<api::Tag>(list.begin(), list.end()), &Output::tags);
}

void remove_tags(Tags& tags, const wire::List<std::string>& keys) {
    for (const auto& key : keys) tags.erase(key);
}

}  // namespace

#define STORMGLASS_ENTITY_TAGS(Kind, kind_, kind_name)                                             \
    Result<api::Tag##Kind##Output> Service::tag_##kind_(wire::Request& request,                    \
                                                        const api::Tag##Kind##Input& input) {      \
        auto entity =                                                                              \
            TRY(find_entity(request.tx(), request.account, kind::kind_, input.kind_name));         \
        TRY(merge_tags(entity.tags, input.tags));                                                  \
        put_entity(request.tx(), request.account, entity);                                         \
        return api::Tag##Kind##Output{};                                                           \
    }                                                                                              \
    Result<api::Untag##Kind##Output> Service::untag_##kind_(wire::Request& request,                \
                                                            const api::Untag##Kind##Input& input) {\
        auto entity =                                                                              \
            TRY(find_entity(request.tx(), request.account, kind::kind_, input.kind_name));         \
        remove_tags(entity.tags, input.tag_keys);                                                  \
        put_entity(request.tx(), request.account, entity);                                         \
        return api::Untag##Kind##Output{};                                                         \
    }                                                                                              \
    Result<api::List##Kind##TagsOutput> Service::list_##kind_##_tags(                              \
        wire::Request& request, const api::List##Kind##TagsInput& input) {                         \
        return list_tags<api::List##Kind##TagsOutput>(                                             \
            input,                                                                                 \
            TRY(find_entity(request.tx(), request.account, kind::kind_, input.kind_name)).tags);   \
    }

STORMGLASS_ENTITY_TAGS(User, user, user_name)
STORMGLASS_ENTITY_TAGS(Role, role, role_name)

Result<api::TagPolicyOutput> Service::tag_policy(wire::Request& request,
                                                 const api::TagPolicyInput& input) {
    auto policy = TRY(find_own_policy(request.tx(), request.account, input.policy_arn));
    TRY(merge_tags(policy.tags, input.tags));
    managed_policies.put(request.tx(), {request.account, policy.arn}, policy);
    return api::TagPolicyOutput{};
}

Result<api::UntagPolicyOutput> Service::untag_policy(wire::Request& request,
                                                     const api::UntagPolicyInput& input) {
    auto policy = TRY(find_own_policy(request.tx(), request.account, input.policy_arn));
    remove_tags(policy.tags, input.tag_keys);
    managed_policies.put(request.tx(), {request.account, policy.arn}, policy);
    return api::UntagPolicyOutput{};
}

Result<api::ListPolicyTagsOutput> Service::list_policy_tags(wire::Request& request,
                                                            const api::ListPolicyTagsInput& input) {
    return list_tags<api::ListPolicyTagsOutput>(
        input, TRY(find_policy(request.tx(), request.account, input.policy_arn)).tags);
}

Result<api::TagInstanceProfileOutput> Service::tag_instance_profile(
    wire::Request& request, const api::TagInstanceProfileInput& input) {
    auto profile = TRY(find_profile(request.tx(), request.account, input.instance_profile_name));
    TRY(merge_tags(profile.tags, input.tags));
    put_profile(request.tx(), request.account, profile);
    return api::TagInstanceProfileOutput{};
}

Result<api::UntagInstanceProfileOutput> Service::untag_instance_profile(
    wire::Request& request, const api::UntagInstanceProfileInput& input) {
    auto profile = TRY(find_profile(request.tx(), request.account, input.instance_profile_name));
    remove_tags(profile.tags, input.tag_keys);
    put_profile(request.tx(), request.account, profile);
    return api::UntagInstanceProfileOutput{};
}

Result<api::ListInstanceProfileTagsOutput> Service::list_instance_profile_tags(
    wire::Request& request, const api::ListInstanceProfileTagsInput& input) {
    return list_tags<api::ListInstanceProfileTagsOutput>(
        input, TRY(find_profile(request.tx(), request.account, input.instance_profile_name)).tags);
}

}  // namespace stormglass::iam
