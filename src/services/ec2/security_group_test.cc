#include "services/ec2/testing.h"

namespace stormglass::ec2 {
namespace {

class SecurityGroupTest : public Ec2Test {
protected:
    std::string vpc_id = make_vpc();
    std::string group_id = make_group(vpc_id, "web");

    api::IpPermission tcp(int port, const std::string& cidr) {
        api::IpPermission one;
        one.ip_protocol = "tcp";
        one.from_port = one.to_port = port;
        one.ip_ranges.push_back({.description = "why", .cidr_ip = cidr});
        return one;
    }
    api::AuthorizeSecurityGroupIngressInput allow(api::IpPermission permission) {
        api::AuthorizeSecurityGroupIngressInput input;
        input.group_id = group_id;
        input.ip_permissions.push_back(std::move(permission));
        return input;
    }
    api::SecurityGroup described() {
        api::DescribeSecurityGroupsInput input;
        input.group_ids.push_back(group_id);
        return done(&Service::describe_security_groups, input).security_groups.at(0);
    }
};

TEST_F(SecurityGroupTest, rules_come_back_with_ids) {
    const auto output = done(&Service::authorize_security_group_ingress, allow(tcp(80, "0.0.0.0/0")));
    ASSERT_EQ(output.security_group_rules.size(), 1u);
    EXPECT_TRUE(output.security_group_rules[0].security_group_rule_id->starts_with("sgr-"));
    EXPECT_EQ(output.security_group_rules[0].description, "why");
    api::DescribeSecurityGroupRulesInput wanted;
    wanted.security_group_rule_ids.push_back(
        *output.security_group_rules[0].security_group_rule_id);
    const auto rules = done(&Service::describe_security_group_rules, wanted).security_group_rules;
    ASSERT_EQ(rules.size(), 1u);
    EXPECT_EQ(rules[0].cidr_ipv4, "0.0.0.0/0");
}

TEST_F(SecurityGroupTest, the_same_rule_twice_is_a_duplicate) {
    done(&Service::authorize_security_group_ingress, allow(tcp(80, "0.0.0.0/0")));
    const auto again = call(&Service::authorize_security_group_ingress, allow(tcp(80, "0.0.0.0/0")));
    EXPECT_EQ(code_of(again), "InvalidPermission.Duplicate");
    EXPECT_EQ(again.error().message,
              "the specified rule \"peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW\" "
              "already exists");
}

TEST_F(SecurityGroupTest, terraform_revokes_the_default_egress_by_permission) {
    api::RevokeSecurityGroupEgressInput input;
    input.group_id = group_id;
    api::IpPermission all;
    all.ip_protocol = "-1";
    all.from_port = all.to_port = 0;
    all.ip_ranges.push_back({.description = {}, .cidr_ip = "0.0.0.0/0"});
    input.ip_permissions.push_back(all);
    done(&Service::revoke_security_group_egress, input);
    EXPECT_TRUE(described().ip_permissions_egress.empty());
    input.ip_permissions[0].ip_ranges.clear();
    input.ip_permissions[0].ipv6_ranges.push_back({.description = {}, .cidr_ipv6 = "::/0"});
    EXPECT_EQ(code_of(call(&Service::revoke_security_group_egress, input)),
              "InvalidPermission.NotFound");
}

TEST_F(SecurityGroupTest, a_rule_is_revoked_by_its_id) {
    const auto made = done(&Service::authorize_security_group_ingress, allow(tcp(80, "0.0.0.0/0")));
    api::RevokeSecurityGroupIngressInput input;
    input.group_id = group_id;
    input.security_group_rule_ids.push_back(*made.security_group_rules[0].security_group_rule_id);
    done(&Service::revoke_security_group_ingress, input);
    EXPECT_TRUE(described().ip_permissions.empty());
    EXPECT_EQ(code_of(call(&Service::revoke_security_group_ingress, input)),
              "InvalidSecurityGroupRuleId.NotFound");
}

TEST_F(SecurityGroupTest, a_referenced_group_cannot_be_deleted) {
    const auto other = make_group(vpc_id, "lb");
    api::IpPermission permission;
    permission.ip_protocol = "tcp";
    permission.from_port = permission.to_port = 8080;
    api::UserIdGroupPair pair;
    pair.group_id = other;
    pair.description = "from the balancer";
    permission.user_id_group_pairs.push_back(pair);
    const auto made = done(&Service::authorize_security_group_ingress, allow(permission));
    EXPECT_EQ(made.security_group_rules[0].referenced_group_info->group_id, other);
    api::DeleteSecurityGroupInput input;
    input.group_id = other;
    EXPECT_EQ(code_of(call(&Service::delete_security_group, input)), "DependencyViolation");
}

TEST_F(SecurityGroupTest, modified_rules_keep_their_id) {
    const auto made = done(&Service::authorize_security_group_ingress, allow(tcp(80, "0.0.0.0/0")));
    api::SecurityGroupRuleUpdate update;
    update.security_group_rule_id = *made.security_group_rules[0].security_group_rule_id;
    api::SecurityGroupRuleRequest wish;
    wish.ip_protocol = "tcp";
    wish.from_port = wish.to_port = 443;
    wish.cidr_ipv4 = "10.0.0.0/8";
    update.security_group_rule = wish;
    api::ModifySecurityGroupRulesInput input;
    input.group_id = group_id;
    input.security_group_rules.push_back(update);
    done(&Service::modify_security_group_rules, input);
    const auto permissions = described().ip_permissions;
    ASSERT_EQ(permissions.size(), 1u);
    EXPECT_EQ(permissions[0].from_port, 443);
    EXPECT_EQ(permissions[0].ip_ranges[0].cidr_ip, "10.0.0.0/8");
}

TEST_F(SecurityGroupTest, nonsense_ports_and_blocks_are_refused) {
    EXPECT_EQ(code_of(call(&Service::authorize_security_group_ingress,
                           allow(tcp(70000, "0.0.0.0/0")))),
              "InvalidParameterValue");
    EXPECT_EQ(code_of(call(&Service::authorize_security_group_ingress, allow(tcp(80, "nowhere")))),
              "InvalidParameterValue");
}

TEST_F(SecurityGroupTest, the_default_group_stays) {
    api::DescribeSecurityGroupsInput wanted;
    wanted.filters = {filter("group-name", {"default"})};
    api::DeleteSecurityGroupInput input;
    input.group_id = *done(&Service::describe_security_groups, wanted).security_groups[0].group_id;
    EXPECT_EQ(code_of(call(&Service::delete_security_group, input)), "CannotDelete");
}

}  // namespace
}  // namespace stormglass::ec2
