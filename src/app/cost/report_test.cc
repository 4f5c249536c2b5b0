// The figures of a cost report.
#include "app/cost/report.h"

#include <gtest/gtest.h>

#include "app/cost/prices.h"

namespace stormglass::app::cost {
namespace {

base::Time at(int hours) { return base::Time{} + base::Seconds(1'000'000'000) + base::Seconds(3600 * hours); }

TEST(Cost, averages_and_peaks_come_from_the_stays_of_instances) {
    const auto scaling = scaling_of({.group = "web", .hourly_each = 0.01, .min_size = 2, .max_size = 6,
                                     .stays = {{at(0), at(10)}, {at(0), at(10)}, {at(4), at(6)}, {at(6), at(8)}}});
    EXPECT_DOUBLE_EQ(scaling.hours, 10);
    EXPECT_DOUBLE_EQ(scaling.average, 2.4);
    EXPECT_EQ(scaling.peak, 3);  // One ends as another begins.
    EXPECT_DOUBLE_EQ(scaling.hourly_as_scaled, 0.024);
    EXPECT_DOUBLE_EQ(scaling.hourly_at_max, 0.06);
}

TEST(Cost, a_group_without_history_has_no_figures) {
    EXPECT_EQ(scaling_of({.group = "web"}).peak, 0);
    EXPECT_EQ(scaling_of({.group = "web"}).average, 0);
}

TEST(Cost, lines_add_up_and_what_has_no_price_is_said) {
    const Inventory inventory{.lines = {{.service = "EC2", .what = "t3.micro instances, On-Demand", .count = 2,
                                         .hourly_each = 0.0104, .resources = {"i-1", "i-2"}},
                                        {.service = "EC2", .what = "x9.odd instances, On-Demand", .count = 1,
                                         .is_known = false},
                                        {.service = "RDS", .what = "db.t3.micro MySQL, Multi-AZ", .count = 1,
                                         .hourly_each = 0.034}},
                              .groups = {}};
    const auto report = report_json(inventory);
    EXPECT_NEAR(report["hourly_usd"].get<double>(), 0.0548, 1e-9);
    EXPECT_NEAR(report["monthly_usd"].get<double>(), 0.0548 * hours_a_month, 1e-6);
    EXPECT_EQ(report["choices"].size(), 3u);
    EXPECT_NEAR(report["choices"][0]["saves_monthly_usd"].get<double>(), 0.0208 * 0.65 * 730, 1e-6);
    const auto text = report_text(report);
    EXPECT_NE(text.find("no price"), std::string::npos);
    EXPECT_NE(text.find("Left out:"), std::string::npos);
}

TEST(Cost, the_table_knows_what_the_reference_stack_runs_on) {
    EXPECT_DOUBLE_EQ(instance_price("t3.micro").value_or(0), 0.0104);
    EXPECT_DOUBLE_EQ(database_price("db.t3.micro").value_or(0), 0.017);
    EXPECT_FALSE(instance_price("x9.odd"));
}

}  // namespace
}  // namespace stormglass::app::cost
