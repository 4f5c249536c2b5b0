#include "services/iam/policy/matching.h"

#include <algorithm>

#include "services/iam/policy/pattern.h"

namespace stormglass::policy {
namespace {

bool names_account(std::string_view pattern, std::string_view account) {
    if (account.empty()) return false;
    if (pattern == account) return true;
    // arn:PARTITION:iam::ACCOUNT:root
    const auto parts = base::split(pattern, ':');
    return parts.size() == 6 && parts[2] == "iam" && parts[4] == account && parts[5] == "root";
}

Closeness aws_closeness(const std::string& pattern, const Subject& subject) {
    switch (subject.kind) {
        case SubjectKind::root:
            return names_account(pattern, subject.account) ? Closeness::exact : Closeness::none;
        case SubjectKind::user:
        case SubjectKind::role_session:
            if (pattern == subject.arn) return Closeness::exact;
            if (!subject.role_arn.empty() && pattern == subject.role_arn) return Closeness::role;
            return names_account(pattern, subject.account) ? Closeness::account : Closeness::none;
        default:
            return Closeness::none;
    }
}

Closeness closeness(const PrincipalPattern& pattern, const Subject& subject) {
    switch (pattern.type) {
        case PrincipalType::any:
            return Closeness::role;
        case PrincipalType::aws:
            return aws_closeness(pattern.value, subject);
        case PrincipalType::service:
            return subject.kind == SubjectKind::service && pattern.value == subject.name
                       ? Closeness::exact
                       : Closeness::none;
        default:
            return Closeness::none;  // Federated and canonical users do not sign here.
    }
}

bool action_matches(const Statement& statement, const std::string& lower_action) {
    const bool named = std::any_of(
        statement.actions.begin(), statement.actions.end(),
        [&](const std::string& pattern) { return base::wildcard_match(pattern, lower_action); });
    return named == (statement.action_sense == Sense::listed);
}

/// A variable without a value names nothing: neither what is listed nor, since one cannot tell what
/// "all but" leaves, its opposite for an allow.
bool resource_matches(const Statement& statement, const Evaluation& evaluation,
                      const ContextSource& context, Variables variables) {
    if (statement.resources.empty()) return true;  // A trust policy is about its own role.
    bool named = false, unknown = false;
    for (const std::string& text : statement.resources) {
        const auto pattern = Pattern::make(text, context, variables);
        unknown |= !pattern;
        named |= pattern && pattern->matches_arn(evaluation.resource);
    }
    if (statement.resource_sense == Sense::listed) return named;
    if (unknown && statement.effect == Effect::allow) return false;
    return !named;
}

const char* type_name(SubjectKind kind) {
    switch (kind) {
        case SubjectKind::root:
            return "Account";
        case SubjectKind::user:
            return "User";
        case SubjectKind::role_session:
            return "AssumedRole";
        case SubjectKind::service:
            return "Service";
        default:
            return "Anonymous";
    }
}

}  // namespace

std::optional<std::vector<std::string>> RequestContext::find(std::string_view key) const {
    const auto given = evaluation_.context.find(key);
    if (given != evaluation_.context.end()) return given->second;
    if (auto derived = derive(key)) return std::vector{std::move(*derived)};
    return std::nullopt;
}

std::optional<std::string> RequestContext::derive(std::string_view key) const {
    if (key.size() < 5 || !base::equals_ignore_case(key.substr(0, 4), "aws:")) return std::nullopt;
    const Subject& who = evaluation_.principal;
    const std::string name = base::to_lower(key.substr(4));
    const auto if_any = [](const std::string& text) -> std::optional<std::string> {
        if (text.empty()) return std::nullopt;
        return text;
    };
    if (name.starts_with("principaltag/")) {
        for (const auto& [tag, value] : who.tags) {
            if (base::equals_ignore_case(tag, name.substr(13))) return value;
        }
        return std::nullopt;
    }
    if (name == "principalarn") return if_any(who.role_arn.empty() ? who.arn : who.role_arn);
    if (name == "principalaccount") return if_any(who.account);
    if (name == "principaltype") return type_name(who.kind);
    if (name == "userid") return if_any(who.user_id);
    if (name == "principalisawsservice") {
        return who.kind == SubjectKind::service ? "true" : "false";
    }
    if (name == "username" && who.kind == SubjectKind::user) return if_any(who.name);
    if (name == "principalservicename" && who.kind == SubjectKind::service) return who.name;
    if (name == "resourceaccount") {
        return if_any(evaluation_.resource_account.empty() ? who.account
                                                           : evaluation_.resource_account);
    }
    if (evaluation_.now && name == "currenttime") return base::iso8601_seconds(*evaluation_.now);
    if (evaluation_.now && name == "epochtime") {
        return std::to_string(static_cast<long long>(base::epoch_seconds(*evaluation_.now)));
    }
    return std::nullopt;
}

Closeness principal_closeness(const Statement& statement, const Subject& subject) {
    Closeness best = Closeness::none;
    for (const PrincipalPattern& pattern : statement.principals) {
        best = std::max(best, closeness(pattern, subject));
    }
    if (statement.principal_sense == Sense::listed) return best;
    // NotPrincipal: naming the account alone spares only its root.
    return best >= Closeness::role ? Closeness::none : Closeness::role;
}

bool speaks_of(const Policy& policy, const Statement& statement, const Evaluation& evaluation,
               const ContextSource& context) {
    if (!action_matches(statement, base::to_lower(evaluation.action))) return false;
    const Variables variables =
        policy.has_variables() ? Variables::substituted : Variables::literal;
    if (!resource_matches(statement, evaluation, context, variables)) return false;
    return std::all_of(
        statement.conditions.begin(), statement.conditions.end(),
        [&](const Condition& condition) { return condition_holds(condition, context, variables); });
}

}  // namespace stormglass::policy
