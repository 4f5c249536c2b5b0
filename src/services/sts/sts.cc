#include "services/sts/service.h"

namespace stormglass::sts {
namespace {

constexpr base::Seconds role_session_default{3600}, token_default{12 * 3600};

api::Credentials credentials_of(const services::IssuedSession& issued) {
    api::Credentials credentials;
    credentials.access_key_id = issued.access_key_id;
    credentials.secret_access_key = issued.secret_access_key;
    credentials.session_token = issued.session_token;
    credentials.expiration = std::chrono::floor<base::Seconds>(issued.expiration);
    return credentials;
}

}  // namespace

Result<api::GetCallerIdentityOutput> Service::get_caller_identity(
    wire::Request& request, const api::GetCallerIdentityInput&) {
    api::GetCallerIdentityOutput output;
    output.user_id = request.principal.user_id;
    output.account = request.principal.account;
    output.arn = request.principal.arn;
    return output;
}

Result<api::AssumeRoleOutput> Service::assume_role(wire::Request& request,
                                                   const api::AssumeRoleInput& input) {
    if (request.principal.kind == wire::PrincipalKind::root) {
        request.mark_authorized();
        return aws_error("AccessDenied", "Roles may not be assumed by root accounts.", 403);
    }
    if (input.serial_number || input.token_code || !input.provided_contexts.empty()) {
        request.mark_authorized();
        return aws_error("ValidationError",
                         "Stormglass does not support MFA or provided contexts in AssumeRole");
    }
    services::RoleSessionWanted wanted;
    wanted.role_arn = input.role_arn;
    wanted.session_name = input.role_session_name;
    wanted.duration = base::Seconds{input.duration_seconds.value_or(role_session_default.count())};
    if (input.policy) wanted.policies.push_back(*input.policy);
    for (const auto& one : input.policy_arns) wanted.policy_arns.push_back(one.arn.value_or(""));
    for (const auto& tag : input.tags) wanted.tags[tag.key] = tag.value;
    wanted.external_id = input.external_id.value_or("");
    const auto issued = TRY(sessions_.assume_role(request, wanted));
    api::AssumeRoleOutput output;
    output.credentials = credentials_of(issued);
    auto& user = output.assumed_role_user.emplace();
    user.assumed_role_id = issued.assumed_role_id;
    user.arn = issued.arn;
    if (input.policy || !input.policy_arns.empty()) output.packed_policy_size = 1;
    return output;
}

Result<api::GetSessionTokenOutput> Service::get_session_token(
    wire::Request& request, const api::GetSessionTokenInput& input) {
    if (input.serial_number || input.token_code) {
        return aws_error("ValidationError", "Stormglass does not support MFA in GetSessionToken");
    }
    api::GetSessionTokenOutput output;
    output.credentials = credentials_of(TRY(sessions_.session_token(
        request, base::Seconds{input.duration_seconds.value_or(token_default.count())})));
    return output;
}

Result<api::GetAccessKeyInfoOutput> Service::get_access_key_info(
    wire::Request& request, const api::GetAccessKeyInfoInput&) {
    // AWS derives the account from the key's own text; ours hold none, and one account owns all.
    api::GetAccessKeyInfoOutput output;
    output.account = request.account;
    return output;
}

}  // namespace stormglass::sts
