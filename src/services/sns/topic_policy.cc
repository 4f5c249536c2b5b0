#include "services/sns/topic_policy.h"

#include "api/sns.h"
#include "base/strings.h"
#include "services/iam/policy/policy.h"
#include "services/sns/access.h"
#include "services/sns/service.h"

namespace stormglass::sns {
namespace {

constexpr std::size_t policy_bytes_max = 30 * 1024;

Unexpected policy_error(const std::string& message) {
    return api::invalid_parameter("Invalid parameter: Policy Error: " + message);
}

/// A list of one is written as the one, as AWS does.
base::Json one_or_list(const std::vector<std::string>& values) {
    return values.size() == 1 ? base::Json(values.front()) : base::Json(values);
}

}  // namespace

std::string default_policy(const Topic& topic) {
    // In AWS's order of members: some clients compare text.
    return fmt::format(
        R"({{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{{)"
        R"("Sid":"__default_statement_ID","Effect":"Allow","Principal":{{"AWS":"*"}},"Action":[)"
        R"("SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission",)"
        R"("SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic",)"
        R"("SNS:Publish"],"Resource":"{}",)"
        R"("Condition":{{"StringEquals":{{"AWS:SourceOwner":"{}"}}}}}}]}})",
        topic.arn, topic.account);
}

Result<void> check_policy(const std::string& text) {
    if (text.empty()) return policy_error("null");
    if (text.size() > policy_bytes_max) return policy_error("Policy is too large");
    const auto policy = policy::parse_policy(text, policy::PolicyKind::resource);
    if (!policy) return policy_error(policy.error().message);
    for (const auto& statement : (*policy)->statements) {
        for (const auto& action : statement.actions) {
            if (action != "*" && !action.starts_with("sns:")) {
                return api::invalid_parameter(
                    "Invalid parameter: Policy statement action out of service scope!");
            }
        }
    }
    return {};
}

Result<api::AddPermissionOutput> Service::add_permission(wire::Request& request,
                                                         const api::AddPermissionInput& input) {
    Topic topic = TRY(open_topic(request, "TopicArn", input.topic_arn, "AddPermission"));
    auto document = TRY(base::parse_json(topic.policy));
    for (const auto& statement : document["Statement"]) {
        if (statement.value("Sid", "") == input.label) {
            return api::invalid_parameter("Invalid parameter: Statement already exists");
        }
    }
    std::vector<std::string> principals, actions;
    for (const auto& account : input.aws_account_id) {
        principals.push_back(fmt::format("arn:aws:iam::{}:root", account));
    }
    for (const auto& action : input.action_name) actions.push_back("SNS:" + action);
    document["Statement"].push_back({{"Sid", input.label},
                                     {"Effect", "Allow"},
                                     {"Principal", {{"AWS", one_or_list(principals)}}},
                                     {"Action", one_or_list(actions)},
                                     {"Resource", topic.arn}});
    const std::string changed = document.dump();
    TRY(check_policy(changed));
    topic.policy = changed;
    put_topic(request.tx(), topic);
    return api::AddPermissionOutput{};
}

Result<api::RemovePermissionOutput> Service::remove_permission(
    wire::Request& request, const api::RemovePermissionInput& input) {
    Topic topic = TRY(open_topic(request, "TopicArn", input.topic_arn, "RemovePermission"));
    auto document = TRY(base::parse_json(topic.policy));
    base::Json kept = base::Json::array();
    for (const auto& statement : document["Statement"]) {
        if (statement.value("Sid", "") != input.label) kept.push_back(statement);
    }
    // A policy without statements is not a policy: what remains is the default.
    document["Statement"] = kept;
    topic.policy = kept.empty() ? default_policy(topic) : document.dump();
    put_topic(request.tx(), topic);
    return api::RemovePermissionOutput{};
}

}  // namespace stormglass::sns
