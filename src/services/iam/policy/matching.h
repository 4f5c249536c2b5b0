// Does a statement speak about this request? By principal, action, resource and conditions.
#pragma once

#include "services/iam/policy/evaluate.h"

namespace stormglass::policy {

/// How closely a resource policy names the principal; the closer, the more its allow is worth.
enum class Closeness {
    none,
    account,  // The account: its own policies must allow as well.
    role,     // The role behind a session, or everybody: boundary and session policies still cut.
    exact,    // The user or the session itself, or the service: the allow stands by itself.
};

/// The request's context keys and those derived from the principal.
class RequestContext final : public ContextSource {
public:
    explicit RequestContext(const Evaluation& evaluation) : evaluation_(evaluation) {}
    std::optional<std::vector<std::string>> find(std::string_view key) const override;

private:
    std::optional<std::string> derive(std::string_view key) const;
    const Evaluation& evaluation_;
};

Closeness principal_closeness(const Statement& statement, const Subject& subject);
/// Action, resource and conditions; the principal is asked for separately.
bool speaks_of(const Policy& policy, const Statement& statement, const Evaluation& evaluation,
               const ContextSource& context);

}  // namespace stormglass::policy
