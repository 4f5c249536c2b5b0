// Rules of security groups: adding, removing, changing, describing them one by one.
#include "services/ec2/access.h"
#include "services/ec2/filters.h"
#include "services/ec2/group_rules.h"
#include "services/ec2/input.h"
#include "services/ec2/service.h"

namespace stormglass::ec2 {
namespace {

constexpr std::size_t rules_max = 60;  // Of one direction, AWS's default quota.

constexpr FilterName rule_filters[] = {{"group-id", "GroupId"},
                                       {"security-group-rule-id", "SecurityGroupRuleId"}};

/// The permissions given, also where they come as the older top-level members.
template <class Input>
wire::List<api::IpPermission> permissions_in(const Input& input) {
    if (input.ip_permissions.given() || !input.ip_protocol) return input.ip_permissions;
    api::IpPermission one;
    one.ip_protocol = input.ip_protocol;
    one.from_port = input.from_port;
    one.to_port = input.to_port;
    if (input.cidr_ip) one.ip_ranges.push_back({.description = {}, .cidr_ip = input.cidr_ip});
    wire::List<api::IpPermission> permissions;
    permissions.push_back(std::move(one));
    return permissions;
}

Result<Group> group_in(wire::Request& request, const std::optional<std::string>& id) {
    if (!id || id->empty()) {
        return aws_error("MissingParameter",
                         "The request must contain the parameter groupName or groupId");
    }
    return need(request, groups, *id);
}

struct Wanted {
    Group group;
    bool egress;
    const wire::List<api::IpPermission>& permissions;
    const wire::List<api::TagSpecification>& tag_specifications;
};

Result<wire::List<api::SecurityGroupRule>> authorize(wire::Request& request, base::Random& random,
                                                     Wanted wanted) {
    auto rules = TRY(rules_of(request, wanted.group, wanted.egress, wanted.permissions));
    if (rules.empty()) {
        return aws_error("MissingParameter",
                         "The request must contain the parameter ipPermissions");
    }
    const Tags tags = TRY(tags_for(request, "security-group-rule", wanted.tag_specifications));
    wire::List<api::SecurityGroupRule> added;
    for (auto& rule : rules) {
        for (const auto& known : wanted.group.rules) {
            if (!same_traffic(known, rule)) continue;
            return aws_error("InvalidPermission.Duplicate",
                             fmt::format("the specified rule \"{}\" already exists",
                                         describe_traffic(rule)));
        }
        rule.id = services::new_id(random, rule_prefix);
        save_tags(request, rule.id, "security-group-rule", tags);
        added.push_back(TRY(describe_rule(request, wanted.group, rule)));
        wanted.group.rules.push_back(std::move(rule));
    }
    const auto count = std::count_if(
        wanted.group.rules.begin(), wanted.group.rules.end(),
        [&](const GroupRule& rule) { return rule.egress == wanted.egress; });
    if (static_cast<std::size_t>(count) > rules_max) {
        return aws_error("RulesPerSecurityGroupLimitExceeded",
                         "The maximum number of rules per security group has been reached.");
    }
    save(request, groups, wanted.group);
    return added;
}

api::RevokedSecurityGroupRule describe_revoked(const Group& group, const GroupRule& rule) {
    const auto unless_empty = [](const std::string& text) {
        return text.empty() ? std::optional<std::string>{} : std::optional(text);
    };
    api::RevokedSecurityGroupRule item;
    item.security_group_rule_id = rule.id;
    item.group_id = group.id;
    item.is_egress = rule.egress;
    item.ip_protocol = rule.protocol;
    item.from_port = rule.from_port;
    item.to_port = rule.to_port;
    item.cidr_ipv4 = unless_empty(rule.cidr);
    item.cidr_ipv6 = unless_empty(rule.cidr6);
    item.prefix_list_id = unless_empty(rule.prefix_list_id);
    item.referenced_group_id = unless_empty(rule.group_id);
    item.description = unless_empty(rule.description);
    return item;
}

Unexpected no_such_rule_id(const std::string& id) {
    return aws_error("InvalidSecurityGroupRuleId.NotFound",
                     fmt::format("The security group rule ID '{}' does not exist", id));
}

/// Removes the rules named by id and those that let the same traffic through.
Result<wire::List<api::RevokedSecurityGroupRule>> revoke(
    wire::Request& request, Group group, bool egress, const std::vector<std::string>& ids,
    const wire::List<api::IpPermission>& permissions) {
    const auto unwanted = TRY(rules_of(request, group, egress, permissions));
    wire::List<api::RevokedSecurityGroupRule> revoked;
    revoked.present = true;
    const auto remove = [&](auto predicate) {
        const auto known = std::find_if(group.rules.begin(), group.rules.end(), predicate);
        if (known == group.rules.end()) return false;
        revoked.push_back(describe_revoked(group, *known));
        erase_tags(request, known->id);
        group.rules.erase(known);
        return true;
    };
    for (const auto& id : ids) {
        const bool found = remove([&](const GroupRule& rule) {
            return rule.id == id && rule.egress == egress;
        });
        if (!found) return no_such_rule_id(id);
    }
    for (const auto& one : unwanted) {
        if (!remove([&](const GroupRule& rule) { return same_traffic(rule, one); })) {
            return aws_error("InvalidPermission.NotFound",
                             "The specified rule does not exist in this security group.");
        }
    }
    save(request, groups, group);
    return revoked;
}

/// The rule with its new values; its id and direction stay.
Result<GroupRule> updated(wire::Request& request, const Group& group, const GroupRule& before,
                          const api::SecurityGroupRuleRequest& wish) {
    GroupRule rule;
    rule.id = before.id;
    rule.egress = before.egress;
    rule.protocol = wish.ip_protocol.value_or("");
    rule.from_port = static_cast<int>(wish.from_port.value_or(-1));
    rule.to_port = static_cast<int>(wish.to_port.value_or(-1));
    rule.cidr = wish.cidr_ipv4.value_or("");
    rule.cidr6 = wish.cidr_ipv6.value_or("");
    rule.prefix_list_id = wish.prefix_list_id.value_or("");
    rule.group_id = wish.referenced_group_id.value_or("");
    rule.description = wish.description.value_or("");
    return normalise(request, group, std::move(rule));
}

template <class Input>
Result<void> describe_anew(wire::Request& request, const Input& input, bool egress) {
    Group group = TRY(group_in(request, input.group_id));
    const auto set = [&](auto predicate, const std::string& description) {
        const auto known = std::find_if(group.rules.begin(), group.rules.end(), predicate);
        if (known == group.rules.end()) return false;
        known->description = description;
        return true;
    };
    for (const auto& one : input.security_group_rule_descriptions) {
        const std::string id = one.security_group_rule_id.value_or("");
        if (!set([&](const GroupRule& rule) { return rule.id == id && rule.egress == egress; },
                 one.description.value_or(""))) {
            return no_such_rule_id(id);
        }
    }
    for (const auto& one : TRY(rules_of(request, group, egress, input.ip_permissions))) {
        if (!set([&](const GroupRule& rule) { return same_traffic(rule, one); },
                 one.description)) {
            return aws_error("InvalidPermission.NotFound",
                             "The specified rule does not exist in this security group.");
        }
    }
    save(request, groups, group);
    return {};
}

}  // namespace

Result<api::AuthorizeSecurityGroupIngressOutput> Service::authorize_security_group_ingress(
    wire::Request& request, const api::AuthorizeSecurityGroupIngressInput& input) {
    TRY(check_input("AuthorizeSecurityGroupIngress", &input,
                    {"CidrIp", "FromPort", "ToPort", "GroupId", "IpPermissions", "IpProtocol",
                     "TagSpecifications"}));
    const auto permissions = permissions_in(input);
    Group group = TRY(group_in(request, input.group_id));
    auto rules = TRY(authorize(request, parts_.random,
                               {std::move(group), false, permissions, input.tag_specifications}));
    return api::AuthorizeSecurityGroupIngressOutput{.return_ = true,
                                                    .security_group_rules = std::move(rules)};
}

Result<api::AuthorizeSecurityGroupEgressOutput> Service::authorize_security_group_egress(
    wire::Request& request, const api::AuthorizeSecurityGroupEgressInput& input) {
    TRY(check_input("AuthorizeSecurityGroupEgress", &input,
                    {"CidrIp", "FromPort", "ToPort", "GroupId", "IpPermissions", "IpProtocol",
                     "TagSpecifications"}));
    const auto permissions = permissions_in(input);
    Group group = TRY(group_in(request, input.group_id));
    auto rules = TRY(authorize(request, parts_.random,
                               {std::move(group), true, permissions, input.tag_specifications}));
    return api::AuthorizeSecurityGroupEgressOutput{.return_ = true,
                                                   .security_group_rules = std::move(rules)};
}

Result<api::RevokeSecurityGroupIngressOutput> Service::revoke_security_group_ingress(
    wire::Request& request, const api::RevokeSecurityGroupIngressInput& input) {
    TRY(check_input("RevokeSecurityGroupIngress", &input,
                    {"CidrIp", "FromPort", "ToPort", "GroupId", "IpPermissions", "IpProtocol",
                     "SecurityGroupRuleIds"}));
    Group group = TRY(group_in(request, input.group_id));
    api::RevokeSecurityGroupIngressOutput output;
    output.revoked_security_group_rules =
        TRY(revoke(request, std::move(group), false, input.security_group_rule_ids,
                   permissions_in(input)));
    output.return_ = true;
    return output;
}

Result<api::RevokeSecurityGroupEgressOutput> Service::revoke_security_group_egress(
    wire::Request& request, const api::RevokeSecurityGroupEgressInput& input) {
    TRY(check_input("RevokeSecurityGroupEgress", &input,
                    {"CidrIp", "FromPort", "ToPort", "GroupId", "IpPermissions", "IpProtocol",
                     "SecurityGroupRuleIds"}));
    Group group = TRY(group_in(request, input.group_id));
    api::RevokeSecurityGroupEgressOutput output;
    output.revoked_security_group_rules =
        TRY(revoke(request, std::move(group), true, input.security_group_rule_ids,
                   permissions_in(input)));
    output.return_ = true;
    return output;
}

Result<api::ModifySecurityGroupRulesOutput> Service::modify_security_group_rules(
    wire::Request& request, const api::ModifySecurityGroupRulesInput& input) {
    TRY(check_input("ModifySecurityGroupRules", &input, {"GroupId", "SecurityGroupRules"}));
    Group group = TRY(need(request, groups, input.group_id));
    for (const auto& update : input.security_group_rules) {
        const auto known = std::find_if(
            group.rules.begin(), group.rules.end(),
            [&](const GroupRule& rule) { return rule.id == update.security_group_rule_id; });
        if (known == group.rules.end()) return no_such_rule_id(update.security_group_rule_id);
        if (!update.security_group_rule) continue;
        *known = TRY(updated(request, group, *known, *update.security_group_rule));
    }
    save(request, groups, group);
    return api::ModifySecurityGroupRulesOutput{.return_ = true};
}

Result<api::DescribeSecurityGroupRulesOutput> Service::describe_security_group_rules(
    wire::Request& request, const api::DescribeSecurityGroupRulesInput& input) {
    TRY(check_input("DescribeSecurityGroupRules", &input,
                    {"Filters", "SecurityGroupRuleIds", "NextToken", "MaxResults"}));
    const auto& ids = input.security_group_rule_ids;
    api::DescribeSecurityGroupRulesOutput output;
    for (const auto& group : TRY(all(request, groups))) {
        for (const auto& rule : group.rules) {
            if (!ids.empty() && std::find(ids.begin(), ids.end(), rule.id) == ids.end()) continue;
            output.security_group_rules.push_back(TRY(describe_rule(request, group, rule)));
        }
    }
    for (const auto& id : ids) {
        const bool found = std::any_of(
            output.security_group_rules.begin(), output.security_group_rules.end(),
            [&](const api::SecurityGroupRule& rule) { return rule.security_group_rule_id == id; });
        if (!found) return no_such_rule_id(id);
    }
    output.next_token = TRY(narrow(output.security_group_rules, "DescribeSecurityGroupRules",
                                   "SecurityGroupRules", rule_filters, input));
    return output;
}

Result<api::UpdateSecurityGroupRuleDescriptionsIngressOutput>
Service::update_security_group_rule_descriptions_ingress(
    wire::Request& request, const api::UpdateSecurityGroupRuleDescriptionsIngressInput& input) {
    TRY(check_input("UpdateSecurityGroupRuleDescriptionsIngress", &input,
                    {"GroupId", "IpPermissions", "SecurityGroupRuleDescriptions"}));
    TRY(describe_anew(request, input, false));
    return api::UpdateSecurityGroupRuleDescriptionsIngressOutput{.return_ = true};
}

Result<api::UpdateSecurityGroupRuleDescriptionsEgressOutput>
Service::update_security_group_rule_descriptions_egress(
    wire::Request& request, const api::UpdateSecurityGroupRuleDescriptionsEgressInput& input) {
    TRY(check_input("UpdateSecurityGroupRuleDescriptionsEgress", &input,
                    {"GroupId", "IpPermissions", "SecurityGroupRuleDescriptions"}));
    TRY(describe_anew(request, input, true));
    return api::UpdateSecurityGroupRuleDescriptionsEgressOutput{.return_ = true};
}

}  // namespace stormglass::ec2
