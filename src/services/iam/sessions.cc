// Temporary credentials: of instance profiles (IMDS), AssumeRole and GetSessionToken.
#include "base/strings.h"
#include "services/iam/service.h"

namespace stormglass::iam {
namespace {

constexpr base::Seconds instance_session{6 * 3600};
constexpr std::size_t expired_removed_max = 20;
constexpr char key_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr char secret_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Each new session sweeps away a few that have ended, so that the table does not grow for ever.
Result<void> remove_expired(store::Tx& tx, base::Time now) {
    std::vector<std::string> ended;
    TRY(sessions.scan(tx, {}, [&](Session& session) {
        if (session.expiration + base::Days{1} < now) ended.push_back(session.access_key_id);
        return ended.size() < expired_removed_max ? store::Step::next : store::Step::stop;
    }));
    for (const auto& id : ended) sessions.erase(tx, {id});
    return {};
}

std::string name_of(const std::string& arn_or_name) {
    const auto slash = arn_or_name.rfind('/');
    return slash == std::string::npos ? arn_or_name : arn_or_name.substr(slash + 1);
}

std::string account_of(const std::string& arn) {
    const auto parts = base::split(arn, ':');
    return parts.size() > 4 ? parts[4] : std::string{};
}

}  // namespace

services::IssuedSession Service::store_session(store::Tx& tx, Session session) {
    session.access_key_id = "ASIA" + random_.pick(16, key_letters);
    session.secret = random_.pick(40, secret_letters);
    session.token = "IQoJ" + base::base64_encode(random_.bytes(180));
    services::IssuedSession issued{session.access_key_id, session.secret, session.token,
                                   session.expiration, {}, {}};
    if (!session.role_arn.empty()) {
        issued.assumed_role_id = session.role_id + ":" + session.session_name;
        issued.arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", session.account,
                                 session.role_name, session.session_name);
    }
    sessions.put(tx, {session.access_key_id}, session);
    return issued;
}

Result<std::optional<services::TemporaryCredentials>> Service::issue(
    wire::Request& request, const std::string& profile_name, const std::string& instance_id) {
    const auto profile =
        TRY(find_profile(request.tx(), request.account, name_of(profile_name)));
    if (profile.role.empty()) return std::nullopt;
    const auto role = TRY(find_entity(request.tx(), request.account, kind::role, profile.role));
    wire::Access trust{.action = "sts:AssumeRole", .resource = role.arn, .context = {},
                       .resource_policy = {}, .mode = wire::PolicyMode::resource_must_allow,
                       .resource_account = {}};
    wire::Request as_ec2;
    as_ec2.account = request.account;
    as_ec2.region = request.region;
    as_ec2.now = request.now;
    as_ec2.principal.kind = wire::PrincipalKind::service;
    as_ec2.principal.name = "ec2.amazonaws.com";
    as_ec2.principal.account = request.account;
    auto evaluation = TRY(evaluation_of(request.tx(), as_ec2, trust));
    evaluation.resource_policy = TRY(policies_.get(role.trust, policy::PolicyKind::trust));
    if (!policy::evaluate(evaluation).allowed()) {
        return aws_error("AssumeRoleUnauthorizedAccess",
                         "EC2 cannot assume the role " + role.name +
                             ". Please see documentation at "
                             "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html");
    }
    TRY(remove_expired(request.tx(), request.now));
    Session session;
    session.account = request.account;
    session.role_name = role.name;
    session.role_arn = role.arn;
    session.role_id = role.id;
    session.session_name = instance_id;
    session.expiration = request.now + instance_session;
    const auto issued = store_session(request.tx(), std::move(session));
    return services::TemporaryCredentials{issued.access_key_id, issued.secret_access_key,
                                          issued.session_token, issued.expiration, role.name,
                                          role.arn, profile.arn, profile.id};
}

Result<services::IssuedSession> Service::assume_role(wire::Request& request,
                                                     const services::RoleSessionWanted& wanted) {
    const std::string account = account_of(wanted.role_arn);
    wire::Access access{.action = "sts:AssumeRole", .resource = wanted.role_arn, .context = {},
                        .resource_policy = {}, .mode = wire::PolicyMode::identity_or_resource,
                        .resource_account = account};
    if (!wanted.external_id.empty()) access.context["sts:ExternalId"] = {wanted.external_id};
    access.context["sts:RoleSessionName"] = {wanted.session_name};
    request.mark_authorized();
    auto evaluation = TRY(evaluation_of(request.tx(), request, access));
    const auto role = find_entity(request.tx(), account, kind::role, name_of(wanted.role_arn));
    // AWS does not tell whether the role exists: both are AccessDenied.
    if (role && role->arn == wanted.role_arn) {
        evaluation.resource_policy = TRY(policies_.get(role->trust, policy::PolicyKind::trust));
        // A trust policy is the resource policy that must allow; it also is enough for a named user.
        evaluation.mode = policy::Mode::resource_must_allow;
    }
    if (!role || role->arn != wanted.role_arn || !policy::evaluate(evaluation).allowed()) {
        return aws_error("AccessDenied",
                         fmt::format("User: {} is not authorized to perform: sts:AssumeRole on "
                                     "resource: {}",
                                     request.principal.arn, wanted.role_arn),
                         403);
    }
    if (wanted.duration.count() > role->max_session) {
        return aws_error("ValidationError",
                         "The requested DurationSeconds exceeds the MaxSessionDuration set for "
                         "this role.");
    }
    Session session;
    session.account = account;
    session.role_name = role->name;
    session.role_arn = role->arn;
    session.role_id = role->id;
    session.session_name = wanted.session_name;
    session.expiration = request.now + wanted.duration;
    session.policies = wanted.policies;
    session.tags = wanted.tags;
    for (const auto& document : wanted.policies) {
        TRY(check_document(document, policy::PolicyKind::identity));
    }
    for (const auto& arn : wanted.policy_arns) {
        const auto managed = TRY(find_policy(request.tx(), account, arn));
        session.policies.push_back(managed.version(managed.default_version)->document);
    }
    TRY(remove_expired(request.tx(), request.now));
    return store_session(request.tx(), std::move(session));
}

Result<services::IssuedSession> Service::session_token(wire::Request& request,
                                                       base::Seconds duration) {
    const auto& principal = request.principal;
    if (principal.kind == wire::PrincipalKind::role_session) {
        return aws_error("AccessDenied", "Cannot call GetSessionToken with session credentials", 403);
    }
    Session session;
    session.account = principal.account;
    if (principal.kind == wire::PrincipalKind::user) {
        session.user_arn = principal.arn;
        session.user_name = principal.name;
        session.user_id = principal.user_id;
    }
    session.expiration = request.now + duration;
    TRY(remove_expired(request.tx(), request.now));
    return store_session(request.tx(), std::move(session));
}

}  // namespace stormglass::iam
