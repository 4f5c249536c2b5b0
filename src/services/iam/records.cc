#include "services/iam/records.h"

#include "api/iam.h"
#include "base/strings.h"

namespace stormglass::iam {

const PolicyDocument* ManagedPolicy::version(const std::string& version_id) const {
    for (const auto& one : versions) {
        if (one.id == version_id) return &one;
    }
    return nullptr;
}

Result<Entity> find_entity(store::Tx& tx, const std::string& account, const char* kind,
                           const std::string& name) {
    auto found = TRY(entities.get(tx, {account, kind, base::to_lower(name)}));
    if (!found) {
        return api::no_such_entity(
            fmt::format("The {} with name {} cannot be found.", kind, name));
    }
    return *found;
}

void put_entity(store::Tx& tx, const std::string& account, const Entity& entity) {
    entities.put(tx, {account, entity.kind, base::to_lower(entity.name)}, entity);
}

Result<Profile> find_profile(store::Tx& tx, const std::string& account, const std::string& name) {
    auto found = TRY(profiles.get(tx, {account, base::to_lower(name)}));
    if (!found) {
        return api::no_such_entity(fmt::format("Instance Profile {} cannot be found.", name));
    }
    return *found;
}

void put_profile(store::Tx& tx, const std::string& account, const Profile& profile) {
    profiles.put(tx, {account, base::to_lower(profile.name)}, profile);
}

Result<ManagedPolicy> find_policy(store::Tx& tx, const std::string& account,
                                  const std::string& arn) {
    for (const auto& policy : aws_policies()) {
        if (policy.arn == arn) return policy;
    }
    auto found = TRY(managed_policies.get(tx, {account, arn}));
    if (found) return *found;
    if (arn.starts_with("arn:aws:iam::aws:policy/")) {
        return api::no_such_entity(fmt::format(
            "Policy {} does not exist or is not attachable. (Stormglass knows {} of AWS's managed "
            "policies: aws iam list-policies --scope AWS)",
            arn, aws_policies().size()));
    }
    return api::no_such_entity(fmt::format("Policy {} was not found.", arn));
}

Result<ManagedPolicy> find_own_policy(store::Tx& tx, const std::string& account,
                                      const std::string& arn) {
    if (arn.starts_with("arn:aws:iam::aws:")) {
        return aws_error("AccessDenied", "AWS managed policies cannot be changed: " + arn, 403);
    }
    return find_policy(tx, account, arn);
}

}  // namespace stormglass::iam
