#include "services/autoscaling/lookup.h"
#include "services/autoscaling/termination_order.h"
#include "services/autoscaling/testing.h"

namespace stormglass::autoscaling {
namespace {

api::AutoScalingGroup described(Service& service, wire::Request& request) {
    const auto output = service.describe_auto_scaling_groups(request, {});
    return output && !output->auto_scaling_groups.empty() ? output->auto_scaling_groups.at(0)
                                                          : api::AutoScalingGroup{};
}

TEST_F(AutoscalingTest, a_group_reads_back_with_defaults) {
    auto input = group_of(2);
    input.desired_capacity.reset();
    input.min_size = 2;
    create(input);
    const auto r = request();
    const auto group = described(service, *r);
    EXPECT_EQ(group.desired_capacity, 2);
    EXPECT_EQ(group.default_cooldown, 300);
    EXPECT_EQ(group.vpc_zone_identifier, "subnet-a,subnet-b");
    EXPECT_EQ(group.availability_zones, (std::vector<std::string>{"us-east-1a", "us-east-1b"}));
    EXPECT_EQ(group.termination_policies, (std::vector<std::string>{"Default"}));
    EXPECT_EQ(group.launch_template->launch_template_name, "web");
    EXPECT_FALSE(group.default_instance_warmup.has_value());
}

TEST_F(AutoscalingTest, what_a_group_cannot_be_is_refused_by_name) {
    auto input = group_of(9);
    EXPECT_EQ(service.create_auto_scaling_group(*request(), input).error().message,
              "Desired capacity:9 must be between the specified min size:0 and max size:6");
    input = group_of(1);
    input.mixed_instances_policy.emplace();
    EXPECT_EQ(service.create_auto_scaling_group(*request(), input).error().message,
              "Valid requests must contain either LaunchTemplate or MixedInstancesPolicy, not both.");
    input = group_of(1);
    input.launch_template->version = "9";
    EXPECT_EQ(service.create_auto_scaling_group(*request(), input).error().code,
              "ValidationError");
    input = group_of(1);
    input.vpc_zone_identifier = "subnet-x";
    EXPECT_EQ(service.create_auto_scaling_group(*request(), input).error().message,
              "The subnet ID 'subnet-x' does not exist");
}

TEST_F(AutoscalingTest, lowering_the_bounds_lowers_the_desired_capacity) {
    create(group_of(4));
    const auto r = request();
    api::UpdateAutoScalingGroupInput input;
    input.auto_scaling_group_name = "web";
    input.max_size = 3;
    ASSERT_TRUE(service.update_auto_scaling_group(*r, input).has_value());
    EXPECT_EQ(described(service, *r).desired_capacity, 3);
}

TEST(TerminationOrder, the_fullest_zone_gives_and_protected_instances_stay) {
    const auto member = [](std::string id, std::string zone, int launched) {
        Member one{.id = std::move(id), .zone = std::move(zone)};
        one.launched = base::Time{base::Seconds(launched)};
        return one;
    };
    std::vector<Member> alive{member("i-1", "a", 1), member("i-2", "b", 2), member("i-3", "b", 3)};
    TerminationRules rules{.policies = {"OldestInstance"}, .current = {}, .zones = {"a", "b"},
                           .give_spot = {}, .now = base::Time{base::Seconds(10)}};
    EXPECT_EQ(choose_victims(alive, 1, rules), (std::vector<std::string>{"i-2"}));
    alive[1].is_protected = true;
    EXPECT_EQ(choose_victims(alive, 3, rules), (std::vector<std::string>{"i-3", "i-1"}))
        << "the zone with most instances gives first, also when some of them are protected";
    alive[2].health = "Unhealthy";
    EXPECT_EQ(choose_victims(alive, 1, rules), (std::vector<std::string>{"i-3"}));
}

}  // namespace
}  // namespace stormglass::autoscaling
