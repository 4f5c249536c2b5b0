// SimulatePrincipalPolicy: the same evaluation that guards every call, asked by hand.
#include "services/iam/shapes.h"

namespace stormglass::iam {

Result<api::SimulatePrincipalPolicyOutput> Service::simulate_principal_policy(
    wire::Request& request, const api::SimulatePrincipalPolicyInput& input) {
    const auto& arn = input.policy_source_arn;
    const bool user = arn.find(":user/") != std::string::npos;
    if (!user && arn.find(":role/") == std::string::npos) {
        return api::invalid_input("Stormglass simulates policies of users and roles only");
    }
    if (!input.permissions_boundary_policy_input_list.empty() || input.resource_policy) {
        return api::invalid_input(
            "Stormglass does not support PermissionsBoundaryPolicyInputList or ResourcePolicy here");
    }
    const auto entity = TRY(find_entity(request.tx(), request.account,
                                        user ? kind::user : kind::role,
                                        arn.substr(arn.rfind('/') + 1)));
    wire::Request as;
    as.now = request.now;
    as.region = request.region;
    as.account = as.principal.account = request.account;
    as.principal.kind = user ? wire::PrincipalKind::user : wire::PrincipalKind::role_session;
    as.principal.arn = as.principal.role_arn = entity.arn;
    as.principal.name = entity.name;
    as.principal.user_id = entity.id;
    api::SimulatePrincipalPolicyOutput output;
    std::vector<std::string> resources(input.resource_arns.begin(), input.resource_arns.end());
    if (resources.empty()) resources.push_back("*");
    for (const auto& action : input.action_names) {
        for (const auto& resource : resources) {
            wire::Access access{.action = action, .resource = resource, .context = {},
                                .resource_policy = {}, .mode = {}, .resource_account = {}};
            for (const auto& entry : input.context_entries) {
                access.context[entry.context_key_name.value_or("")] = entry.context_key_values;
            }
            auto evaluation = TRY(evaluation_of(request.tx(), as, access));
            for (const auto& document : input.policy_input_list) {
                evaluation.identity_policies.push_back(
                    TRY(policies_.get(document, policy::PolicyKind::identity)));
            }
            const auto decision = policy::evaluate(evaluation);
            auto& result = output.evaluation_results.emplace_back();
            result.eval_action_name = action;
            result.eval_resource_name = resource;
            result.eval_decision = decision.allowed()         ? "allowed"
                                   : decision.explicit_deny() ? "explicitDeny"
                                                              : "implicitDeny";
        }
    }
    output.is_truncated = false;
    return output;
}

}  // namespace stormglass::iam
