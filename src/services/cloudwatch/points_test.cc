// Points: distributions, statistics by name, and the roll-up.
#include <gmock/gmock.h>

#include <cmath>

#include "services/cloudwatch/metrics.h"
#include "services/cloudwatch/rollup.h"
#include "services/cloudwatch/series.h"
#include "services/cloudwatch/tiers.h"
#include "services/common/testing.h"

namespace stormglass::cloudwatch {
namespace {

Point hundred() {
    std::vector<ValueCount> values;
    for (int i = 1; i <= 100; ++i) values.push_back({static_cast<double>(i), 1});
    return Point::of(values);
}

double of(const char* name, const Point& point) {
    const auto statistic = Statistic::parse(name);
    EXPECT_TRUE(statistic) << name;
    return statistic->of(point).value_or(NAN);
}

TEST(PointTest, few_values_are_exact_and_many_are_within_a_percent) {
    const Point few = Point::of({{1, 3}, {10, 1}, {2, 6}});
    EXPECT_EQ(of("p50", few), 2);
    EXPECT_EQ(of("p30", few), 1);
    EXPECT_EQ(of("p100", few), 10);
    EXPECT_NEAR(of("p90", hundred()), 90, 0.95);
    EXPECT_NEAR(of("p99", hundred()), 99, 1);
    EXPECT_NEAR(of("IQM", hundred()), 50.5, 0.6);
    EXPECT_NEAR(of("tm90", hundred()), 45.5, 0.6);
    EXPECT_NEAR(of("TM(10%:90%)", hundred()), 50.5, 0.6);
    EXPECT_NEAR(of("tc90", hundred()), 90, 1e-6);
    EXPECT_NEAR(of("PR(:50)", hundred()), 50, 1);
    EXPECT_NEAR(of("WM(:50)", Point::of({{10, 1}, {100, 1}})), 30, 1e-9);
    EXPECT_EQ(of("TS(1:2)", few), 12);
}

TEST(PointTest, names_that_are_no_statistics_are_known_as_such) {
    for (const char* name :
         {"p101", "p", "Mean", "TM", "TM(a:b)", "TM(90%:10%)", "PR(10%:20%)", ""}) {
        EXPECT_FALSE(Statistic::parse(name)) << name;
    }
}

TEST(PointTest, a_statistic_set_of_several_values_has_no_percentiles) {
    EXPECT_TRUE(std::isnan(of("p50", Point::of(StatisticSet{4, 10, 1, 4}))));
    EXPECT_EQ(of("p50", Point::of(StatisticSet{4, 8, 2, 2})), 2);
    Point both = Point::of(5);
    both.add(Point::of(StatisticSet{4, 10, 1, 4}));
    EXPECT_FALSE(both.has_values());
    EXPECT_EQ(both.sum, 15);
}

TEST(PointTest, what_is_stored_reads_back) {
    for (const Point& point : {Point::of(-3.5), Point::of(2, 7), Point::of({{1, 3}, {-10, 0.5}}),
                               hundred(), Point::of(StatisticSet{4, 10, 1, 4})}) {
        std::string bytes;
        encode(bytes, point);
        encode(bytes, Point::of(1));
        std::string_view from = bytes;
        EXPECT_EQ(decode_point(from, Detail::distribution), point);
        EXPECT_EQ(decode_point(from, Detail::figures), Point::of(1));
        EXPECT_TRUE(from.empty());
    }
}

TEST(PointTest, a_distribution_is_bounded) {
    Distribution all;
    for (int i = 0; i < 100'000; ++i) all.add(std::exp(i * 0.0005 - 20), 1);
    EXPECT_LE(all.pairs().size(), Distribution::pairs_max);
    double count = 0;
    for (const auto& pair : all.pairs()) count += pair.count;
    EXPECT_EQ(count, 100'000);
}

class RollUpTest : public services::ServiceTest {
protected:
    RollUpTest() {
        clock.advance(floor_to(clock.now(), base::Days{30}) + base::Days{31} - clock.now());
    }
    void put(base::Time time, double value, Resolution resolution = Resolution::minute) {
        ASSERT_TRUE(metrics.publish("1", "r",
                                    {{.metric_namespace = "n",
                                      .name = "m",
                                      .dimensions = {},
                                      .unit = "Count",
                                      .time = time,
                                      .values = {{value}},
                                      .statistics = {},
                                      .resolution = resolution}}));
    }
    void roll_all() {
        for (int i = 0; i < 3; ++i) {
            const auto rest = roll_up.reconcile();
            ASSERT_TRUE(rest) << rest.error().message;
        }
    }
    Periods read(base::Millis back, base::Seconds period) {
        return read_periods(*store.read(), {"1", "r"}, {"n", "m", {}}, std::nullopt,
                            {{floor_to(clock.now() - back, period), clock.now()}, period},
                            Detail::distribution)
            .value();
    }
    std::size_t keys(std::string_view table) {
        std::size_t count = 0;
        const std::string prefix = store::key({table});
        EXPECT_TRUE(store.read()->scan(prefix, store::prefix_end(prefix), store::Direction::forward,
                                       [&](std::string_view, std::string_view) {
                                           ++count;
                                           return store::Step::next;
                                       }));
        return count;
    }
    Metrics metrics{store};
    RollUp roll_up{store, clock};
};

TEST_F(RollUpTest, points_are_packed_and_read_the_same) {
    for (int i = 0; i < 300; ++i) put(clock.now() - std::chrono::minutes{i}, i);
    const Periods before = read(std::chrono::hours{6}, base::Seconds{60});
    ASSERT_EQ(before.size(), 299u);  // The current minute is not over.
    roll_all();
    EXPECT_LT(keys("cloudwatch/fresh"), 62u);
    EXPECT_LE(keys("cloudwatch/1m"), 2u);
    EXPECT_EQ(read(std::chrono::hours{6}, base::Seconds{60}), before);
}

TEST_F(RollUpTest, old_points_get_coarser_and_vanish) {
    for (int i = 0; i < 300; ++i) put(clock.now() - std::chrono::minutes{i}, 1);
    roll_all();
    clock.advance(base::Days{17});
    roll_all();
    EXPECT_EQ(keys("cloudwatch/1m"), 0u);
    auto found = read(base::Days{18}, base::Seconds{300});
    EXPECT_NEAR(static_cast<double>(found.size()), 60, 1);
    EXPECT_EQ(std::next(found.begin())->second.count, 5);
    clock.advance(base::Days{50});
    roll_all();
    EXPECT_EQ(keys("cloudwatch/5m"), 0u);
    EXPECT_EQ(read(base::Days{70}, base::Seconds{3600}).size(), 6u);
    clock.advance(base::Days{450});
    roll_all();
    EXPECT_EQ(keys("cloudwatch/1h"), 0u);
    EXPECT_EQ(keys("cloudwatch/metric"), 0u);
    EXPECT_EQ(keys("cloudwatch/seen"), 0u);
}

TEST_F(RollUpTest, seconds_are_kept_for_three_hours) {
    for (int i = 0; i < 120; ++i) {
        put(clock.now() - std::chrono::minutes{10} + base::Seconds{i}, 1, Resolution::second);
    }
    roll_all();
    EXPECT_EQ(read(std::chrono::hours{1}, base::Seconds{1}).size(), 120u);
    clock.advance(std::chrono::hours{4});
    roll_all();
    EXPECT_EQ(keys("cloudwatch/fresh"), 0u);
    EXPECT_EQ(read(std::chrono::hours{5}, base::Seconds{60}).size(), 2u);
}

}  // namespace
}  // namespace stormglass::cloudwatch
