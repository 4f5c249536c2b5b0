// Who a key belongs to, and what its owner may do: iam as the gateway sees it.
#include "base/crypto.h"
#include "base/strings.h"
#include "services/iam/service.h"

namespace stormglass::iam {
namespace {

Unexpected unknown_key() {
    return aws_error("InvalidClientTokenId",
                     "The security token included in the request is invalid.", 403);
}

policy::SubjectKind subject_kind(wire::PrincipalKind kind) {
    switch (kind) {
        case wire::PrincipalKind::root: return policy::SubjectKind::root;
        case wire::PrincipalKind::user: return policy::SubjectKind::user;
        case wire::PrincipalKind::role_session: return policy::SubjectKind::role_session;
        case wire::PrincipalKind::service: return policy::SubjectKind::service;
        case wire::PrincipalKind::anonymous: break;
    }
    return policy::SubjectKind::anonymous;
}

/// The global condition keys of this request.
policy::Context context_of(const wire::Request& request, const wire::Access& access) {
    policy::Context context;
    for (const auto& [key, values] : access.context) context[base::to_lower(key)] = values;
    const auto add = [&](const char* key, std::string value) {
        if (!value.empty()) context[key] = {std::move(value)};
    };
    add("aws:sourceip", request.source_ip);
    add("aws:securetransport", request.secure_transport ? "true" : "false");
    add("aws:requestedregion", request.region);
    add("aws:useragent", request.user_agent);
    if (!request.via_service.empty()) {
        add("kms:viaservice", fmt::format("{}.{}.amazonaws.com", request.via_service, request.region));
        context["aws:calledvia"] = {request.via_service + ".amazonaws.com"};
        add("aws:viaawsservice", "true");
    } else {
        add("aws:viaawsservice", "false");
    }
    if (access.action.starts_with("s3:") && request.tls_version.starts_with("TLSv")) {
        add("s3:tlsversion", request.tls_version.substr(4));
    }
    return context;
}

wire::Principal root_principal(const std::string& account) {
    wire::Principal principal;
    principal.kind = wire::PrincipalKind::root;
    principal.account = principal.user_id = account;
    principal.arn = "arn:aws:iam::" + account + ":root";
    principal.name = "root";
    return principal;
}

wire::Principal session_principal(const Session& session) {
    wire::Principal principal;
    principal.account = session.account;
    principal.session_policies = session.policies;
    principal.tags = session.tags;
    if (session.role_arn.empty()) {  // GetSessionToken: the user, by another key.
        if (session.user_name.empty()) return root_principal(session.account);
        principal.kind = wire::PrincipalKind::user;
        principal.arn = session.user_arn;
        principal.user_id = session.user_id;
        principal.name = session.user_name;
        return principal;
    }
    principal.kind = wire::PrincipalKind::role_session;
    principal.arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", session.account,
                                session.role_name, session.session_name);
    principal.user_id = session.role_id + ":" + session.session_name;
    principal.name = session.role_name;
    principal.role_arn = session.role_arn;
    principal.session_name = session.session_name;
    return principal;
}

}  // namespace

Result<wire::KnownKey> Service::find_key(store::Tx& tx, const std::string& access_key_id,
                                         const std::string& session_token, base::Time now) {
    if (access_key_id == root_.access_key_id) {
        return wire::KnownKey{root_.secret, root_principal(root_.account)};
    }
    if (access_key_id.starts_with("ASIA")) {
        const auto session = TRY(sessions.get(tx, {access_key_id}));
        if (!session || !base::secure_equals(session->token, session_token)) return unknown_key();
        if (session->expiration <= now) {
            return aws_error("ExpiredToken",
                             "The security token included in the request is expired", 403);
        }
        return wire::KnownKey{session->secret, session_principal(*session)};
    }
    const auto key = TRY(long_term_keys.get(tx, {access_key_id}));
    if (!key || key->status != "Active" || !session_token.empty()) return unknown_key();
    const auto user = find_entity(tx, key->account, kind::user, key->user);
    if (!user) return unknown_key();
    wire::Principal principal;
    principal.kind = wire::PrincipalKind::user;
    principal.account = key->account;
    principal.arn = user->arn;
    principal.user_id = user->id;
    principal.name = user->name;
    principal.tags = user->tags;
    return wire::KnownKey{key->secret, std::move(principal)};
}

