// Key policies. A key's policy must itself allow whatever is done with the key.
#include "base/json.h"
#include "services/kms/service.h"

namespace stormglass::kms {
namespace {

constexpr auto only_policy_name = "default";

Unexpected malformed(std::string message) {
    return aws_error("MalformedPolicyDocumentException", std::move(message));
}

Result<void> check_name(const std::optional<std::string>& name) {
    if (name.value_or(only_policy_name) == only_policy_name) return {};
    return api::not_found("No such policy exists");
}

Result<void> may_put_later(wire::Request& request, const Key& key, const std::string& document) {
    wire::Access access;
    access.action = "kms:PutKeyPolicy";
    access.resource = key.arn;
    access.resource_policy = document;
    access.mode = wire::PolicyMode::resource_must_allow;
    access.context["kms:CallerAccount"] = {key.account};
    return request.authorize(access);
}

/// The account's root, for as long as the scope lasts: a policy that delegates to the account
/// locks nobody out, whatever the caller's own rights are.
class AsRoot {
public:
    explicit AsRoot(wire::Request& request) : request_(request), before_(request.principal) {
        request.principal = {};
        request.principal.kind = wire::PrincipalKind::root;
        request.principal.account = request.principal.user_id = request.account;
        request.principal.arn = "arn:aws:iam::" + request.account + ":root";
    }
    ~AsRoot() { request_.principal = std::move(before_); }
    AsRoot(const AsRoot&) = delete;
    AsRoot& operator=(const AsRoot&) = delete;

private:
    wire::Request& request_;
    wire::Principal before_;
};

}  // namespace

std::string default_policy(const std::string& account) {
    // Byte for byte AWS's own: Terraform shows it to people.
    return R"({
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::)" +
           account + R"(:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
})";
}

std::string aws_managed_policy(const wire::Request& request, const std::string& service) {
    base::Json through = {
        {"Sid", "Allow access through " + service + " for all principals in the account"},
        {"Effect", "Allow"},
        {"Principal", {{"AWS", "*"}}},
        {"Action",
         {"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant",
          "kms:DescribeKey"}},
        {"Resource", "*"},
        {"Condition",
         {{"StringEquals",
           {{"kms:CallerAccount", request.account},
            {"kms:ViaService", fmt::format("{}.{}.amazonaws.com", service, request.region)}}}}}};
    base::Json direct = {{"Sid", "Allow direct access to key metadata to the account"},
                         {"Effect", "Allow"},
                         {"Principal", {{"AWS", "arn:aws:iam::" + request.account + ":root"}}},
                         {"Action", {"kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"}},
                         {"Resource", "*"}};
    const base::Json policy = {{"Version", "2012-10-17"},
                               {"Id", "auto-" + service + "-1"},
                               {"Statement", base::Json::array({through, direct})}};
    return policy.dump(2);
}

Result<void> check_policy(wire::Request& request, const Key& key, const std::string& document,
                          Lockout lockout) {
    const auto json = base::parse_json(document);
    if (!json || !json->is_object()) return malformed("Policy contains invalid json");
    auto outcome = may_put_later(request, key, document);
    if (outcome) return outcome;
    if (outcome.error().code.starts_with("MalformedPolicy")) {
        return malformed(outcome.error().message);
    }
    if (outcome.error().domain != Domain::aws) return outcome;
    if (lockout == Lockout::bypassed) return {};
    const AsRoot root(request);
    if (may_put_later(request, key, document)) return {};
    return malformed(
        "The new key policy will not allow you to update the key policy in the future.");
}

Result<api::GetKeyPolicyOutput> Service::get_key_policy(wire::Request& request,
                                                        const api::GetKeyPolicyInput& input) {
    const auto key = TRY(manage(request, input.key_id, "GetKeyPolicy"));
    TRY(check_name(input.policy_name));
    api::GetKeyPolicyOutput output;
    output.policy = key.policy;
    output.policy_name = only_policy_name;
    return output;
}

Result<api::PutKeyPolicyOutput> Service::put_key_policy(wire::Request& request,
                                                        const api::PutKeyPolicyInput& input) {
    auto key = TRY(manage(request, input.key_id, "PutKeyPolicy"));
    TRY(check_name(input.policy_name));
    const bool bypass = input.bypass_policy_lockout_safety_check.value_or(false);
    TRY(check_policy(request, key, input.policy, bypass ? Lockout::bypassed : Lockout::checked));
    key.policy = input.policy;
    put_key(request.tx(), key);
    return api::PutKeyPolicyOutput{};
}

Result<api::ListKeyPoliciesOutput> Service::list_key_policies(
    wire::Request& request, const api::ListKeyPoliciesInput& input) {
    TRY(manage(request, input.key_id, "ListKeyPolicies"));
    api::ListKeyPoliciesOutput output;
    output.policy_names = std::vector<std::string>{only_policy_name};
    output.truncated = false;
    return output;
}

}  // namespace stormglass::kms
