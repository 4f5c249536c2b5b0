// Alarm evaluation: AWS's two published tables of missing data, and properties.
#include "services/cloudwatch/evaluation.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace stormglass::cloudwatch {
namespace {

/// "0 - X": not breaching, missing, breaching; the newest last.
Range range_of(std::string_view text) {
    Range range;
    int minute = 0;
    for (const char c : text) {
        if (c == ' ') continue;
        const base::Time time{std::chrono::minutes{++minute}};
        range.push_back(c == '-' ? std::nullopt
                                 : std::optional<Datum>({time, c == 'X' ? 10.0 : 1.0, 1.0}));
    }
    return range;
}

AlarmRule rule(std::size_t m, std::size_t n, MissingData missing) {
    AlarmRule out;
    out.periods = n;
    out.points_to_alarm = m;
    out.threshold = 5;
    out.comparison = "GreaterThanThreshold";
    out.missing = missing;
    return out;
}

struct Row {
    const char* points;
    const char *missing, *ignore, *breaching, *not_breaching;
};

void check(std::size_t m, std::size_t n, const Row& row) {
    const std::pair<MissingData, const char*> columns[] = {
        {MissingData::missing, row.missing},
        {MissingData::ignore, row.ignore},
        {MissingData::breaching, row.breaching},
        {MissingData::not_breaching, row.not_breaching}};
    for (const auto& [missing, state] : columns) {
        const auto verdict = judge(rule(m, n, missing), range_of(row.points));
        EXPECT_EQ(verdict.state.value_or("kept"), state)
            << row.points << " column " << static_cast<int>(missing);
    }
}

constexpr const char* unknown = "INSUFFICIENT_DATA";

TEST(EvaluationTest, the_published_table_of_three_out_of_three) {
    for (const Row& row :
         {Row{"0 - X - X", "OK", "OK", "OK", "OK"}, Row{"0 - - - -", "OK", "OK", "OK", "OK"},
          Row{"- - - - -", unknown, "kept", "ALARM", "OK"},
          Row{"0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"},
          Row{"- - X - -", "ALARM", "kept", "ALARM", "OK"}}) {
        check(3, 3, row);
    }
}

TEST(EvaluationTest, the_published_table_of_two_out_of_three) {
    for (const Row& row :
         {Row{"0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"},
          Row{"0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"},
          Row{"0 - X - -", "OK", "OK", "ALARM", "OK"}, Row{"- - - - 0", "OK", "OK", "ALARM", "OK"},
          Row{"- - - X -", "ALARM", "kept", "ALARM", "OK"}}) {
        check(2, 3, row);
    }
}

TEST(EvaluationTest, a_single_fresh_breach_is_not_enough_while_older_points_are_missing) {
    for (const char* points : {"- - - - X", "- - - X -"}) {
        EXPECT_EQ(judge(rule(3, 3, MissingData::missing), range_of(points)).state, unknown);
    }
    EXPECT_EQ(judge(rule(3, 3, MissingData::missing), range_of("X - - - -")).state, "ALARM");
}

TEST(EvaluationTest, reasons_read_as_those_of_aws) {
    auto r = rule(1, 1, MissingData::missing);
    EXPECT_EQ(reason_of(r, judge(r, range_of("- - X"))),
              "Threshold Crossed: 1 datapoint [10.0 (01/01/70 00:03:00)] was greater than the "
              "threshold (5.0).");
    r = rule(2, 2, MissingData::breaching);
    EXPECT_EQ(reason_of(r, judge(r, range_of("- - - -"))),
              "Threshold Crossed: no datapoints were received for 2 periods and 2 missing "
              "datapoints were treated as [Breaching].");
    r = rule(2, 3, MissingData::missing);
    r.points_given = true;
    EXPECT_EQ(
        reason_of(r, judge(r, range_of("0 0 X 0 X"))),
        "Threshold Crossed: 2 out of the last 3 datapoints [10.0 (01/01/70 00:05:00), 10.0 "
        "(01/01/70 00:03:00)] were greater than the threshold (5.0) (minimum 2 datapoints for "
        "OK -> ALARM transition).");
    EXPECT_EQ(reason_of(r, judge(r, range_of("- - - - -"))),
              "Insufficient Data: 3 datapoints were unknown.");
}

TEST(EvaluationTest, percentiles_of_few_samples_may_be_ignored) {
    auto r = rule(1, 1, MissingData::missing);
    r.percentile = 99;
    Range range{Datum{{}, 10, 999}};
    EXPECT_EQ(judge(r, range).state, std::nullopt);
    range[0]->samples = 1000;
    EXPECT_EQ(judge(r, range).state, "ALARM");
    r.percentile = 10;
    range[0]->samples = 99;
    EXPECT_EQ(judge(r, range).state, std::nullopt);
}

TEST(EvaluationTest, operators) {
    auto r = rule(1, 1, MissingData::missing);
    r.comparison = "LessThanOrEqualToThreshold";
    EXPECT_TRUE(breaches(r, 5));
    EXPECT_FALSE(breaches(r, 5.1));
    r.comparison = "LessThanThreshold";
    EXPECT_FALSE(breaches(r, 5));
    r.comparison = "GreaterThanOrEqualToThreshold";
    EXPECT_TRUE(breaches(r, 5));
}

/// Random ranges, settings of M and N; the seed repeats.
template <class Check>
void for_random_ranges(Check check) {
    base::SeededRandom random(7);
    const auto below = [&](std::size_t most) {
        return static_cast<std::size_t>(static_cast<unsigned char>(random.bytes(1)[0])) % most;
    };
    for (int i = 0; i < 2000; ++i) {
        const std::size_t n = 1 + below(5), m = 1 + below(n);
        std::string text;
        while (text.size() < n + 2) text += "0X-"[below(3)];
        check(m, n, range_of(text));
    }
}

constexpr MissingData every_setting[] = {MissingData::missing, MissingData::ignore,
                                         MissingData::breaching, MissingData::not_breaching};

TEST(EvaluationProperty, enough_real_points_make_the_setting_not_matter) {
    for_random_ranges([](std::size_t m, std::size_t n, const Range& range) {
        std::vector<double> real;
        for (const auto& one : range) {
            if (one) real.push_back(one->value);
        }
        if (real.size() < n) return;
        const auto breaching =
            std::count(real.end() - static_cast<std::ptrdiff_t>(n), real.end(), 10.0);
        const char* expected = static_cast<std::size_t>(breaching) >= m ? "ALARM" : "OK";
        for (const auto missing : every_setting) {
            EXPECT_EQ(judge(rule(m, n, missing), range).state, expected);
        }
    });
}

TEST(EvaluationProperty, settings_order_the_states) {
    for_random_ranges([](std::size_t m, std::size_t n, const Range& range) {
        const auto state = [&](MissingData missing) {
            return judge(rule(m, n, missing), range).state.value_or("kept");
        };
        // Whoever alarms although missing points are good, alarms in any case.
        if (state(MissingData::not_breaching) == "ALARM") {
            EXPECT_EQ(state(MissingData::breaching), "ALARM");
            EXPECT_EQ(state(MissingData::missing), "ALARM");
        }
        if (state(MissingData::breaching) == "OK") {
            EXPECT_EQ(state(MissingData::not_breaching), "OK");
        }
    });
}

}  // namespace
}  // namespace stormglass::cloudwatch