Result<policy::PolicyPtr> Service::managed_document(store::Tx& tx, const std::string& account,
                                                    const std::string& arn) {
    const auto managed = TRY(find_policy(tx, account, arn));
    const PolicyDocument* version = managed.version(managed.default_version);
    if (version == nullptr) return fail(Domain::store, "BadPolicy", "no default version: " + arn);
    return policies_.get(version->document, policy::PolicyKind::identity);
}

Result<void> Service::add_identity_policies(store::Tx& tx, const std::string& account,
                                            const Entity& entity, policy::Evaluation& to) {
    for (const auto& [name, document] : entity.inline_policies) {
        to.identity_policies.push_back(
            TRY(policies_.get(document, policy::PolicyKind::identity)));
    }
    for (const auto& arn : entity.attached) {
        to.identity_policies.push_back(TRY(managed_document(tx, account, arn)));
    }
    return {};
}

Result<policy::Evaluation> Service::evaluation_of(store::Tx& tx, const wire::Request& request,
                                                  const wire::Access& access) {
    const wire::Principal& principal = request.principal;
    policy::Evaluation evaluation;
    evaluation.principal = {subject_kind(principal.kind), principal.account, principal.arn,
                            principal.role_arn, principal.user_id, principal.name, principal.tags};
    evaluation.action = access.action;
    evaluation.resource = access.resource;
    evaluation.resource_account = access.resource_account;
    evaluation.context = context_of(request, access);
    evaluation.now = request.now;
    evaluation.mode = access.mode == wire::PolicyMode::resource_must_allow
                          ? policy::Mode::resource_must_allow
                          : policy::Mode::identity_or_resource;
    if (!access.resource_policy.empty()) {
        evaluation.resource_policy =
            TRY(policies_.get(access.resource_policy, policy::PolicyKind::resource));
    }
    const bool user = principal.kind == wire::PrincipalKind::user;
    if (user || principal.kind == wire::PrincipalKind::role_session) {
        // A role deleted meanwhile leaves its sessions without any right.
        const auto entity = find_entity(tx, principal.account, user ? kind::user : kind::role,
                                        principal.name);
        if (entity) {
            TRY(add_identity_policies(tx, principal.account, *entity, evaluation));
            for (const auto& group : entity->groups) {
                const auto members = find_entity(tx, principal.account, kind::group, group);
                if (members) {
                    TRY(add_identity_policies(tx, principal.account, *members, evaluation));
                }
            }
            if (!entity->boundary.empty()) {
                evaluation.boundary =
                    TRY(managed_document(tx, principal.account, entity->boundary));
            }
        }
    }
    for (const auto& document : principal.session_policies) {
        evaluation.session_policies.push_back(
            TRY(policies_.get(document, policy::PolicyKind::identity)));
    }
    return evaluation;
}

Result<void> Service::authorize(wire::Request& request, const wire::Access& access) {
    auto tx = request.snapshot();
    const auto evaluation = TRY(evaluation_of(*tx, request, access));
    const auto decision = policy::evaluate(evaluation);
    if (decision.allowed()) return {};
    const bool s3 = access.action.starts_with("s3:");
    const bool anonymous = request.principal.kind == wire::PrincipalKind::anonymous;
    std::string code = "AccessDenied";
    int status = 403;
    if (request.service != nullptr) {
        switch (request.service->protocols.front()) {
            case wire::Protocol::json:
                code = "AccessDeniedException";
                status = 400;
                break;
            case wire::Protocol::ec2: code = "UnauthorizedOperation"; break;
            default: break;
        }
    }
    if (s3 && anonymous) return aws_error(code, "Access Denied", status);
    std::string message = policy::refusal_message(
        evaluation, decision, s3 ? policy::ResourceStyle::quoted : policy::ResourceStyle::plain);
    if (code == "UnauthorizedOperation") {
        message = "You are not authorized to perform this operation. " + message;
    }
    return aws_error(code, std::move(message), status);
}

}  // namespace stormglass::iam
