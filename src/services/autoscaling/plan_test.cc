// Decisions, without time or machines passing; at the end, a walk through random ones.
#include "services/autoscaling/plan.h"

#include <gtest/gtest.h>

#include <random>

#include "services/autoscaling/lookup.h"
#include "services/autoscaling/purchase.h"

namespace stormglass::autoscaling {
namespace {

constexpr base::Time now{base::Seconds(1'760'000'000)};

View group_of(int size, int max) {
    View view;
    view.group = {.name = "web", .min_size = 0, .max_size = max, .desired = size};
    view.group.places = {{"subnet-a", "a", "1"}, {"subnet-b", "b", "2"}};
    for (int i = 0; i < size; ++i) {
        Member one{.id = fmt::format("i-{}", i), .group = "web", .zone = i % 2 == 0 ? "a" : "b"};
        one.lifecycle = "InService";
        one.launched = one.in_service = now - base::Seconds(3600 + i);
        view.members.push_back(one);
        view.instances[one.id] = {.state = "running", .reason = {}};
    }
    return view;
}

Actions planned(const View& view, base::Time when = now) {
    Actions actions = plan(view, when);
    std::erase_if(actions, [](const Action& one) { return one.what == Do::note; });
    return actions;
}

std::int64_t count(const Actions& actions, Do what) {
    return std::count_if(actions.begin(), actions.end(),
                         [&](const Action& one) { return one.what == what; });
}

TEST(Plan, a_healthy_group_of_the_wanted_size_is_left_alone) {
    EXPECT_TRUE(planned(group_of(4, 6)).empty());
}

TEST(Plan, without_a_policy_what_is_unhealthy_leaves_a_tenth_at_a_time) {
    View view = group_of(4, 6);
    for (auto& one : view.members) one.health = "Unhealthy";
    const auto actions = planned(view);
    EXPECT_EQ(count(actions, Do::begin_termination), 1);
    EXPECT_EQ(count(actions, Do::launch), 0);
}

TEST(Plan, what_ec2_says_is_down_leaves_at_once) {
    View view = group_of(4, 6);
    for (auto& one : view.members) {
        one.health = "Unhealthy";
        view.instances[one.id].state = "terminated";
    }
    EXPECT_EQ(count(planned(view), Do::begin_termination), 4);
}

TEST(Plan, a_policy_above_100_percent_launches_before_it_terminates) {
    View view = group_of(4, 6);
    view.group.min_healthy = 100;
    view.group.max_healthy = 125;
    view.members[0].health = "Unhealthy";
    EXPECT_EQ(planned(view), (Actions{{Do::launch, {}, {}}}));
    Member fresh = view.members[1];
    fresh.id = "i-new";
    view.instances["i-new"].state = "running";
    view.members.push_back(fresh);  // In service: now four are healthy without the sick one.
    EXPECT_EQ(count(planned(view), Do::begin_termination), 1);
    EXPECT_EQ(count(planned(view), Do::launch), 0);
}

TEST(Plan, at_the_maximum_a_policy_above_100_percent_terminates_first) {
    View view = group_of(4, 4);
    view.group.min_healthy = 100;
    view.group.max_healthy = 125;
    view.members[0].health = "Unhealthy";
    EXPECT_EQ(count(planned(view), Do::begin_termination), 1);
    EXPECT_EQ(count(planned(view), Do::launch), 0);
}

TEST(Plan, a_lopsided_group_launches_first_and_shrinks_when_the_new_one_serves) {
    View view = group_of(4, 4);  // At its maximum: AWS's margin lets it be one more.
    for (auto& one : view.members) one.zone = "a";
    EXPECT_EQ(planned(view), (Actions{{Do::rebalance, {}, "b"}}));
    Member fresh{.id = "i-new", .group = "web", .zone = "b"};
    fresh.extra = "rebalance";
    fresh.launched = now;
    view.members.push_back(fresh);
    view.instances["i-new"].state = "pending";
    EXPECT_TRUE(planned(view).empty());
    view.members.back().lifecycle = "InService";
    view.members.back().extra.clear();
    view.instances["i-new"].state = "running";
    const auto actions = planned(view);
    ASSERT_EQ(actions.size(), 1u);
    EXPECT_EQ(actions[0].what, Do::shrink);
    EXPECT_NE(actions[0].member, "i-new");
}

TEST(Plan, suspended_processes_do_nothing) {
    View view = group_of(4, 6);
    view.members[0].health = "Unhealthy";
    view.group.suspended = {"ReplaceUnhealthy"};
    EXPECT_TRUE(planned(view).empty());
    view = group_of(4, 6);
    view.group.desired = 5;
    view.group.suspended = {"Launch"};
    EXPECT_TRUE(planned(view).empty());
    view.group.desired = 3;
    view.group.suspended = {"Terminate"};
    EXPECT_TRUE(planned(view).empty());
    view = group_of(4, 6);
    for (auto& one : view.members) one.zone = "a";
    view.group.suspended = {"AZRebalance"};
    EXPECT_TRUE(planned(view).empty());
    view = group_of(4, 6);
    view.instances["i-0"].state = "stopped";
    view.group.suspended = {"HealthCheck"};
    EXPECT_TRUE(planned(view).empty());
}

TEST(Plan, with_launch_suspended_what_is_unhealthy_still_leaves) {
    View view = group_of(4, 6);
    view.members[0].health = "Unhealthy";
    view.group.suspended = {"Launch"};
    EXPECT_EQ(count(planned(view), Do::begin_termination), 1);
}

TEST(Plan, a_launch_waits_for_its_hooks_and_then_enters_the_target_groups) {
    View view = group_of(1, 4);
    view.group.target_groups = {"tg"};
    view.hooks = {{.name = "warm", .group = "web",
                   .transition = std::string(launching_transition)}};
    Member& one = view.members[0];
    one.lifecycle = "Pending";
    one.in_service = {};
    EXPECT_EQ(planned(view), (Actions{{Do::hold_launch, "i-0", {}}}));
    one.lifecycle = "Pending:Wait";
    one.launch_hooked = true;
    one.waits = {{.hook = "warm", .token = "t", .until = now + base::Seconds(1)}};
    EXPECT_TRUE(planned(view).empty());
    EXPECT_EQ(planned(view, now + base::Seconds(1)), (Actions{{Do::expire_wait, "i-0", "warm"}}));
    one.waits.clear();
    EXPECT_EQ(planned(view), (Actions{{Do::proceed_launch, "i-0", {}}}));
    one.lifecycle = "Pending:Proceed";
    EXPECT_EQ(planned(view), (Actions{{Do::register_targets, "i-0", {}}}));
    one.registered = {"tg"};
    EXPECT_EQ(planned(view), (Actions{{Do::settle, "i-0", {}}}));
}

TEST(Plan, an_instance_drains_before_its_termination_hooks_begin) {
    View view = group_of(1, 4);
    view.group.desired = 0;
    view.hooks = {{.name = "logs", .group = "web",
                   .transition = std::string(terminating_transition)}};
    Member& one = view.members[0];
    one.lifecycle = "Terminating";
    one.terminating = now;
    one.registered = {"tg"};
    view.targets["tg"]["i-0"] = "healthy";
    EXPECT_EQ(planned(view), (Actions{{Do::drain, "i-0", {}}}));
    one.draining = true;
    view.targets["tg"]["i-0"] = "draining";
    EXPECT_TRUE(planned(view).empty());
    view.targets["tg"].clear();
    EXPECT_EQ(planned(view), (Actions{{Do::hold_termination, "i-0", {}}}));
    one.lifecycle = "Terminating:Wait";
    one.termination_hooked = true;
    EXPECT_EQ(planned(view), (Actions{{Do::proceed_termination, "i-0", {}}}));
    one.lifecycle = "Terminating:Proceed";
    EXPECT_EQ(planned(view), (Actions{{Do::terminate, "i-0", {}}}));
}

TEST(Plan, a_launch_that_failed_has_no_termination_hooks) {
    View view = group_of(1, 4);
    view.group.desired = 0;
    view.hooks = {{.name = "logs", .group = "web",
                   .transition = std::string(terminating_transition)}};
    view.members[0].lifecycle = "Terminating";
    view.members[0].in_service = {};
    EXPECT_EQ(planned(view), (Actions{{Do::terminate, "i-0", {}}}));
}

TEST(Plan, who_stands_by_is_not_checked_and_counts_for_nothing) {
    View view = group_of(3, 6);
    view.members[0].lifecycle = "Standby";
    view.instances["i-0"].state = "stopped";
    EXPECT_EQ(planned(view), (Actions{{Do::launch, {}, {}}}));
    view.group.desired = 2;
    EXPECT_TRUE(planned(view).empty());
}

TEST(Plan, scheduled_actions_run_when_they_are_due) {
    View view = group_of(2, 6);
    view.schedules = {{.name = "night", .group = "web"}};
    view.schedules[0].next = now + base::Seconds(5);
    EXPECT_TRUE(planned(view).empty());
    EXPECT_EQ(planned(view, now + base::Seconds(5)), (Actions{{Do::run_schedule, {}, "night"}}));
}

TEST(Plan, a_spot_instance_that_will_be_interrupted_is_made_up_for_before_it_goes) {
    View view = group_of(2, 2);
    view.group.capacity_rebalance = true;
    view.members[0].is_spot = true;
    view.instances["i-0"].at_risk = true;
    EXPECT_EQ(planned(view), (Actions{{Do::mark_at_risk, "i-0", {}}}));
    view.members[0].at_risk = true;
    EXPECT_EQ(planned(view), (Actions{{Do::launch, {}, {}}}));
    Member fresh = view.members[1];
    fresh.id = "i-new";
    view.instances["i-new"].state = "running";
    view.members.push_back(fresh);
    const auto actions = planned(view);
    ASSERT_EQ(count(actions, Do::begin_termination), 1);
    EXPECT_EQ(actions[0].member, "i-0");
    view.group.capacity_rebalance = false;
    EXPECT_EQ(count(planned(view), Do::begin_termination), 0) << "then EC2 takes it, in its time";
}

TEST(Purchase, the_base_and_a_share_of_the_rest_are_on_demand) {
    Mixed policy{.base = 2, .above_percent = 50};
    EXPECT_EQ(on_demand_of(policy, 1), 1);
    EXPECT_EQ(on_demand_of(policy, 2), 2);
    EXPECT_EQ(on_demand_of(policy, 5), 4);  // 2 and half of 3, rounded up.
    policy.above_percent = 0;
    EXPECT_EQ(on_demand_of(policy, 10), 2);
}

TEST(Purchase, types_are_tried_as_the_strategy_of_the_kind_says) {
    Group group{.name = "web", .desired = 3};
    group.mixed.emplace();
    group.mixed->overrides = {{.type = "large"}, {.type = "small"}, {.type = "medium"}};
    group.mixed->above_percent = 0;
    const TypeSizes sizes{{"large", {4, 8}}, {"medium", {2, 4}}, {"small", {1, 2}}};
    const auto order = [&](const std::vector<Member>& present) {
        std::string types;
        for (const auto& one : candidates(group, present, sizes)) types += one.type + " ";
        return types;
    };
    EXPECT_EQ(order({}), "small medium large ") << "by lowest price, the default";
    Member spot{.id = "i-1", .type = "small", .lifecycle = "InService"};
    spot.is_spot = true;
    EXPECT_EQ(order({spot}), "medium small large ") << "over two pools";
    group.mixed->spot_strategy = "capacity-optimized-prioritized";
    EXPECT_EQ(order({}), "large small medium ");
    group.mixed->above_percent = 100;
    EXPECT_EQ(order({}), "large small medium ") << "On-Demand, as given";
}

TEST(Plan, an_alarm_of_the_refresh_takes_it_back_or_ends_it) {
    View view = group_of(2, 4);
    view.refresh.emplace();
    view.refresh->status = "InProgress";
    view.refresh->progress_at = now;
    view.refresh->outstanding = {"i-0", "i-1"};
    view.refresh->total = 2;
    view.raised = {"errors"};
    EXPECT_EQ(step_refresh(view, now).refresh.status, "Failed");
    EXPECT_EQ(step_refresh(view, now).refresh.reason, "The alarm errors is in state ALARM.");
    view.refresh->auto_rollback = true;
    view.refresh->earlier = TemplateRef{.id = "lt-1", .version = "1"};
    EXPECT_EQ(step_refresh(view, now).refresh.status, "RollbackInProgress");
    view.refresh->status = "RollbackInProgress";
    EXPECT_NE(step_refresh(view, now).refresh.status, "RollbackFailed");
}

TEST(Purchase, launches_and_shrinks_keep_to_the_shares) {
    View view = group_of(0, 10);
    view.group.mixed.emplace();
    view.group.mixed->base = 1;
    view.group.mixed->above_percent = 50;
    view.group.desired = 5;
    for (int i = 0; i < 5; ++i) {
        Member one{.id = fmt::format("i-{}", i), .group = "web", .zone = i % 2 == 0 ? "a" : "b"};
        one.lifecycle = "InService";
        one.is_spot = next_is_spot(view.group, view.members);
        view.members.push_back(one);
    }
    EXPECT_EQ(std::count_if(view.members.begin(), view.members.end(),
                            [](const Member& one) { return one.is_spot; }), 2);
    EXPECT_EQ(surplus_is_spot(view.group, view.members), std::optional(true));  // 3 and 1 are right.
}

// --- invariants, over random groups
constexpr unsigned walks = 20000;

/// A group in any state, also in states that no history of ours leads to.
class Dice {
public:
    explicit Dice(unsigned seed) : engine_(seed) {}

    std::int64_t number(std::int64_t from, std::int64_t to) {
        return std::uniform_int_distribution<std::int64_t>(from, to)(engine_);
    }
    std::string one_of(const std::vector<std::string>& list) {
        return list[static_cast<std::size_t>(
            number(0, static_cast<std::int64_t>(list.size()) - 1))];
    }
    View view() {
        View view = group_of(static_cast<int>(number(0, 12)), static_cast<int>(number(0, 12)));
        Group& group = view.group;
        group.min_size = number(0, group.max_size);
        group.desired = number(group.min_size, group.max_size);
        if (number(0, 1) == 0) {
            group.min_healthy = number(0, 100);
            group.max_healthy = number(100, 200);
        }
        for (auto& one : view.members) {
            one.lifecycle = one_of({"Pending", "Pending:Wait", "InService", "InService",
                                    "InService", "Standby", "Detaching", "Terminating"});
            one.health = one_of({"Healthy", "Healthy", "Unhealthy"});
            one.zone = one_of({"a", "b", "c"});
            one.is_protected = number(0, 2) == 0;
            if (is_pending(one)) one.extra = one_of({"", "rebalance"});
            view.instances[one.id].state = one_of({"running", "running", "pending", "stopped"});
        }
        return view;
    }

private:
    std::mt19937 engine_;
};

TEST(PlanInvariants, never_launched_beyond_the_maximum) {
    for (unsigned seed = 0; seed < walks; ++seed) {
        const View view = Dice(seed).view();
        const auto actions = plan(view, now);
        const auto alive = alive_count(view.members);
        const auto launches = count(actions, Do::launch);
        if (launches > 0) {
            ASSERT_LE(alive + launches, view.group.max_size) << "seed " << seed;
        }
        if (count(actions, Do::rebalance) == 0) continue;
        ASSERT_LE(alive + 1, view.group.max_size + rebalance_margin(view.group)) << "seed " << seed;
        ASSERT_EQ(alive, view.group.desired) << "seed " << seed;
    }
}

TEST(PlanInvariants, never_shrunk_below_the_desired_capacity_nor_by_what_is_protected) {
    for (unsigned seed = 0; seed < walks; ++seed) {
        const View view = Dice(seed).view();
        const auto actions = plan(view, now);
        const auto shrinks = count(actions, Do::shrink);
        if (shrinks == 0) continue;
        ASSERT_GE(alive_count(view.members) - shrinks, view.group.desired) << "seed " << seed;
        for (const auto& member : view.members) {
            if (!member.is_protected) continue;
            ASSERT_EQ(std::count(actions.begin(), actions.end(), Action{Do::shrink, member.id, {}}),
                      0) << "seed " << seed;
        }
    }
}

}  // namespace
}  // namespace stormglass::autoscaling
