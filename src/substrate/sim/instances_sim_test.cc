#include "substrate/sim/instances_sim.h"

#include <gtest/gtest.h>

namespace stormglass::substrate {
namespace {

InstanceSpec spec() { return {.id = "i-1", .user_data = "#!/bin/sh\ntrue\n"}; }

TEST(InstancesSim, ALaterBootKeepsTheWritableLayer) {
    InstancesSim instances;
    ASSERT_EQ(instances.launch(spec())->phase, InstancePhase::running);
    ASSERT_TRUE(instances.halt("i-1", Halt::graceful));
    EXPECT_EQ(instances.observe("i-1")->exit_status, 0);
    ASSERT_TRUE(instances.launch(spec()));
    EXPECT_EQ(instances.boots("i-1"), 2);
    EXPECT_EQ(instances.console("i-1"), "i-1: first boot\ni-1: boot\n");
}

TEST(InstancesSim, ARemovedInstanceIsAbsentButKeepsItsConsoleUntilForgotten) {
    InstancesSim instances;
    ASSERT_TRUE(instances.launch(spec()));
    ASSERT_TRUE(instances.remove("i-1"));
    EXPECT_EQ(instances.observe("i-1")->phase, InstancePhase::absent);
    EXPECT_TRUE(instances.list()->empty());
    EXPECT_FALSE(instances.console("i-1")->empty());
    ASSERT_TRUE(instances.forget("i-1"));
    EXPECT_TRUE(instances.console("i-1")->empty());
}

TEST(InstancesSim, ACrashedInstanceHasExitedWithoutAStatus) {
    InstancesSim instances;
    ASSERT_TRUE(instances.launch(spec()));
    instances.crash("i-1");
    EXPECT_EQ(instances.observe("i-1")->phase, InstancePhase::exited);
    EXPECT_FALSE(instances.observe("i-1")->exit_status);
    EXPECT_FALSE(instances.usage("i-1"));
}

TEST(InstancesSim, ALaunchMayHappenAndStillBeReportedAsFailed) {
    InstancesSim instances([](std::string_view call, std::string_view) -> Result<void> {
        if (call == "instances.launch.half") return fail(Domain::system, "sim", "half way");
        return {};
    });
    EXPECT_FALSE(instances.launch(spec()));
    EXPECT_EQ(instances.observe("i-1")->phase, InstancePhase::running);
}

}  // namespace
}  // namespace stormglass::substrate
