#include "app/gameday/script.h"

#include <gtest/gtest.h>

namespace stormglass::gameday {
namespace {

std::string trouble(const char* text) {
    const auto script = parse_script(text);
    return script ? "accepted" : script.error().message;
}

TEST(GamedayScript, AWholeScriptIsRead) {
    const auto script = parse_script(R"({"name": "One zone", "duration_s": 30, "load": {"readers": 2},
        "steps": [{"at_s": 20, "do": "az-restore", "zone": "a"}, {"at_s": 5, "do": "az-fail", "zone": "a"}],
        "objectives": {"availability_percent": 99.5, "lost_writes": 0}})");
    ASSERT_TRUE(script) << script.error().message;
    EXPECT_EQ(script->load.readers, 2);
    ASSERT_EQ(script->steps.size(), 2u);
    EXPECT_EQ(script->steps[0].title, "az-fail a") << "steps are in the order of time";
    EXPECT_EQ(script->objectives.availability_percent, 99.5);
    EXPECT_EQ(script->objectives.lost_writes, 0);
    EXPECT_FALSE(script->objectives.recovery_s);
}

TEST(GamedayScript, WhatIsWrongIsNamedWithItsPlace) {
    EXPECT_EQ(trouble(R"({"name": "x", "steps": [{"at_s": 1, "do": "az-fail"}]})"), "steps[0].zone: is missing");
    EXPECT_EQ(trouble(R"({"name": "x", "steps": [{"at_s": 1, "do": "kill-database", "role": "both"}]})"),
              "steps[0].role: must be primary or standby");
    EXPECT_NE(trouble(R"({"name": "x", "steps": [{"at_s": 1, "do": "az-fial"}]})").find("no such action"), std::string::npos);
    EXPECT_EQ(trouble(R"({"name": "x", "duration_s": 10, "steps": [{"at_s": 11, "do": "kill-daemon"}]})"),
              "steps[0].at_s: must be a number from 0 to 10");
    EXPECT_EQ(trouble(R"({"name": "x", "load": {"readers": 0, "writers": 0}})"),
              "load: without readers and writers there is nothing to measure");
}

TEST(GamedayScript, AMistypedObjectiveIsAnErrorAndNotAnObjectiveMet) {
    EXPECT_EQ(trouble(R"({"name": "x", "objectives": {"availabilty_percent": 99}})"),
              "objectives: unknown member \"availabilty_percent\"");
}

}  // namespace
}  // namespace stormglass::gameday
