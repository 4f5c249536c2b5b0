// Who gets the next request, and who counts as healthy: no sockets, no clock.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "planes/lb/health_machine.h"
#include "planes/lb/target_picker.h"

namespace stormglass::lb {
namespace {

/// A snapshot of one group with `count` healthy targets t0, t1, ...
class TargetsTest : public ::testing::Test {
protected:
    void build(int count, TargetGroupConfig group = {}) {
        group.arn = "g";
        group.targets.clear();
        for (int i = 0; i < count; ++i) {
            group.targets.push_back({.id = "t" + std::to_string(i),
                                     .address = "10.0.0.1",
                                     .port = 80 + i,
                                     .zone = i % 2 == 0 ? "a" : "b"});
        }
        LoadBalancerConfig config{.zone = "a"};
        config.target_groups = {group};
        snapshot_ = builder_.build(config).value();
        for (const Target& target : this->group().targets) target.state->healthy = true;
        picker_ = std::make_unique<TargetPicker>(this->group(), random_);
    }
    const TargetGroup& group() { return *snapshot_->groups[0]; }
    void set_healthy(int index, bool healthy) {
        group().targets[index].state->healthy = healthy;
        group().state->generation.fetch_add(1);
    }
    std::map<std::string, int> pick(int times, std::int64_t now = 1'000'000) {
        std::map<std::string, int> seen;
        for (int i = 0; i < times; ++i) {
            const auto choice = picker_->pick(now);
            ++seen[choice.target == nullptr ? "nobody" : choice.target->config.id];
        }
        return seen;
    }

