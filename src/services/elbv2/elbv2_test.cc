// The API alone: names, defaults, rules, refusals.
#include "services/elbv2/attributes.h"
#include "services/elbv2/testing.h"

namespace stormglass::elbv2 {
namespace {

TEST_F(Elbv2Test, ABalancerIsProvisioningAndHasTheDefaultGroup) {
    const auto made = create_balancer().value().load_balancers.front();
    EXPECT_EQ(made.state->code, "provisioning");
    EXPECT_EQ(made.security_groups.front(), "sg-default");
    EXPECT_EQ(made.availability_zones.front().zone_name, "us-east-1a");
    EXPECT_TRUE(made.dns_name->starts_with("web-"));
    EXPECT_TRUE(made.dns_name->ends_with(".us-east-1.elb.localhost"));
}

TEST_F(Elbv2Test, BadNamesAndTooFewSubnetsAreRefused) {
    EXPECT_EQ(create_balancer("-x").error().code, "ValidationError");
    EXPECT_EQ(create_balancer("internal-x").error().code, "ValidationError");
    api::CreateLoadBalancerInput input;
    input.name = "one";
    input.subnets = {"subnet-a"};
    EXPECT_EQ(call(&Service::create_load_balancer, input).error().code, "ValidationError");
    input.subnets = {"subnet-a", "subnet-x"};
    EXPECT_EQ(call(&Service::create_load_balancer, input).error().code, "SubnetNotFound");
}

TEST_F(Elbv2Test, TheSameBalancerTwiceIsOneAndADifferentOneOfThatNameIsRefused) {
    const auto first = balancer_arn();
    EXPECT_EQ(balancer_arn(), first);
    api::CreateLoadBalancerInput input;
    input.name = "web";
    input.scheme = "internal";
    input.subnets = {"subnet-a", "subnet-b"};
    EXPECT_EQ(call(&Service::create_load_balancer, input).error().code,
              "DuplicateLoadBalancerName");
}

TEST_F(Elbv2Test, AGroupInUseCannotBeDeletedAndItsBalancerIsNamed) {
    const auto balancer = balancer_arn(), group = group_arn();
    listener_arn(balancer, group);
    api::DeleteTargetGroupInput input;
    input.target_group_arn = group;
    EXPECT_EQ(call(&Service::delete_target_group, input).error().code, "ResourceInUse");
    const auto found = call(&Service::describe_target_groups, api::DescribeTargetGroupsInput{});
    EXPECT_EQ(found.value().target_groups.front().load_balancer_arns.front(), balancer);
}

TEST_F(Elbv2Test, DeletingABalancerKeepsItsGroups) {
    const auto balancer = balancer_arn(), group = group_arn();
    const auto listener = listener_arn(balancer, group);
    api::DeleteLoadBalancerInput input;
    input.load_balancer_arn = balancer;
    ASSERT_TRUE(call(&Service::delete_load_balancer, input));
    api::DescribeListenersInput of_listener;
    of_listener.listener_arns = {listener};
    EXPECT_EQ(call(&Service::describe_listeners, of_listener).error().code, "ListenerNotFound");
    api::DescribeTargetGroupsInput groups;
    groups.target_group_arns = {group};
    EXPECT_TRUE(call(&Service::describe_target_groups, groups));
}

TEST_F(Elbv2Test, AttributesAreCompleteAndWhatNodesCannotDoIsRefused) {
    const auto balancer = balancer_arn();
    api::ModifyLoadBalancerAttributesInput input;
    input.load_balancer_arn = balancer;
    input.attributes = {{.key = "idle_timeout.timeout_seconds", .value = "75"}};
    const auto output = call(&Service::modify_load_balancer_attributes, input).value();
    EXPECT_EQ(output.attributes.size(), load_balancer_attributes().size());
    input.attributes = {{.key = "idle_timeout.timeout_seconds", .value = "0"}};
    EXPECT_EQ(call(&Service::modify_load_balancer_attributes, input).error().code,
              "ValidationError");
    input.attributes = {{.key = "connection_logs.s3.enabled", .value = "true"}};
    EXPECT_EQ(call(&Service::modify_load_balancer_attributes, input).error().code,
              "InvalidConfigurationRequest");
}

TEST_F(Elbv2Test, RulesAreListedByPriorityWithTheDefaultLast) {
    const auto group = group_arn();
    const auto listener = listener_arn(balancer_arn(), group);
    for (const int priority : {20, 10}) {
        api::CreateRuleInput input;
        input.listener_arn = listener;
        input.priority = priority;
        input.conditions.emplace_back().field = "path-pattern";
        input.conditions.front().values = {"/x"};
        input.actions.emplace_back().type = "forward";
        input.actions.front().target_group_arn = group;
        ASSERT_TRUE(call(&Service::create_rule, input));
        EXPECT_EQ(call(&Service::create_rule, input).error().code, "PriorityInUse");
    }
    api::DescribeRulesInput input;
    input.listener_arn = listener;
    const auto found = call(&Service::describe_rules, input).value().rules;
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0].priority, "10");
    EXPECT_EQ(found[2].priority, "default");
    EXPECT_EQ(found[0].conditions.front().path_pattern_config->values.front(), "/x");
}

TEST_F(Elbv2Test, OnlyRunningInstancesOfTheVpcCanBeRegistered) {
    const auto group = group_arn();
    ec2.instance_states = {{"i-1", "running"}, {"i-2", "stopped"}};
    EXPECT_TRUE(register_instance(group, "i-1"));
    EXPECT_EQ(register_instance(group, "i-2").error().code, "InvalidTarget");
    EXPECT_EQ(register_instance(group, "i-3").error().code, "InvalidTarget");
    EXPECT_EQ(health(group), "unused Target.NotInUse");
}

}  // namespace
}  // namespace stormglass::elbv2
