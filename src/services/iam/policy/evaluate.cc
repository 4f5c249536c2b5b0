// AWS's order: any explicit deny; then what the resource policy grants by itself; then identity
// policies within the boundary and the session's own policies.
#include "services/iam/policy/evaluate.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/iam/policy/matching.h"

namespace stormglass::policy {
namespace {

class Evaluator {
public:
    explicit Evaluator(const Evaluation& evaluation) : in_(evaluation), context_(evaluation) {}

    Decision decide() const {
        if (const auto denied = explicit_deny()) return {*denied};
        const Closeness granted = resource_grant();
        if (in_.principal.kind == SubjectKind::anonymous ||
            in_.principal.kind == SubjectKind::service) {
            return {granted == Closeness::none ? Reason::no_resource_allow : Reason::allowed};
        }
        const bool must_be_granted = in_.mode == Mode::resource_must_allow || is_cross_account();
        if (must_be_granted && granted == Closeness::none) return {Reason::no_resource_allow};
        if (is_cross_account()) return {own_side()};
        if (granted == Closeness::exact) return {Reason::allowed};
        if (granted == Closeness::role) return {limits()};
        return {own_side()};
    }

private:
    bool is_cross_account() const {
        return !in_.resource_account.empty() && in_.resource_account != in_.principal.account;
    }

    /// Identity-side policies have no principal: they speak of their bearer.
    bool any_statement(const PolicyPtr& policy, Effect effect) const {
        if (!policy) return false;
        return std::any_of(
            policy->statements.begin(), policy->statements.end(), [&](const Statement& statement) {
                return statement.effect == effect && speaks_of(*policy, statement, in_, context_);
            });
    }
    bool any_statement(const std::vector<PolicyPtr>& policies, Effect effect) const {
        return std::any_of(policies.begin(), policies.end(),
                           [&](const PolicyPtr& policy) { return any_statement(policy, effect); });
    }

    /// The closest match among the resource policy's statements of that effect.
    Closeness resource_match(Effect effect) const {
        Closeness best = Closeness::none;
        if (!in_.resource_policy) return best;
        for (const Statement& statement : in_.resource_policy->statements) {
            if (statement.effect != effect) continue;
            const Closeness close = principal_closeness(statement, in_.principal);
            if (close > best && speaks_of(*in_.resource_policy, statement, in_, context_)) {
                best = close;
            }
        }
        return best;
    }
    Closeness resource_grant() const { return resource_match(Effect::allow); }

    std::optional<Reason> explicit_deny() const {
        if (any_statement(in_.identity_policies, Effect::deny)) {
            return Reason::denied_by_identity_policy;
        }
        if (any_statement(in_.boundary, Effect::deny)) return Reason::denied_by_boundary;
        if (any_statement(in_.session_policies, Effect::deny)) {
            return Reason::denied_by_session_policy;
        }
        if (resource_match(Effect::deny) != Closeness::none) {
            return Reason::denied_by_resource_policy;
        }
        return std::nullopt;
    }

    /// Boundary and session policies grant nothing; each must let the request through.
    Reason limits() const {
        if (in_.boundary && !any_statement(in_.boundary, Effect::allow)) {
            return Reason::no_boundary_allow;
        }
        const bool restricted = !in_.session_policies.empty();
        if (restricted && !any_statement(in_.session_policies, Effect::allow)) {
            return Reason::no_session_allow;
        }
        return Reason::allowed;
    }

    Reason own_side() const {
        const bool is_root = in_.principal.kind == SubjectKind::root;
        if (!is_root && !any_statement(in_.identity_policies, Effect::allow)) {
            return Reason::no_identity_allow;
        }
        return limits();
    }

    const Evaluation& in_;
    RequestContext context_;
};

std::string because(Reason reason, std::string_view action) {
    switch (reason) {
        case Reason::denied_by_identity_policy:
            return " with an explicit deny in an identity-based policy";
        case Reason::denied_by_boundary:
            return " with an explicit deny in a permissions boundary";
        case Reason::denied_by_session_policy:
            return " with an explicit deny in a session policy";
        case Reason::denied_by_resource_policy:
            return " with an explicit deny in a resource-based policy";
        case Reason::no_boundary_allow:
            return fmt::format(" because no permissions boundary allows the {} action", action);
        case Reason::no_session_allow:
            return fmt::format(" because no session policy allows the {} action", action);
        case Reason::no_resource_allow:
            return fmt::format(" because no resource-based policy allows the {} action", action);
        default:
            return fmt::format(" because no identity-based policy allows the {} action", action);
    }
}

}  // namespace

Decision evaluate(const Evaluation& evaluation) { return Evaluator(evaluation).decide(); }

std::string refusal_message(const Evaluation& evaluation, const Decision& decision,
                            ResourceStyle style) {
    const std::string who = evaluation.principal.kind == SubjectKind::anonymous
                                ? "anonymous"
                                : evaluation.principal.arn;
    std::string text =
        fmt::format("User: {} is not authorized to perform: {}", who, evaluation.action);
    if (!evaluation.resource.empty() && evaluation.resource != "*") {
        text += style == ResourceStyle::quoted
                    ? fmt::format(" on resource: \"{}\"", evaluation.resource)
                    : fmt::format(" on resource: {}", evaluation.resource);
    }
    return text + because(decision.reason, evaluation.action);
}

}  // namespace stormglass::policy
