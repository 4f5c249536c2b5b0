// IAM: users, groups, roles, policies, instance profiles and access keys; and, for the gateway, who
// a key belongs to and what its owner may do.
#pragma once

#include "api/iam.h"
#include "base/random.h"
#include "services/common/ports.h"
#include "services/iam/policy/cache.h"
#include "services/iam/policy/evaluate.h"
#include "services/iam/records.h"
#include "wire/gateway.h"

namespace stormglass::iam {

struct RootUser {
    std::string account, access_key_id, secret;
};

/// Thread-safe: all state is in the transaction, but for the cache of parsed policies.
class Service final : public api::Api,
                      public wire::Authenticator,
                      public wire::Authorizer,
                      public services::InstanceCredentials,
                      public services::RoleSessions {
public:
    Service(base::Random& random, RootUser root) : random_(random), root_(std::move(root)) {}

    // For the gateway and other services (authority.cc, sessions.cc).
    Result<wire::KnownKey> find_key(store::Tx& tx, const std::string& access_key_id,
                                    const std::string& session_token, base::Time now) override;
    Result<void> authorize(wire::Request& request, const wire::Access& access) override;
    Result<std::optional<services::TemporaryCredentials>> issue(
        wire::Request& request, const std::string& profile, const std::string& instance_id) override;
    Result<services::IssuedSession> assume_role(wire::Request& request,
                                                const services::RoleSessionWanted& wanted) override;
    Result<services::IssuedSession> session_token(wire::Request& request,
                                                  base::Seconds duration) override;

#include "api/iam_overrides.inc"

private:
    std::string new_id(const char* prefix);
    Result<policy::Evaluation> evaluation_of(store::Tx& tx, const wire::Request& request,
                                             const wire::Access& access);
    Result<void> add_identity_policies(store::Tx& tx, const std::string& account,
                                       const Entity& entity, policy::Evaluation& to);
    Result<policy::PolicyPtr> managed_document(store::Tx& tx, const std::string& account,
                                               const std::string& arn);
    /// Writes the session and returns what the caller gets.
    services::IssuedSession store_session(store::Tx& tx, Session session);

    // One implementation for users, groups and roles (entity_policies.cc).
    Result<void> put_inline(wire::Request& request, const char* kind, const std::string& name,
                            const std::string& policy_name, const std::string& document);
    Result<std::string> get_inline(wire::Request& request, const char* kind,
                                   const std::string& name, const std::string& policy_name);
    Result<void> delete_inline(wire::Request& request, const char* kind, const std::string& name,
                               const std::string& policy_name);
    Result<void> attach(wire::Request& request, const char* kind, const std::string& name,
                        const std::string& arn);
    Result<void> detach(wire::Request& request, const char* kind, const std::string& name,
                        const std::string& arn);
    Result<void> check_document(const std::string& document, policy::PolicyKind kind);

    base::Random& random_;
    const RootUser root_;
    policy::PolicyCache policies_;
};

}  // namespace stormglass::iam
