// Scaling policies through the API, with their alarms, and run by alarms and by hand.
#include "services/autoscaling/lookup.h"
#include "services/autoscaling/testing.h"

namespace stormglass::autoscaling {
namespace {

class Policies : public AutoscalingTest {
protected:
    static api::PutScalingPolicyInput tracking(double target = 50, const char* name = "cpu") {
        api::PutScalingPolicyInput input;
        input.auto_scaling_group_name = "web";
        input.policy_name = name;
        input.policy_type = "TargetTrackingScaling";
        auto& config = input.target_tracking_configuration.emplace();
        config.target_value = target;
        config.predefined_metric_specification.emplace().predefined_metric_type =
            "ASGAverageCPUUtilization";
        return input;
    }
    static api::PutScalingPolicyInput simple(std::int64_t adjustment) {
        api::PutScalingPolicyInput input;
        input.auto_scaling_group_name = "web";
        input.policy_name = "simple";
        input.adjustment_type = "ChangeInCapacity";
        input.scaling_adjustment = adjustment;
        return input;
    }
    std::string put(const api::PutScalingPolicyInput& input) {
        const auto r = request();
        const auto done = service.put_scaling_policy(*r, input);
        EXPECT_TRUE(done.has_value()) << done.error().message;
        EXPECT_TRUE(r->commit().has_value());
        return done ? done->policy_arn.value_or("") : "";
    }
    std::string refused(const api::PutScalingPolicyInput& input) {
        const auto done = service.put_scaling_policy(*request(), input);
        return done ? "" : done.error().message;
    }
    std::string run(services::ScalingPolicies::Trigger trigger) {
        const auto r = request();
        trigger.alarm_state = "ALARM";
        const auto done = scaling.run(*r, trigger);
        if (!done) return done.error().message;
        EXPECT_TRUE(r->commit().has_value());
        return *done;
    }
    std::int64_t desired() {
        const auto r = request();
        return need_group(*r, "web")->desired;
    }
    /// Two instances, in service and warm.
    void two_serve() {
        auto input = group_of(2);
        input.default_instance_warmup = 30;
        create(input);
        settle();
        clock.advance(base::Seconds(60));
    }
    std::vector<api::Activity> history() {
        const auto output = service.describe_scaling_activities(*request(), {});
        return output ? std::vector<api::Activity>(output->activities) : std::vector<api::Activity>();
    }
};

TEST_F(Policies, target_tracking_makes_its_two_alarms_in_awss_shape_and_takes_them_away) {
    create(group_of(0));
    const auto arn = put(tracking());
    ASSERT_EQ(cloudwatch.alarms.size(), 2u);
    const auto& high = cloudwatch.alarm("TargetTracking-web-AlarmHigh-");
    EXPECT_EQ(high.alarm_description,
              "DO NOT EDIT OR DELETE. For TargetTrackingScaling policy " + arn + ".");
    EXPECT_EQ(high.alarm_actions, (std::vector<std::string>{arn}));
    EXPECT_EQ(high.metric_name, "CPUUtilization");
    EXPECT_EQ(high.namespace_, "AWS/EC2");
    EXPECT_EQ(high.statistic, "Average");
    EXPECT_EQ(high.period, 60);
    EXPECT_EQ(high.evaluation_periods, 3);
    EXPECT_EQ(high.threshold, 50);
    EXPECT_EQ(high.comparison_operator, "GreaterThanThreshold");
    EXPECT_EQ(high.dimensions.at(0).name, "AutoScalingGroupName");
    const auto& low = cloudwatch.alarm("TargetTracking-web-AlarmLow-");
    EXPECT_EQ(low.evaluation_periods, 15);
    EXPECT_EQ(low.threshold, 45);
    EXPECT_EQ(low.comparison_operator, "LessThanThreshold");
    const auto described = service.describe_policies(*request(), {});
    ASSERT_TRUE(described.has_value());
    EXPECT_EQ(described->scaling_policies.at(0).alarms.size(), 2u);
    const auto r = request();
    api::DeletePolicyInput gone;
    gone.policy_name = arn;
    ASSERT_TRUE(service.delete_policy(*r, gone).has_value());
    EXPECT_TRUE(cloudwatch.alarms.empty());
}

TEST_F(Policies, the_alarms_stay_when_nothing_of_theirs_changes_and_go_with_the_group) {
    create(group_of(0));
    put(tracking());
    const auto before = cloudwatch.alarm("AlarmHigh").alarm_name;
    auto again = tracking();
    again.estimated_instance_warmup = 10;
    put(again);
    EXPECT_EQ(cloudwatch.alarm("AlarmHigh").alarm_name, before);
    put(tracking(70));
    EXPECT_NE(cloudwatch.alarm("AlarmHigh").alarm_name, before);
    EXPECT_EQ(cloudwatch.alarm("AlarmHigh").threshold, 70);
    EXPECT_EQ(cloudwatch.alarms.size(), 2u);
    {
        const auto r = request();
        api::DeleteAutoScalingGroupInput input;
        input.auto_scaling_group_name = "web";
        ASSERT_TRUE(service.delete_auto_scaling_group(*r, input).has_value());
        ASSERT_TRUE(r->commit().has_value());
    }
    pass();
    EXPECT_TRUE(cloudwatch.alarms.empty());
}

TEST_F(Policies, requests_per_target_are_of_a_target_group_that_is_the_groups) {
    auto input = group_of(0);
    create(input);
    {
        const auto r = request();
        Group group = *need_group(*r, "web");
        group.target_groups = {"arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/web/12"};
        save(*r, group);
        ASSERT_TRUE(r->commit().has_value());
    }
    auto policy = tracking(1000);
    auto& metric = *policy.target_tracking_configuration->predefined_metric_specification;
    metric.predefined_metric_type = "ALBRequestCountPerTarget";
    EXPECT_EQ(refused(policy), "ResourceLabel is required for ALBRequestCountPerTarget");
    metric.resource_label = "app/x/1/targetgroup/other/9";
    EXPECT_EQ(refused(policy),
              "The target group targetgroup/other/9 is not attached to the Auto Scaling group.");
    metric.resource_label = "app/x/1/targetgroup/web/12";
    put(policy);
    const auto& high = cloudwatch.alarm("AlarmHigh");
    EXPECT_EQ(high.metric_name, "RequestCountPerTarget");
    EXPECT_EQ(high.statistic, "Sum");
    EXPECT_EQ(high.dimensions.at(0).value, "targetgroup/web/12");
}

TEST_F(Policies, metric_math_reaches_the_alarms_and_reads_back) {
    create(group_of(0));
    auto policy = tracking(5);
    auto& config = *policy.target_tracking_configuration;
    config.predefined_metric_specification.reset();
    auto& metric = config.customized_metric_specification.emplace();
    auto& queue = metric.metrics.emplace_back();
    queue.id = "m1";
    queue.return_data = false;
    auto& stat = queue.metric_stat.emplace();
    stat.stat = "Sum";
    stat.metric.emplace().metric_name = "Backlog";
    stat.metric->namespace_ = "Mine";
    auto& math = metric.metrics.emplace_back();
    math.id = "e1";
    math.expression = "m1 / 2";
    put(policy);
    const auto& low = cloudwatch.alarm("AlarmLow");
    ASSERT_EQ(low.metrics.size(), 2u);
    EXPECT_EQ(low.metrics[0].metric_stat->period, 60);
    EXPECT_EQ(low.metrics[1].expression, "m1 / 2");
    EXPECT_FALSE(low.metric_name.has_value());
    const auto described = service.describe_policies(*request(), {});
    EXPECT_EQ(described->scaling_policies.at(0)
                  .target_tracking_configuration->customized_metric_specification->metrics.size(),
              2u);
}

TEST_F(Policies, an_alarm_in_state_alarm_changes_the_capacity_and_the_activity_says_why) {
    two_serve();
    const auto arn = put(tracking());
    const auto high = cloudwatch.alarm("AlarmHigh").alarm_name;
    EXPECT_EQ(run({.policy_arn = arn, .alarm_name = high, .metric_value = 70, .threshold = 50}),
              "a monitor alarm " + high + " in state ALARM triggered policy cpu changing the "
              "desired capacity from 2 to 3.");
    EXPECT_EQ(desired(), 3);
    pass();
    const auto newest = history().at(0);
    EXPECT_NE(newest.cause->find("a monitor alarm " + high + " in state ALARM triggered policy cpu "
                                 "changing the desired capacity from 2 to 3.  At "),
              std::string::npos) << *newest.cause;
    EXPECT_NE(newest.details->find("\"InvokingAlarms\":[{"), std::string::npos);
    EXPECT_EQ(run({.policy_arn = arn, .alarm_name = high, .metric_value = 70, .threshold = 50}),
              "No scaling activity: enough instances are warming up already");
    settle();
    const auto low = cloudwatch.alarm("AlarmLow").alarm_name;
    EXPECT_EQ(run({.policy_arn = arn, .alarm_name = low, .metric_value = 5, .threshold = 45}),
              "No scaling activity: instances are warming up");
    clock.advance(base::Seconds(60));
    run({.policy_arn = arn, .alarm_name = low, .metric_value = 5, .threshold = 45});
    EXPECT_EQ(desired(), 2);
}

TEST_F(Policies, nobody_leaves_before_every_tracking_policy_agrees) {
    two_serve();
    const auto arn = put(tracking(50, "cpu"));
    const auto low = cloudwatch.alarm("AlarmLow").alarm_name;
    auto other = tracking(1000, "network");
    other.target_tracking_configuration->predefined_metric_specification->predefined_metric_type =
        "ASGAverageNetworkIn";
    put(other);
    const services::ScalingPolicies::Trigger trigger{
        .policy_arn = arn, .alarm_name = low, .metric_value = 1, .threshold = 45};
    EXPECT_EQ(run(trigger), "No scaling activity: policy network is not ready to scale in");
    for (auto& [name, state] : cloudwatch.states) state = "ALARM";
    run(trigger);
    EXPECT_EQ(desired(), 1);
}

TEST_F(Policies, what_is_switched_off_does_nothing) {
    two_serve();
    auto input = tracking();
    input.enabled = false;
    const auto arn = put(input);
    const services::ScalingPolicies::Trigger trigger{
        .policy_arn = arn, .alarm_name = cloudwatch.alarm("AlarmHigh").alarm_name,
        .metric_value = 90, .threshold = 50};
    EXPECT_EQ(run(trigger), "No scaling activity: the policy is disabled");
    put(tracking());
    {
        const auto r = request();
        Group group = *need_group(*r, "web");
        group.suspended = {"AlarmNotification"};
        save(*r, group);
        ASSERT_TRUE(r->commit().has_value());
    }
    EXPECT_EQ(run(trigger), "No scaling activity: the AlarmNotification process is suspended");
    EXPECT_EQ(run({.policy_arn = arn + "x", .alarm_name = "a"}), "PolicyARN not found - " + arn + "x");
}

TEST_F(Policies, a_simple_policy_waits_for_its_cooldown_after_the_activity_ended) {
    two_serve();
    auto input = simple(1);
    input.cooldown = 100;
    const auto arn = put(input);
    const services::ScalingPolicies::Trigger trigger{.policy_arn = arn, .alarm_name = "mine"};
    EXPECT_EQ(run(trigger), "No scaling activity: the cooldown is not over")
        << "the group was made a minute ago, its default cooldown is five";
    clock.advance(base::Seconds(300));
    run(trigger);
    EXPECT_EQ(desired(), 3);
    EXPECT_EQ(run(trigger), "No scaling activity: a scaling activity is in progress");
    settle();
    clock.advance(base::Seconds(90));
    EXPECT_EQ(run(trigger), "No scaling activity: the cooldown is not over");
    clock.advance(base::Seconds(20));
    run(trigger);
    EXPECT_EQ(desired(), 4);
}

TEST_F(Policies, a_policy_is_executed_by_hand_with_the_cooldown_only_if_asked) {
    two_serve();
    put(simple(1));
    api::ExecutePolicyInput input;
    input.auto_scaling_group_name = "web";
    input.policy_name = "simple";
    input.honor_cooldown = true;
    EXPECT_EQ(service.execute_policy(*request(), input).error().code, "ScalingActivityInProgress");
    input.honor_cooldown = false;
    {
        const auto r = request();
        ASSERT_TRUE(service.execute_policy(*r, input).has_value());
        ASSERT_TRUE(r->commit().has_value());
    }
    EXPECT_EQ(desired(), 3);
    pass();
    EXPECT_NE(history().at(0).cause->find("a user request executed policy simple changing the "
                                          "desired capacity from 2 to 3.  At "),
              std::string::npos);
    put(tracking());
    input.policy_name = "cpu";
    EXPECT_EQ(service.execute_policy(*request(), input).error().code, "ValidationError");
}

TEST_F(Policies, steps_with_gaps_or_overlaps_and_predictive_policies_are_refused) {
    create(group_of(0));
    api::PutScalingPolicyInput input;
    input.auto_scaling_group_name = "web";
    input.policy_name = "steps";
    input.policy_type = "StepScaling";
    input.adjustment_type = "ChangeInCapacity";
    const auto step = [&](std::optional<double> lower, std::optional<double> upper) {
        input.step_adjustments.push_back({.metric_interval_lower_bound = lower,
                                          .metric_interval_upper_bound = upper,
                                          .scaling_adjustment = 1});
    };
    step(0, 10);
    EXPECT_NE(refused(input).find("unspecified upper bound"), std::string::npos);
    step(20, std::nullopt);
    EXPECT_NE(refused(input).find("gap"), std::string::npos);
    step(5, 20);
    EXPECT_NE(refused(input).find("overlap"), std::string::npos);
    input.step_adjustments.pop_back();
    step(10, 20);
    EXPECT_EQ(refused(input), "");
    input.policy_type = "PredictiveScaling";
    EXPECT_EQ(refused(input), "Stormglass does not support predictive scaling policies");
}

TEST_F(Policies, group_metrics_are_figures_of_what_there_is) {
    auto wanted = group_of(2);
    wanted.default_instance_warmup = 60;
    create(wanted);
    api::EnableMetricsCollectionInput input;
    input.auto_scaling_group_name = "web";
    input.granularity = "1Minute";
    input.metrics.push_back("GroupDesiredCapacity");
    input.metrics.push_back("GroupInServiceInstances");
    {
        const auto r = request();
        ASSERT_TRUE(service.enable_metrics_collection(*r, input).has_value());
        ASSERT_TRUE(r->commit().has_value());
    }
    settle();
    auto r = request();
    auto figures = scaling.group_figures(r->tx(), clock.now());
    ASSERT_TRUE(figures.has_value());
    EXPECT_EQ(figures->at(0).figures, (std::map<std::string, double>{
                                          {"GroupDesiredCapacity", 2}, {"GroupInServiceInstances", 2}}));
    EXPECT_TRUE(figures->at(0).counted_instances.empty()) << "they warm up";
    clock.advance(base::Seconds(60));
    figures = scaling.group_figures(r->tx(), clock.now());
    EXPECT_EQ(figures->at(0).counted_instances.size(), 2u);
}

}  // namespace
}  // namespace stormglass::autoscaling
