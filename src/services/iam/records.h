// What iam stores, and the only code that knows its tables. Users, groups and roles are one kind of
// record: all three carry inline and attached policies.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "store/table.h"
#include "wire/request.h"

namespace stormglass::iam {

using Tags = std::map<std::string, std::string>;

namespace kind {
inline constexpr char user[] = "user", group[] = "group", role[] = "role";
}

struct Entity {
    std::string kind, name, path = "/", id, arn;
    base::Time created{};
    Tags tags;
    std::map<std::string, std::string> inline_policies;  // Name to document.
    std::vector<std::string> attached;                   // ARNs of managed policies.
    std::string boundary;                                // ARN; empty: none.
    std::vector<std::string> groups;                     // Of a user: names.
    std::string trust, description;                      // Of a role.
    std::int64_t max_session = 3600;
};
STORMGLASS_JSON(Entity, kind, name, path, id, arn, created, tags, inline_policies, attached,
                boundary, groups, trust, description, max_session)

struct PolicyDocument {
    std::string id, document;
    base::Time created{};
};
STORMGLASS_JSON(PolicyDocument, id, document, created)

struct ManagedPolicy {
    std::string name, path = "/", id, arn, description, default_version = "v1";
    std::vector<PolicyDocument> versions;
    int next_version = 2;
    base::Time created{}, updated{};
    Tags tags;
    const PolicyDocument* version(const std::string& version_id) const;
};
STORMGLASS_JSON(ManagedPolicy, name, path, id, arn, description, default_version, versions,
                next_version, created, updated, tags)

struct Profile {
    std::string name, path = "/", id, arn, role;
    base::Time created{};
    Tags tags;
};
STORMGLASS_JSON(Profile, name, path, id, arn, role, created, tags)

struct LongTermKey {
    std::string id, secret, user, account, status = "Active";
    base::Time created{};
};
STORMGLASS_JSON(LongTermKey, id, secret, user, account, status, created)

/// Temporary credentials: of a role session, or of GetSessionToken (no role).
struct Session {
    std::string access_key_id, secret, token, account, role_name, role_arn, role_id, session_name;
    std::string user_arn, user_name, user_id;  // GetSessionToken: whose.
    base::Time expiration{};
    std::vector<std::string> policies;
    Tags tags;
};
STORMGLASS_JSON(Session, access_key_id, secret, token, account, role_name, role_arn, role_id,
                session_name, user_arn, user_name, user_id, expiration, policies, tags)

inline constexpr store::Table<Entity> entities{"iam/entity"};           // {account, kind, lower name}
inline constexpr store::Table<ManagedPolicy> managed_policies{"iam/policy"};  // {account, arn}
inline constexpr store::Table<Profile> profiles{"iam/profile"};         // {account, lower name}
inline constexpr store::Table<LongTermKey> long_term_keys{"iam/key"};   // {key id}
inline constexpr store::Table<Session> sessions{"iam/session"};         // {key id}

/// NoSuchEntity in AWS's words when it is not there.
Result<Entity> find_entity(store::Tx& tx, const std::string& account, const char* kind,
                           const std::string& name);
void put_entity(store::Tx& tx, const std::string& account, const Entity& entity);
Result<Profile> find_profile(store::Tx& tx, const std::string& account, const std::string& name);
void put_profile(store::Tx& tx, const std::string& account, const Profile& profile);
/// The account's own, or one of AWS's.
Result<ManagedPolicy> find_policy(store::Tx& tx, const std::string& account,
                                  const std::string& arn);
/// Of the account, for changing.
Result<ManagedPolicy> find_own_policy(store::Tx& tx, const std::string& account,
                                      const std::string& arn);

/// AWS's managed policies that we know; see managed_policies.cc.
const std::vector<ManagedPolicy>& aws_policies();

}  // namespace stormglass::iam
