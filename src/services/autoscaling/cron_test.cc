#include "services/autoscaling/cron.h"

#include <gtest/gtest.h>

namespace stormglass::autoscaling {
namespace {

base::Time at(std::string_view text) { return base::parse_time(text).value(); }

std::string next(std::string_view cron, std::string_view after, const std::string& zone = "UTC") {
    const auto parsed = Cron::parse(cron);
    const auto place = TimeZone::load(zone);
    if (!parsed || !place) return "refused";
    const auto found = parsed->next(at(after), *place);
    return found ? base::iso8601_seconds(*found) : "never";
}

TEST(Cron, fields_mean_what_they_mean_in_every_cron) {
    EXPECT_EQ(next("30 18 * * *", "2026-11-24T10:00:00Z"), "2026-11-24T18:30:00Z");
    EXPECT_EQ(next("30 18 * * *", "2026-11-24T18:30:00Z"), "2026-11-25T18:30:00Z");
    EXPECT_EQ(next("*/20 * * * *", "2026-11-24T10:21:30Z"), "2026-11-24T10:40:00Z");
    EXPECT_EQ(next("0 9 * * MON-FRI", "2026-11-27T09:00:00Z"), "2026-11-30T09:00:00Z");
    EXPECT_EQ(next("0 0 1 1,6,12 *", "2026-11-24T10:00:00Z"), "2026-12-01T00:00:00Z");
    EXPECT_EQ(next("5/15 3 * * *", "2026-11-24T03:06:00Z"), "2026-11-24T03:20:00Z");
    EXPECT_EQ(next("0 0 * * 7", "2026-11-24T10:00:00Z"), "2026-11-29T00:00:00Z");
    EXPECT_EQ(next("0 0 29 2 *", "2026-11-24T10:00:00Z"), "2028-02-29T00:00:00Z");
}

TEST(Cron, a_day_of_the_month_and_a_weekday_together_mean_either) {
    EXPECT_EQ(next("0 0 13 * FRI", "2026-11-24T10:00:00Z"), "2026-11-27T00:00:00Z");
    EXPECT_EQ(next("0 0 25 * FRI", "2026-11-24T10:00:00Z"), "2026-11-25T00:00:00Z");
}

TEST(Cron, what_never_comes_is_never) {
    EXPECT_EQ(next("0 0 30 2 *", "2026-11-24T10:00:00Z"), "never");
}

TEST(Cron, what_is_no_recurrence_is_refused) {
    for (const auto* text : {"", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "x * * * *",
                             "*/0 * * * *", "5-1 * * * *", "* * * * * *", "1, * * * *"}) {
        EXPECT_FALSE(Cron::parse(text).has_value()) << text;
    }
}

TEST(Cron, a_time_zone_moves_the_hour_with_summer_time) {
    EXPECT_EQ(next("0 9 * * *", "2026-01-10T12:00:00Z", "Europe/Berlin"), "2026-01-11T08:00:00Z");
    EXPECT_EQ(next("0 9 * * *", "2026-07-10T12:00:00Z", "Europe/Berlin"), "2026-07-11T07:00:00Z");
    EXPECT_EQ(next("0 9 * * *", "2026-07-10T12:00:00Z", "Nowhere/Atall"), "refused");
    EXPECT_EQ(next("0 9 * * *", "2026-07-10T12:00:00Z", "../passwd"), "refused");
}

TEST(Cron, an_hour_that_clocks_skip_or_show_twice_is_met_once) {
    // 29 March 2026: 02:00 to 03:00 is not there. 25 October: it is there twice.
    EXPECT_EQ(next("30 2 * * *", "2026-03-28T12:00:00Z", "Europe/Berlin"), "2026-03-29T01:30:00Z");
    EXPECT_EQ(next("30 2 * * *", "2026-03-29T01:30:00Z", "Europe/Berlin"), "2026-03-30T00:30:00Z");
    EXPECT_EQ(next("30 2 * * *", "2026-10-24T12:00:00Z", "Europe/Berlin"), "2026-10-25T00:30:00Z");
    EXPECT_EQ(next("30 2 * * *", "2026-10-25T00:30:00Z", "Europe/Berlin"), "2026-10-26T01:30:00Z");
}

}  // namespace
}  // namespace stormglass::autoscaling