    SnapshotBuilder builder_;
    FastRandom random_{42};
    std::shared_ptr<const Snapshot> snapshot_;
    std::unique_ptr<TargetPicker> picker_;
};

using Seen = std::map<std::string, int>;

TEST(TimeHistogramTest, steps_are_within_two_percent_of_what_they_hold) {
    for (std::int64_t us = 1; us < 1'000'000'000; us += us / 7 + 1) {
        const auto shown = TimeHistogram::value_of(TimeHistogram::index_of(us));
        EXPECT_LE(std::abs(shown - us) * 50, us) << us;
    }
    EXPECT_EQ(TimeHistogram::index_of(std::int64_t{1} << 40), TimeHistogram::size - 1);
    EXPECT_EQ(TimeHistogram::index_of(-1), 0);
}

TEST_F(TargetsTest, RoundRobinGoesInTurn) {
    build(3);
    EXPECT_EQ(pick(30), (Seen{{"t0", 10}, {"t1", 10}, {"t2", 10}}));
}

TEST_F(TargetsTest, UnhealthyTargetsAreLeftOut) {
    build(3);
    set_healthy(1, false);
    EXPECT_EQ(pick(20), (Seen{{"t0", 10}, {"t2", 10}}));
    EXPECT_FALSE(picker_->pick(0).failing_open);
    set_healthy(1, true);
    EXPECT_EQ(pick(30).size(), 3u);
}

TEST_F(TargetsTest, AllAreUsedWhenTooFewAreHealthy) {
    build(4, {.minimum_healthy_targets_percentage = 50});
    for (const int index : {0, 1}) set_healthy(index, false);
    EXPECT_EQ(pick(8).size(), 2u) << "50 % is enough";
    set_healthy(2, false);
    EXPECT_EQ(pick(8).size(), 4u);
    EXPECT_TRUE(picker_->pick(0).failing_open);
}

TEST_F(TargetsTest, NoTargetsMeansNobody) {
    build(0);
    EXPECT_EQ(pick(1), (Seen{{"nobody", 1}}));
}

TEST_F(TargetsTest, LeastOutstandingPrefersTheIdle) {
    build(3, {.algorithm = "least_outstanding_requests"});
    group().targets[0].state->active_requests = 5;
    group().targets[2].state->active_requests = 1;
    EXPECT_EQ(pick(10), (Seen{{"t1", 10}}));
}

TEST_F(TargetsTest, WeightedRandomReachesAll) {
    build(3, {.algorithm = "weighted_random"});
    for (const auto& [id, times] : pick(3000)) EXPECT_NEAR(times, 1000, 150) << id;
}

TEST_F(TargetsTest, SlowStartGrowsAShare) {
    build(2, {.slow_start_seconds = 100});
    group().targets[0].state->healthy_since_ms = -1'000'000;
    group().targets[1].state->healthy_since_ms = 0;
    EXPECT_LT(pick(1000, 10'000)["t1"], 150) << "a tenth of the way";
    EXPECT_EQ(pick(1000, 100'000)["t1"], 500) << "warm";
}

TEST_F(TargetsTest, WithoutCrossZoneOthersAreOutOfReach) {
    build(4, {.cross_zone = "false"});
    EXPECT_EQ(pick(10), (Seen{{"t0", 5}, {"t2", 5}}));
}

TEST_F(TargetsTest, StateSurvivesAReload) {
    build(2);
    const auto* before = group().targets[0].state.get();
    build(2);
    EXPECT_EQ(group().targets[0].state.get(), before);
}

TEST(GroupWeights, AreExactAndMixed) {
    TargetGroup a, b, c;
    const ForwardPlan plan{.groups = {{&a, 5}, {&b, 3}, {&c, 0}}, .weight_total = 8};
    std::map<const TargetGroup*, int> seen;
    std::set<const TargetGroup*> in_first_four;
    for (std::uint64_t turn = 0; turn < 8; ++turn) {
        const auto* group = pick_group(plan, turn);
        ++seen[group];
        if (turn < 4) in_first_four.insert(group);
    }
    EXPECT_EQ(seen[&a], 5);
    EXPECT_EQ(seen[&b], 3);
    EXPECT_EQ(in_first_four.size(), 2u);
    EXPECT_EQ(pick_group({.groups = {{&a, 0}}, .weight_total = 0}, 1), nullptr);
}

TEST(Matchers, TakeListsAndRanges) {
    const auto matcher = Matcher::parse("200,202, 300-399").value();
    for (const int code : {200, 202, 300, 399}) EXPECT_TRUE(matcher.matches(code)) << code;
    for (const int code : {201, 400, 0}) EXPECT_FALSE(matcher.matches(code)) << code;
    for (const auto* text : {"", "x", "200-", "300-200"})
        EXPECT_FALSE(Matcher::parse(text)) << text;
}

TEST(Health, ANewTargetNeedsOnePass) {
    HealthMachine machine;
    EXPECT_EQ(machine.state_name(), "initial");
    EXPECT_EQ(machine.reason(), "Elb.InitialHealthChecking");
    EXPECT_TRUE(machine.record(CheckOutcome::passed, 200, 5, 2));
    EXPECT_EQ(machine.state_name(), "healthy");
    EXPECT_EQ(machine.reason(), "");
}

TEST(Health, ThresholdsCountChecksInARow) {
    HealthMachine machine;
    machine.record(CheckOutcome::passed, 200, 3, 2);
    EXPECT_FALSE(machine.record(CheckOutcome::wrong_code, 503, 3, 2));
    machine.record(CheckOutcome::passed, 200, 3, 2);
    EXPECT_FALSE(machine.record(CheckOutcome::wrong_code, 503, 3, 2)) << "a pass began anew";
    EXPECT_TRUE(machine.record(CheckOutcome::timed_out, 0, 3, 2));
    EXPECT_EQ(machine.reason(), "Target.Timeout");
    EXPECT_FALSE(machine.record(CheckOutcome::passed, 200, 3, 2));
    EXPECT_FALSE(machine.record(CheckOutcome::passed, 200, 3, 2));
    EXPECT_TRUE(machine.record(CheckOutcome::passed, 200, 3, 2));
}

}  // namespace
}  // namespace stormglass::lb
