// The rules of scaling policies as tables, and as properties over random groups.
#include "services/autoscaling/scale_decide.h"

#include <gtest/gtest.h>

#include <random>

namespace stormglass::autoscaling {
namespace {

Policy adjusting(std::string adjustment, std::vector<Step> steps) {
    Policy policy{.type = std::string(step_scaling)};
    policy.adjustment_type = std::move(adjustment);
    policy.steps = std::move(steps);
    return policy;
}

Policy tracking(double target) {
    Policy policy{.type = std::string(target_tracking)};
    policy.target_value = target;
    return policy;
}

/// All of them serve.
Capacity settled(std::int64_t desired) {
    return {.desired = desired, .min_size = 1, .max_size = 20, .serving = desired};
}

TEST(ScaleDecide, target_tracking_grows_in_proportion_and_rounds_up) {
    struct Case {
        std::int64_t desired;
        double metric, target;
        std::int64_t wanted;
    };
    for (const auto& one : {Case{2, 100, 50, 4}, Case{3, 51, 50, 4}, Case{4, 75, 50, 6},
                            Case{2, 1000, 10, 20}, Case{3, 50, 50, 3}, Case{10, 55, 50, 11}}) {
        const auto decision = decide_tracking(tracking(one.target), settled(one.desired),
                                              one.metric, Breach::above);
        EXPECT_EQ(decision.desired, one.wanted) << one.desired << " at " << one.metric;
    }
}

TEST(ScaleDecide, target_tracking_shrinks_by_one_or_a_tenth_and_never_above_its_target) {
    struct Case {
        std::int64_t desired;
        double metric;
        std::int64_t wanted;
    };
    for (const auto& one : {Case{4, 10, 3}, Case{2, 30, 2}, Case{2, 25, 1}, Case{20, 1, 18},
                            Case{1, 0, 1}, Case{4, 44, 4}, Case{10, 45, 10}, Case{10, 44, 9}}) {
        const auto decision =
            decide_tracking(tracking(50), settled(one.desired), one.metric, Breach::below);
        EXPECT_EQ(decision.desired, one.wanted) << one.desired << " at " << one.metric;
    }
}

TEST(ScaleDecide, an_instance_that_warms_up_is_no_capacity_yet_but_keeps_a_breach_from_counting_twice) {
    Capacity group = settled(4);
    group.serving = 2;
    group.warming = 2;
    EXPECT_EQ(decide_tracking(tracking(50), group, 100, Breach::above).desired, 4)
        << "two at twice the target need two more, and these are on their way";
    EXPECT_EQ(decide_tracking(tracking(50), group, 150, Breach::above).desired, 6);
    EXPECT_EQ(decide_tracking(tracking(50), group, 1, Breach::below).why, "instances are warming up");
}

TEST(ScaleDecide, an_instance_on_its_way_out_still_counts_when_shrinking) {
    Capacity group = settled(3);
    group.leaving = 1;
    EXPECT_EQ(decide_tracking(tracking(50), group, 1, Breach::below).desired, 3);
    const auto policy = adjusting("ChangeInCapacity", {{.upper = 0.0, .adjustment = -1}});
    EXPECT_EQ(decide_step(policy, group, -5).desired, 3);
    group.leaving = 0;
    EXPECT_EQ(decide_step(policy, group, -5).desired, 2);
}

TEST(ScaleDecide, a_step_is_chosen_by_how_far_the_metric_is_beyond_the_threshold) {
    const auto out = adjusting("ChangeInCapacity", {{.lower = 0.0, .upper = 10.0, .adjustment = 0},
                                                    {.lower = 10.0, .upper = 20.0, .adjustment = 1},
                                                    {.lower = 20.0, .adjustment = 3}});
    EXPECT_EQ(decide_step(out, settled(5), 9.9).desired, 5);
    EXPECT_EQ(decide_step(out, settled(5), 10).desired, 6) << "a lower bound belongs to its step";
    EXPECT_EQ(decide_step(out, settled(5), 20).desired, 8);
    EXPECT_EQ(decide_step(out, settled(5), -1).why, "no step adjustment is for this breach");
    const auto in = adjusting("ChangeInCapacity", {{.lower = -10.0, .upper = 0.0, .adjustment = -1},
                                                   {.upper = -10.0, .adjustment = -2}});
    EXPECT_EQ(decide_step(in, settled(5), -10).desired, 3) << "below, the upper bound belongs to it";
    EXPECT_EQ(decide_step(in, settled(5), -9).desired, 4);
}

/// The example of AWS's user guide: 10 instances, 10 % more at first and 30 % at a larger breach.
TEST(ScaleDecide, a_larger_breach_while_one_warms_up_adds_only_what_is_missing) {
    const auto policy =
        adjusting("PercentChangeInCapacity", {{.lower = 0.0, .upper = 10.0, .adjustment = 10},
                                              {.lower = 10.0, .adjustment = 30}});
    Capacity group = settled(10);
    EXPECT_EQ(decide_step(policy, group, 5).desired, 11);
    group = {.desired = 11, .min_size = 1, .max_size = 20, .serving = 10, .warming = 1};
    EXPECT_EQ(decide_step(policy, group, 5).desired, 11);
    EXPECT_EQ(decide_step(policy, group, 15).desired, 13);
}

TEST(ScaleDecide, percentages_round_as_aws_rounds_them) {
    Policy policy = adjusting("PercentChangeInCapacity", {});
    EXPECT_EQ(adjusted(policy, 10, 125), 12) << "12.5";
    EXPECT_EQ(adjusted(policy, 1, 67), 1) << "0.67";
    EXPECT_EQ(adjusted(policy, 1, -58), -1) << "-0.58";
    EXPECT_EQ(adjusted(policy, 10, -67), -6) << "-6.67";
    EXPECT_EQ(adjusted(policy, 0, 50), 0);
    policy.min_magnitude = 2;
    EXPECT_EQ(adjusted(policy, 4, 25), 2);
    EXPECT_EQ(adjusted(policy, 4, -25), -2);
    EXPECT_EQ(adjusted(policy, 20, 25), 5);
}

TEST(ScaleDecide, an_exact_capacity_is_bounded_too) {
    const auto policy = adjusting("ExactCapacity", {{.lower = 0.0, .adjustment = 50}});
    EXPECT_EQ(decide_step(policy, settled(5), 1).desired, 20);
    const auto down = adjusting("ExactCapacity", {{.upper = 0.0, .adjustment = 0}});
    EXPECT_EQ(decide_step(down, settled(5), -1).desired, 1);
}

TEST(ScaleDecide, a_policy_that_does_not_scale_in_never_does) {
    Policy policy = tracking(50);
    policy.disable_scale_in = true;
    EXPECT_EQ(decide_tracking(policy, settled(5), 1, Breach::below).desired, 5);
}

TEST(ScaleDecide, the_warm_up_is_the_policys_then_the_groups_then_its_cooldown) {
    Group group{.default_cooldown = 300};
    Policy policy = tracking(50);
    EXPECT_EQ(warmup_of(group, policy), base::Seconds(300));
    group.warmup_seconds = 60;
    EXPECT_EQ(warmup_of(group, policy), base::Seconds(60));
    policy.warmup = 0;
    EXPECT_EQ(warmup_of(group, policy), base::Seconds(0));
}

/// A group and a policy drawn at random.
struct Drawn {
    explicit Drawn(std::uint64_t seed) : engine(seed) {
        capacity.min_size = upto(5);
        capacity.max_size = capacity.min_size + upto(30);
        capacity.desired = capacity.min_size + upto(capacity.max_size - capacity.min_size);
        capacity.serving = upto(capacity.desired);
        capacity.warming = upto(capacity.desired - capacity.serving);
        capacity.leaving = upto(4);
        constexpr const char* types[] = {"ChangeInCapacity", "ExactCapacity",
                                         "PercentChangeInCapacity"};
        steps = adjusting(types[upto(2)], {{.upper = 0.0, .adjustment = upto(300) - 150},
                                           {.lower = 0.0, .adjustment = upto(300) - 150}});
        if (steps.adjustment_type == "ExactCapacity") steps.steps[0].adjustment = upto(50);
    }
    std::int64_t upto(std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>(0, std::max<std::int64_t>(most, 0))(engine);
    }
    std::mt19937_64 engine;
    Capacity capacity;
    Policy steps;
};

constexpr std::uint64_t draws = 20'000;

TEST(ScaleDecide, nothing_ever_leaves_the_bounds) {
    for (std::uint64_t seed = 0; seed < draws; ++seed) {
        Drawn drawn(seed);
        const double metric = static_cast<double>(drawn.upto(500)) / 3;
        const auto& group = drawn.capacity;
        for (const auto& decision :
             {decide_tracking(tracking(50), group, metric, Breach::above),
              decide_tracking(tracking(50), group, metric, Breach::below),
              decide_step(drawn.steps, group, metric - 50)}) {
            ASSERT_GE(decision.desired, group.min_size) << seed;
            ASSERT_LE(decision.desired, group.max_size) << seed;
            ASSERT_EQ(decision.desired == group.desired, !decision.why.empty()) << seed;
        }
    }
}

TEST(ScaleDecide, the_high_alarm_only_grows_the_low_one_only_shrinks_and_nobody_leaves_during_a_warm_up) {
    for (std::uint64_t seed = 0; seed < draws; ++seed) {
        Drawn drawn(seed);
        const double metric = static_cast<double>(drawn.upto(500)) / 3;
        const auto& group = drawn.capacity;
        ASSERT_GE(decide_tracking(tracking(50), group, metric, Breach::above).desired,
                  group.desired) << seed;
        const auto low = decide_tracking(tracking(50), group, metric, Breach::below).desired;
        ASSERT_LE(low, group.desired) << seed;
        if (group.warming == 0) continue;
        ASSERT_EQ(low, group.desired) << seed;
        ASSERT_GE(decide_step(drawn.steps, group, metric - 50).desired, group.desired) << seed;
    }
}

TEST(ScaleDecide, a_higher_metric_never_asks_for_fewer_instances) {
    for (std::uint64_t seed = 0; seed < draws; ++seed) {
        Drawn drawn(seed);
        const double metric = static_cast<double>(drawn.upto(500)) / 3;
        const auto& group = drawn.capacity;
        for (const auto breach : {Breach::above, Breach::below}) {
            ASSERT_LE(decide_tracking(tracking(50), group, metric, breach).desired,
                      decide_tracking(tracking(50), group, metric + 7, breach).desired) << seed;
        }
    }
}

TEST(ScaleDecide, after_shrinking_the_same_load_is_within_the_target) {
    for (std::uint64_t seed = 0; seed < draws; ++seed) {
        Drawn drawn(seed);
        auto group = drawn.capacity;
        group.serving = group.desired;
        group.warming = 0;
        const double metric = static_cast<double>(drawn.upto(135)) / 3;
        const auto after = decide_tracking(tracking(50), group, metric, Breach::below).desired;
        if (after == group.desired) continue;
        const double load = metric * static_cast<double>(group.serving);
        ASSERT_LE(load, 50 * static_cast<double>(after) + 1e-6) << seed;
    }
}

}  // namespace
}  // namespace stormglass::autoscaling
