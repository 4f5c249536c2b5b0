// Metric math and SEARCH over given series.
#include "services/cloudwatch/math.h"

#include <gmock/gmock.h>

#include "services/cloudwatch/search.h"

namespace stormglass::cloudwatch {
namespace {

base::Time at(int minute) { return base::Time{std::chrono::minutes{minute}}; }

TimeSeries series(std::map<int, double> values) {
    TimeSeries out;
    for (const auto& [minute, value] : values) out.values[at(minute)] = value;
    return out;
}

MathWorld world() {
    MathWorld out;
    out.grid = {{at(0), at(4)}, base::Seconds{60}};
    out.named = [](const std::string& id) -> Result<MathValue> {
        if (id == "m1") return series({{0, 1}, {1, 2}, {3, 4}});
        if (id == "m2") return series({{0, 10}, {1, 0}, {2, 30}});
        return aws_error("ValidationError", "unknown");
    };
    out.metrics = [](const std::string&) -> Result<SeriesList> {
        return SeriesList{series({{0, 1}, {1, 2}, {3, 4}}), series({{0, 10}, {1, 0}, {2, 30}})};
    };
    return out;
}

/// The values by minute.
std::map<int, double> computed(const char* expression) {
    const auto tree = parse_math(expression);
    EXPECT_TRUE(tree) << expression << ": " << tree.error().message;
    const auto value = evaluate(*tree, world());
    EXPECT_TRUE(value) << expression << ": " << value.error().message;
    std::map<int, double> out;
    if (const auto* number = std::get_if<double>(&*value)) out[-1] = *number;
    if (const auto* one = std::get_if<TimeSeries>(&*value)) {
        for (const auto& [time, v] : one->values) {
            out[static_cast<int>(time.time_since_epoch() / std::chrono::minutes{1})] = v;
        }
    }
    return out;
}

using Expected = std::map<int, double>;

TEST(MathTest, arithmetic_is_where_both_have_values) {
    EXPECT_EQ(computed("m1 + m2 * 2"), (Expected{{0, 21}, {1, 2}}));
    EXPECT_EQ(computed("m1 / m2"), (Expected{{0, 0.1}}));
    EXPECT_EQ(computed("-(m1 - 1) ^ 2"), (Expected{{0, 0}, {1, -1}, {3, -9}}));
    EXPECT_EQ(computed("m1 > 1 && m1 < 4"), (Expected{{0, 0}, {1, 1}, {3, 0}}));
}

TEST(MathTest, functions) {
    EXPECT_EQ(computed("SUM(METRICS())"), (Expected{{0, 11}, {1, 2}, {2, 30}, {3, 4}}));
    EXPECT_EQ(computed("MAX([m1, m2])"), (Expected{{0, 10}, {1, 2}, {2, 30}, {3, 4}}));
    EXPECT_EQ(computed("AVG(m2)"), (Expected{{-1, 40.0 / 3}}));
    EXPECT_EQ(computed("FILL(m1, 0)"), (Expected{{0, 1}, {1, 2}, {2, 0}, {3, 4}}));
    EXPECT_EQ(computed("FILL(m1, REPEAT)"), (Expected{{0, 1}, {1, 2}, {2, 2}, {3, 4}}));
    EXPECT_EQ(computed("FILL(m1, LINEAR)"), (Expected{{0, 1}, {1, 2}, {2, 3}, {3, 4}}));
    EXPECT_EQ(computed("IF(m1 > 1, m1, 0)"), (Expected{{0, 0}, {1, 2}, {3, 4}}));
    EXPECT_EQ(computed("IF(m1 > 1, m1)"), (Expected{{1, 2}, {3, 4}}));
    EXPECT_EQ(computed("DIFF(m1)"), (Expected{{1, 1}, {3, 2}}));
    EXPECT_EQ(computed("RATE(m1) * 60"), (Expected{{1, 1}, {3, 1}}));
    EXPECT_EQ(computed("RUNNING_SUM(m1)"), (Expected{{0, 1}, {1, 3}, {3, 7}}));
    EXPECT_EQ(computed("m1 / PERIOD(m1) * 60"), (Expected{{0, 1}, {1, 2}, {3, 4}}));
    EXPECT_EQ(computed("METRIC_COUNT(METRICS())"), (Expected{{-1, 2}}));
    EXPECT_EQ(computed("CEIL(m1 / 2)"), (Expected{{0, 1}, {1, 1}, {3, 2}}));
    EXPECT_EQ(computed("FIRST(SORT(METRICS(), MAX, DESC))"), (Expected{{0, 10}, {1, 0}, {2, 30}}));
}

TEST(MathTest, what_makes_no_sense_says_why) {
    for (const char* bad : {"m1 +", "(m1", "FOO(m1", "m1 m2", "", "\"x", "1 +* 2"}) {
        EXPECT_FALSE(parse_math(bad)) << bad;
    }
    const auto refused = evaluate(*parse_math("ANOMALY_DETECTION_BAND(m1)"), world());
    EXPECT_THAT(refused.error().message, testing::HasSubstr("does not support"));
    EXPECT_FALSE(evaluate(*parse_math("NOSUCH(m1)"), world()));
    EXPECT_FALSE(parse_math(std::string(1000, '(')));
}

TEST(SearchTest, terms_properties_and_schemas) {
    const Metric metric{"AWS/EC2", "CPUUtilization", {{"InstanceId", "i-0abc"}}};
    const auto matches = [&](const char* text) {
        const auto search = MetricSearch::parse(text);
        EXPECT_TRUE(search) << text;
        return search && search->matches(metric);
    };
    EXPECT_TRUE(matches(R"({AWS/EC2,InstanceId} MetricName="CPUUtilization")"));
    EXPECT_TRUE(matches("{AWS/EC2,InstanceId} cpu i-0a"));
    EXPECT_TRUE(matches("cpu (nothing OR 0abc) NOT rds"));
    EXPECT_TRUE(matches(R"(InstanceId=("i-1" OR "i-0abc"))"));
    EXPECT_FALSE(matches("{AWS/EC2} cpu"));
    EXPECT_FALSE(matches("{AWS/RDS,InstanceId} cpu"));
    EXPECT_FALSE(matches(R"(MetricName="CPU")"));
    EXPECT_FALSE(matches("NOT cpu"));
    EXPECT_FALSE(MetricSearch::parse("(cpu"));
}

}  // namespace
}  // namespace stormglass::cloudwatch
