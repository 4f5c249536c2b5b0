#include "substrate/sim/databases_sim.h"

#include <gmock/gmock.h>

namespace stormglass::substrate {
namespace {

using ::testing::ElementsAre;
using Write = DatabasesSim::Write;

class DatabasesSimTest : public ::testing::Test {
protected:
    DatabasesSimTest() {
        first.id = "db-1";
        second.id = "db-2";
        for (const auto* spec : {&first, &second}) {
            EXPECT_TRUE(sim.create_data(*spec));
            EXPECT_TRUE(
                sim.start(*spec, spec == &first ? ServerRole::primary : ServerRole::standby));
        }
        EXPECT_TRUE(sim.replicate_from(second, first, "secret"));
        EXPECT_TRUE(sim.set_synchronous(first, Synchronous::on));
    }
    DatabasesSim sim;
    DatabaseServerSpec first, second;
};

TEST_F(DatabasesSimTest, WhatIsAcknowledgedIsOnTheStandbyWhenThePrimaryDies) {
    EXPECT_EQ(sim.write("db-1", 1), Write::acknowledged);
    sim.crash("db-1");
    EXPECT_TRUE(sim.promote(second));
    EXPECT_EQ(sim.write("db-2", 2), Write::acknowledged);
    EXPECT_THAT(sim.transactions("db-2"), ElementsAre(1, 2));
    EXPECT_TRUE(sim.start(first, ServerRole::standby));
    EXPECT_TRUE(sim.replicate_from(first, second, "secret"));
    EXPECT_THAT(sim.transactions("db-1"), ElementsAre(1, 2));
}

TEST_F(DatabasesSimTest, AWriteWaitsForALostStandbyUntilWaitingIsTurnedOff) {
    sim.crash("db-2");
    EXPECT_EQ(sim.write("db-1", 1), Write::waiting);
    EXPECT_THAT(sim.transactions("db-1"), ElementsAre());
    EXPECT_TRUE(sim.set_synchronous(first, Synchronous::off));
    EXPECT_THAT(sim.transactions("db-1"), ElementsAre(1));
}

TEST_F(DatabasesSimTest, AStandbyWithAHistoryOfItsOwnIsSaidToHaveDiverged) {
    EXPECT_TRUE(sim.set_synchronous(first, Synchronous::off));
    sim.cut_replication("db-2");
    sim.write("db-1", 1);
    EXPECT_TRUE(sim.promote(second));
    sim.write("db-2", 2);
    sim.crash("db-1");
    EXPECT_TRUE(sim.start(first, ServerRole::standby));
    EXPECT_EQ(sim.replicate_from(first, second, "secret").error().code, "Diverged");
    EXPECT_TRUE(sim.remove("db-1"));
    EXPECT_TRUE(sim.clone_data(second, first));
    EXPECT_TRUE(sim.start(first, ServerRole::standby));
    EXPECT_TRUE(sim.replicate_from(first, second, "secret"));
}

TEST_F(DatabasesSimTest, AHangingServerRunsButDoesNotAnswer) {
    sim.hang("db-1", DatabasesSim::Hangs::yes);
    EXPECT_TRUE(sim.observe(first)->running);
    EXPECT_FALSE(sim.observe(first)->answers);
    EXPECT_EQ(sim.write("db-1", 1), Write::refused);
    EXPECT_TRUE(sim.kill("db-1"));
    EXPECT_FALSE(sim.observe(first)->running);
}

TEST_F(DatabasesSimTest, ParametersThatNeedARestartArePendingUntilThen) {
    first.parameters = {{"back_log", "9"}, {"max_connections", "5"}};
    EXPECT_THAT(*sim.apply_parameters(first), ElementsAre("back_log"));
    EXPECT_EQ(sim.parameters_in_force("db-1").count("back_log"), 0u);
    EXPECT_TRUE(sim.stop("db-1"));
    EXPECT_TRUE(sim.start(first, ServerRole::primary));
    EXPECT_THAT(*sim.apply_parameters(first), ElementsAre());
}

}  // namespace
}  // namespace stormglass::substrate
