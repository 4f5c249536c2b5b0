// The simulated network keeps the contract, and fails when told to.
#include "substrate/sim/network_sim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stormglass::substrate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

VpcSpec small_vpc() {
    VpcSpec vpc;
    vpc.id = "vpc-1";
    vpc.cidrs = {"10.0.0.0/16"};
    vpc.acls = {{"acl-1", {}, {}}};
    vpc.subnets = {{"subnet-1", "10.0.1.0/24", "us-east-1a", "acl-1", {}}};
    vpc.interfaces = {{"eni-1", "i-1", "subnet-1", "10.0.1.10", "02:00:00:00:00:01", {}, {}}};
    return vpc;
}

TEST(NetworkSim, ShowsWhatWasAppliedAndForgetsWhatWasRemoved) {
    NetworkSim network;
    ASSERT_TRUE(network.apply(small_vpc()).has_value());
    EXPECT_THAT(*network.observed_vpcs(), ElementsAre("vpc-1"));
    EXPECT_THAT(*network.observed_interfaces("vpc-1"), ElementsAre("eni-1"));
    ASSERT_TRUE(network.apply_backplane({{"i-1", "100.64.0.1"}}).has_value());
    EXPECT_FALSE(network.apply_backplane({{"i-2", "100.64.0.1"}}).has_value());
    ASSERT_TRUE(network.remove_vpc("vpc-1").has_value());
    EXPECT_THAT(*network.observed_vpcs(), IsEmpty());
    EXPECT_THAT(network.attachments(), IsEmpty());
}

TEST(NetworkSim, RefusesWhatTheRealNetworkRefuses) {
    NetworkSim network;
    auto vpc = small_vpc();
    vpc.interfaces[0].address = "10.9.9.9";
    EXPECT_FALSE(network.apply(vpc).has_value());
}

TEST(NetworkSim, AFaultHalfWayLeavesTheVpcWithoutItsInterfaces) {
    bool failing = true;
    NetworkSim network([&](std::string_view call, std::string_view) -> Result<void> {
        if (failing && call == "network.apply.half") return fail(Domain::system, "Fault", "crash");
        return {};
    });
    EXPECT_FALSE(network.apply(small_vpc()).has_value());
    EXPECT_THAT(*network.observed_vpcs(), ElementsAre("vpc-1"));
    EXPECT_THAT(*network.observed_interfaces("vpc-1"), IsEmpty());
    failing = false;
    EXPECT_TRUE(network.apply(small_vpc()).has_value());
    EXPECT_THAT(*network.observed_interfaces("vpc-1"), ElementsAre("eni-1"));
    network.lose_interface("vpc-1", "eni-1");
    EXPECT_THAT(*network.observed_interfaces("vpc-1"), IsEmpty());
}

}  // namespace
}  // namespace stormglass::substrate
