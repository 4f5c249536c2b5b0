#include "app/gameday/analysis.h"

#include <gtest/gtest.h>

namespace stormglass::gameday {
namespace {

Sample read_at(double at_s, const char* error = "") { return {.kind = Kind::read, .at_s = at_s, .latency_s = 0.01, .error = error}; }
Sample write_at(double at_s, const char* error = "") { return {.kind = Kind::write, .at_s = at_s, .latency_s = 0.01, .error = error}; }

Script script_with(const Objectives& goals) {
    Script script;
    script.name = "test";
    script.objectives = goals;
    return script;
}

/// Ten seconds with a write each half second, none between 4 and 6, and a failed read at 4.5.
std::vector<Sample> an_outage() {
    std::vector<Sample> samples;
    for (double at = 0.5; at <= 4; at += 0.5) samples.push_back(write_at(at));
    samples.push_back(read_at(4.5, "HTTP 502"));
    for (double at = 6; at < 10; at += 0.5) samples.push_back(write_at(at));
    return samples;
}

TEST(GamedayAnalysis, RecoveryIsTheTimeFromTheStepToItsLastFailedRequest) {
    const auto report = analyse(script_with({}), an_outage(), {{.at_s = 4, .title = "kill"}, {.at_s = 8, .title = "restore"}}, 0, 10);
    ASSERT_EQ(report.steps.size(), 2u);
    EXPECT_DOUBLE_EQ(report.steps[0].recovery_s, 0.5);
    EXPECT_EQ(report.steps[0].failed, 1);
    EXPECT_DOUBLE_EQ(report.steps[0].write_gap_s, 2.0);
    EXPECT_EQ(report.steps[1].failed, 0);
    EXPECT_EQ(report.failed_seconds, 1);
    EXPECT_EQ(report.errors.at("read: HTTP 502"), 1);
}

TEST(GamedayAnalysis, ObjectivesAreMetAtTheirBoundAndMissedBeyondIt) {
    EXPECT_TRUE(analyse(script_with({.recovery_s = 0.5, .write_gap_s = 2}), an_outage(), {{.at_s = 4}}, 0, 10).passed());
    EXPECT_FALSE(analyse(script_with({.recovery_s = 0.4}), an_outage(), {{.at_s = 4}}, 0, 10).passed());
    EXPECT_FALSE(analyse(script_with({.write_gap_s = 1.9}), an_outage(), {{.at_s = 4}}, 0, 10).passed());
    EXPECT_FALSE(analyse(script_with({.availability_percent = 99}), an_outage(), {}, 0, 10).passed());
    EXPECT_FALSE(analyse(script_with({.lost_writes = 0}), an_outage(), {}, 1, 10).passed());
}

TEST(GamedayAnalysis, WhatCouldNotBeFoundOutIsNotMet) {
    EXPECT_FALSE(analyse(script_with({.lost_writes = 5}), an_outage(), {}, std::nullopt, 10).passed());
    EXPECT_FALSE(analyse(script_with({}), {}, {}, 0, 10).passed()) << "no load, no verdict";
    EXPECT_FALSE(analyse(script_with({}), an_outage(), {{.at_s = 1, .trouble = "no such zone"}}, 0, 10).passed());
}

TEST(GamedayAnalysis, AWriteThatNeverCameBackIsAGapToTheEnd) {
    const auto report = analyse(script_with({}), {write_at(1), write_at(2, "timeout")}, {}, 0, 10);
    EXPECT_DOUBLE_EQ(report.write_gap_s, 9.0);
}

TEST(GamedayAnalysis, TheHtmlReportEscapesAndNeedsNothingFromOutside) {
    Script script = script_with({.availability_percent = 50});
    script.name = "<b>zone & co</b>";
    const auto html = report_html(analyse(script, an_outage(), {{.at_s = 4, .title = "kill"}}, 0, 10));
    EXPECT_NE(html.find("&lt;b&gt;zone &amp; co&lt;/b&gt;"), std::string::npos);
    EXPECT_EQ(html.find("http"), std::string::npos);
    EXPECT_NE(html.find("<svg"), std::string::npos);
}

}  // namespace
}  // namespace stormglass::gameday
