#include "services/autoscaling/testing.h"

namespace stormglass::autoscaling {
namespace {

TEST_F(AutoscalingTest, a_new_group_fills_itself_evenly_over_its_zones) {
    create(group_of(4));
    settle();
    EXPECT_EQ(in_service(), 4);
    std::map<std::string, int> in_subnet;
    for (const auto& [id, one] : ec2.instances) ++in_subnet[one.subnet];
    EXPECT_EQ(in_subnet["subnet-a"], 2);
    EXPECT_EQ(in_subnet["subnet-b"], 2);
    EXPECT_EQ(ec2.instances["i-1"].tag, "web");
    EXPECT_EQ(elbv2.targets.size(), 4u);
    ASSERT_EQ(history().size(), 4u);
    EXPECT_EQ(history().back().status_code, "Successful");
    EXPECT_NE(history().back().cause->find(
                  "a user request created an AutoScalingGroup changing the desired capacity from 0 "
                  "to 4."), std::string::npos);
}

TEST_F(AutoscalingTest, an_instance_is_in_service_only_when_it_runs_and_is_registered) {
    create(group_of(1));
    pass(3);
    EXPECT_EQ(in_service(), 0);
    ec2.set_all("pending", "running");
    pass();
    EXPECT_EQ(in_service(), 0);
    EXPECT_EQ(elbv2.targets["i-1"], "healthy");
    pass();
    EXPECT_EQ(in_service(), 1);
}

TEST_F(AutoscalingTest, a_stopped_instance_is_replaced) {
    create(group_of(2));
    settle();
    ec2.instances["i-1"].state = "stopped";
    settle();
    settle();
    EXPECT_EQ(in_service(), 2);
    EXPECT_EQ(ec2.instances["i-1"].state, "terminated");
    EXPECT_EQ(ec2.instances.size(), 3u);
}

TEST_F(AutoscalingTest, an_instance_that_the_balancer_finds_unhealthy_is_replaced_after_the_grace) {
    auto input = group_of(2);
    input.health_check_grace_period = 60;
    create(input);
    settle();
    elbv2.targets["i-2"] = "unhealthy";
    pass(3);
    EXPECT_EQ(in_service(), 2);
    clock.advance(base::Seconds(60));
    settle();
    settle();
    EXPECT_EQ(in_service(), 2);
    EXPECT_EQ(ec2.instances["i-2"].state, "terminated");
    bool told = false;
    for (const auto& one : history()) {
        told = told || one.cause->find("in response to an ELB system health check failure.") !=
                           std::string::npos;
    }
    EXPECT_TRUE(told);
}

TEST_F(AutoscalingTest, suspended_replacement_leaves_unhealthy_instances) {
    create(group_of(1));
    settle();
    {
        const auto r = request();
        api::SuspendProcessesInput input;
        input.auto_scaling_group_name = "web";
        input.scaling_processes.push_back("ReplaceUnhealthy");
        ASSERT_TRUE(service.suspend_processes(*r, input).has_value());
        ASSERT_TRUE(r->commit().has_value());
    }
    elbv2.targets["i-1"] = "unhealthy";
    settle();
    ASSERT_EQ(all_members().size(), 1u);
    EXPECT_EQ(all_members()[0].health, "Unhealthy");
    EXPECT_EQ(all_members()[0].lifecycle, "InService");
}

TEST_F(AutoscalingTest, a_leaving_instance_is_terminated_after_its_connections_drained) {
    create(group_of(1));
    settle();
    {
        const auto r = request();
        api::SetDesiredCapacityInput input;
        input.auto_scaling_group_name = "web";
        input.desired_capacity = 0;
        ASSERT_TRUE(service.set_desired_capacity(*r, input).has_value());
        ASSERT_TRUE(r->commit().has_value());
    }
    pass(4);
    EXPECT_EQ(ec2.instances["i-1"].state, "running");
    EXPECT_EQ(history().front().status_code, "WaitingForELBConnectionDraining");
    elbv2.targets.clear();
    settle();
    EXPECT_TRUE(all_members().empty());
    EXPECT_NE(history().front().cause->find("shrinking the capacity from 1 to 0"),
              std::string::npos);
}

TEST_F(AutoscalingTest, a_full_zone_makes_another_take_the_instance) {
    ec2.full.insert("subnet-a");
    create(group_of(2));
    settle();
    EXPECT_EQ(in_service(), 2);
    for (const auto& [id, one] : ec2.instances) EXPECT_EQ(one.subnet, "subnet-b");
}

TEST_F(AutoscalingTest, a_refused_launch_is_a_failed_activity_and_is_tried_again_later) {
    ec2.refusal = "You are not allowed.";
    create(group_of(1));
    pass(5);
    ASSERT_EQ(history().size(), 1u);
    EXPECT_EQ(history()[0].status_code, "Failed");
    EXPECT_NE(history()[0].status_message->find("You are not allowed."), std::string::npos);
    ec2.refusal.clear();
    clock.advance(base::Seconds(10));
    settle();
    EXPECT_EQ(in_service(), 1);
}

TEST_F(AutoscalingTest, a_forced_deletion_ends_with_nothing) {
    create(group_of(3));
    settle();
    {
        const auto r = request();
        api::DeleteAutoScalingGroupInput input;
        input.auto_scaling_group_name = "web";
        EXPECT_EQ(service.delete_auto_scaling_group(*r, input).error().code, "ResourceInUse");
        input.force_delete = true;
        ASSERT_TRUE(service.delete_auto_scaling_group(*r, input).has_value());
        ASSERT_TRUE(r->commit().has_value());
    }
    settle();
    pass(2);
    EXPECT_TRUE(groups.all(request()->tx())->empty());
    for (const auto& [id, one] : ec2.instances) EXPECT_EQ(one.state, "terminated");
}

api::StartInstanceRefreshInput to_version(const std::string& version) {
    api::StartInstanceRefreshInput input;
    input.auto_scaling_group_name = "web";
    auto& spec = input.desired_configuration.emplace().launch_template.emplace();
    spec.launch_template_id = "lt-1";
    spec.version = version;
    auto& wish = input.preferences.emplace();
    wish.min_healthy_percentage = 50;
    wish.instance_warmup = 2;
    wish.auto_rollback = true;
    return input;
}

TEST_F(AutoscalingTest, a_refresh_replaces_every_instance_and_keeps_half_of_them_serving) {
    create(group_of(2));
    settle();
    {
        const auto r = request();
        ASSERT_TRUE(service.start_instance_refresh(*r, to_version("2")).has_value());
        ASSERT_TRUE(r->commit().has_value());
    }
    for (int i = 0; i < 40 && refresh_status() != "Successful"; ++i) {
        pass();
        EXPECT_GE(in_service(), 1);
        ec2.set_all("pending", "running");
        ec2.set_all("shutting-down", "terminated");
        std::erase_if(elbv2.targets, [](const auto& one) { return one.second == "draining"; });
    }
    EXPECT_EQ(refresh_status(), "Successful");
    settle();
    ASSERT_EQ(all_members().size(), 2u);
    for (const auto& one : all_members()) EXPECT_EQ(one.launch_template.version, "2");
    EXPECT_EQ(groups.all(request()->tx())->at(0).launch_template.version, "2");
}

TEST_F(AutoscalingTest, a_refresh_whose_instances_stay_unhealthy_goes_back) {
    create(group_of(2));
    settle();
    {
        const auto r = request();
        ASSERT_TRUE(service.start_instance_refresh(*r, to_version("2")).has_value());
        ASSERT_TRUE(r->commit().has_value());
    }
    for (int i = 0; i < 200 && refresh_status() != "RollbackSuccessful"; ++i) {
        pass();
        ec2.set_all("pending", "running");
        ec2.set_all("shutting-down", "terminated");
        std::erase_if(elbv2.targets, [](const auto& one) { return one.second == "draining"; });
        for (auto& [id, state] : elbv2.targets) {
            if (ec2.instances[id].version == "2") state = "unhealthy";
        }
    }
    EXPECT_EQ(refresh_status(), "RollbackSuccessful");
    settle();
    for (const auto& one : all_members()) EXPECT_EQ(one.launch_template.version, "1");
}

TEST_F(AutoscalingTest, a_refresh_stands_still_at_its_checkpoint_and_bakes_at_the_end) {
    create(group_of(4));
    settle();
    auto input = to_version("2");
    input.preferences->checkpoint_percentages.push_back(50);
    input.preferences->checkpoint_percentages.push_back(100);
    input.preferences->checkpoint_delay = 600;
    input.preferences->bake_time = 300;
    start_refresh(input);
    for (int i = 0; i < 6; ++i) settle();
    EXPECT_EQ(of_version("2"), 2);
    EXPECT_EQ(refresh_status(), "InProgress");
    clock.advance(base::Seconds(600));
    for (int i = 0; i < 6; ++i) settle();
    EXPECT_EQ(of_version("2"), 4);
    EXPECT_EQ(refresh_status(), "Baking");
    clock.advance(base::Seconds(300));
    settle();
    EXPECT_EQ(refresh_status(), "Successful");
}

TEST_F(AutoscalingTest, a_refresh_that_ends_at_a_checkpoint_leaves_the_rest) {
    create(group_of(4));
    settle();
    auto input = to_version("2");
    input.preferences->checkpoint_percentages.push_back(25);
    start_refresh(input);
    for (int i = 0; i < 6; ++i) settle();
    EXPECT_EQ(refresh_status(), "Successful");
    EXPECT_EQ(of_version("2"), 1);
}

TEST_F(AutoscalingTest, a_refresh_goes_back_when_a_user_wants_it_to) {
    create(group_of(4));
    settle();
    auto input = to_version("2");
    input.preferences->bake_time = 300;
    start_refresh(input);
    for (int i = 0; i < 12; ++i) settle();
    ASSERT_EQ(refresh_status(), "Baking");
    {
        const auto r = request();
        api::RollbackInstanceRefreshInput back;
        back.auto_scaling_group_name = "web";
        ASSERT_TRUE(service.rollback_instance_refresh(*r, back).has_value());
        ASSERT_TRUE(r->commit().has_value());
    }
    for (int i = 0; i < 12; ++i) settle();
    EXPECT_EQ(refresh_status(), "RollbackSuccessful");
    EXPECT_EQ(of_version("1"), 4);
}

TEST_F(AutoscalingTest, a_lost_zone_is_made_up_for_elsewhere_and_the_history_says_why) {
    create(group_of(4));
    settle();
    ASSERT_EQ(in_service_in("us-east-1b"), 2);
    lose_zone_b();
    pass(2);
    EXPECT_EQ(in_service_in("us-east-1b"), 2) << "AWS gives failed status checks a while, too";
    clock.advance(impaired_patience);
    settle();
    settle();
    EXPECT_EQ(in_service_in("us-east-1a"), 4);
    EXPECT_EQ(in_service(), 4);
    EXPECT_TRUE(was_told("in response to an EC2 instance status checks failure."));
    EXPECT_TRUE(was_told("Launching EC2 instance failed.")) << "in the lost zone, before";
}

TEST_F(AutoscalingTest, a_zone_that_is_back_gets_its_share_at_once) {
    create(group_of(4));
    settle();
    lose_zone_b();
    pass(2);
    clock.advance(impaired_patience);
    settle();
    settle();
    restore_zone_b();
    for (int i = 0; i < 6; ++i) settle();
    EXPECT_EQ(in_service_in("us-east-1a"), 2);
    EXPECT_EQ(in_service_in("us-east-1b"), 2);
    EXPECT_TRUE(was_told("to balance instances in zones us-east-1b"));
}

TEST_F(AutoscalingTest, status_checks_that_pass_again_in_time_are_forgiven) {
    create(group_of(2));
    settle();
    ec2.impaired = {"i-1"};
    pass(3);
    ec2.impaired.clear();
    pass(2);
    ec2.impaired = {"i-1"};
    clock.advance(impaired_patience - base::Seconds(2));
    pass();
    EXPECT_EQ(in_service(), 2);
    EXPECT_EQ(ec2.instances.size(), 2u);
}

}  // namespace
}  // namespace stormglass::autoscaling
