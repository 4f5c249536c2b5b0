// Target tracking against random shapes of load: minutes pass, alarms judge as CloudWatch does (three
// minutes above the target, fifteen well below it, the action repeated each minute), instances take
// their time to come and to go. In an hour of steady load the group must come to rest, and it may
// never swing: growing and shrinking in turns without the load doing so.
#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <random>

#include "services/autoscaling/scale_decide.h"

namespace stormglass::autoscaling {
namespace {

constexpr double target = 50;
constexpr int high_minutes = 3, low_minutes = 15;

struct Times {
    int boot = 1, warmup = 3, drain = 5;  // Minutes.
};

/// A group whose instances share the load; time passes in minutes.
class World {
public:
    World(std::int64_t min_size, std::int64_t max_size, Times times) : times_(times) {
        group_.min_size = group_.desired = min_size;
        group_.max_size = max_size;
        for (std::int64_t i = 0; i < min_size; ++i) warm_at_.push_back(0);
    }

    /// One minute at this load; returns the metric.
    double pass(double load) {
        ++now_;
        std::erase_if(gone_at_, [&](int at) { return at <= now_; });
        const auto capacity = observe();
        const double metric = load / static_cast<double>(std::max<std::int64_t>(capacity.serving, 1));
        metrics_.push_back(metric);
        if (metrics_.size() > low_minutes) metrics_.pop_front();
        Policy policy{.type = std::string(target_tracking)};
        policy.target_value = target;
        if (all(high_minutes, [](double one) { return one > target; })) {
            resize(decide_tracking(policy, capacity, metric, Breach::above).desired);
        } else if (all(low_minutes, [](double one) { return one < target * low_threshold; })) {
            resize(decide_tracking(policy, capacity, metric, Breach::below).desired);
        }
        return metric;
    }

    std::int64_t desired() const { return group_.desired; }
    std::int64_t max_size() const { return group_.max_size; }
    const std::vector<int>& turns() const { return turns_; }  // +1 and -1, by change.
    int last_change() const { return last_change_; }
    int now() const { return now_; }
    bool lost_a_warming_one() const { return lost_a_warming_one_; }

private:
    template <class Condition>
    bool all(std::size_t minutes, Condition condition) const {
        return metrics_.size() >= minutes &&
               std::all_of(metrics_.end() - static_cast<std::ptrdiff_t>(minutes), metrics_.end(),
                           condition);
    }

    Capacity observe() const {
        Capacity capacity = group_;
        for (const int at : warm_at_) ++(at <= now_ ? capacity.serving : capacity.warming);
        capacity.leaving = static_cast<std::int64_t>(gone_at_.size());
        return capacity;
    }

    void resize(std::int64_t desired) {
        if (desired == group_.desired) return;
        turns_.push_back(desired > group_.desired ? 1 : -1);
        last_change_ = now_;
        group_.desired = desired;
        while (std::ssize(warm_at_) < desired) {
            warm_at_.push_back(now_ + times_.boot + times_.warmup);
        }
        while (std::ssize(warm_at_) > desired) {
            lost_a_warming_one_ = lost_a_warming_one_ || warm_at_.back() > now_;
            warm_at_.pop_back();
            gone_at_.push_back(now_ + times_.drain);
        }
    }

    Times times_;
    Capacity group_;
    std::vector<int> warm_at_, gone_at_, turns_;
    std::deque<double> metrics_;
    int now_ = 0, last_change_ = 0;
    bool lost_a_warming_one_ = false;
};

struct Drawn {
    explicit Drawn(std::uint64_t seed) : engine(seed) {}
    int between(int least, int most) { return std::uniform_int_distribution<int>(least, most)(engine); }
    std::mt19937_64 engine;
};

World drawn_world(Drawn& drawn) {
    const int least = drawn.between(1, 4);
    return World(least, least + drawn.between(0, 30),
                 {.boot = drawn.between(0, 5), .warmup = drawn.between(0, 10),
                  .drain = drawn.between(0, 10)});
}

int reversals(const World& world) {
    int count = 0;
    for (std::size_t i = 1; i < world.turns().size(); ++i) {
        count += world.turns()[i] != world.turns()[i - 1];
    }
    return count;
}

TEST(ScalingSimulation, at_a_steady_load_it_comes_to_rest_within_its_target_or_its_bounds) {
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
        Drawn drawn(seed);
        World world = drawn_world(drawn);
        for (int i = drawn.between(0, 120); i > 0; --i) world.pass(drawn.between(0, 2000));
        const double load = drawn.between(0, 1500);
        const std::size_t before = world.turns().size();
        double metric = 0;
        for (int i = 0; i < 600; ++i) metric = world.pass(load);
        EXPECT_LT(world.last_change(), world.now() - 60) << "seed " << seed << ": still moving";
        std::vector<int> turns(world.turns().begin() + static_cast<std::ptrdiff_t>(before),
                               world.turns().end());
        EXPECT_TRUE(std::is_sorted(turns.begin(), turns.end(), std::greater<>()))
            << "seed " << seed << ": it shrank and grew again though nothing changed";
        EXPECT_FALSE(world.lost_a_warming_one()) << seed;
        EXPECT_TRUE(metric <= target || world.desired() == world.max_size()) << seed;
    }
}

TEST(ScalingSimulation, under_any_load_it_turns_round_no_more_often_than_the_load_allows) {
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
        Drawn drawn(seed);
        World world = drawn_world(drawn);
        const int minutes = 600;
        const double period = drawn.between(5, 240), height = drawn.between(10, 1500);
        for (int minute = 0; minute < minutes; ++minute) {
            const double wave = 1 + std::sin(minute / period);
            world.pass(height * wave + drawn.between(0, 50));
        }
        // To turn from shrinking to growing takes three minutes above, back fifteen below.
        EXPECT_LE(reversals(world), 2 * minutes / (high_minutes + low_minutes)) << seed;
        EXPECT_FALSE(world.lost_a_warming_one()) << seed;
    }
}

TEST(ScalingSimulation, a_sudden_load_is_answered_in_one_step_after_three_minutes) {
    World world(2, 20, {.boot = 1, .warmup = 3, .drain = 5});
    for (int i = 0; i < 30; ++i) world.pass(60);
    EXPECT_EQ(world.desired(), 2);
    for (int i = 0; i < high_minutes; ++i) world.pass(400);
    EXPECT_EQ(world.desired(), 8);
    for (int i = 0; i < 60; ++i) world.pass(400);
    EXPECT_EQ(world.desired(), 8) << "who warms up is not asked for twice";
    for (int i = 0; i < 120; ++i) world.pass(60);
    EXPECT_EQ(world.desired(), 2);
}

}  // namespace
}  // namespace stormglass::autoscaling
