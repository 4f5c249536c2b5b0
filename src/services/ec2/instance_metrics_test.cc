// What instances use becomes AWS/EC2's metrics.
#include "services/ec2/instance_metrics.h"

#include <gtest/gtest.h>

#include "services/common/testing.h"

namespace stormglass::ec2 {
namespace {

/// Instances that are only ever asked what they use.
class UsedInstances final : public substrate::Instances {
public:
    double cpu_seconds = 0;
    Result<substrate::ResourceUsage> usage(const std::string&) override {
        return substrate::ResourceUsage{.cpu_seconds = cpu_seconds};
    }
    Result<substrate::InstanceState> launch(const substrate::InstanceSpec&) override { return none(); }
    Result<substrate::InstanceState> observe(const std::string&) override { return none(); }
    Result<void> halt(const std::string&, substrate::Halt, std::chrono::milliseconds) override {
        return none();
    }
    Result<void> remove(const std::string&) override { return none(); }
    Result<std::vector<std::string>> list() override { return none(); }
    Result<std::string> console(const std::string&) override { return none(); }
    Result<void> forget(const std::string&) override { return none(); }
    Result<void> remove_everything() override { return none(); }

private:
    static Unexpected none() { return fail(Domain::system, "Fake", "not in this test"); }
};

class FixedCounters final : public HostCounters {
public:
    InstanceCounters now;
    void refresh() override {}
    std::optional<InstanceCounters> read(const std::string&, int) override { return now; }
};

class FixedGroups final : public services::GroupFigureSource {
public:
    Result<std::vector<services::GroupFigures>> group_figures(store::Tx&, base::Time) override {
        return std::vector<services::GroupFigures>{{"123456789012", "us-east-1", "web", {}, {"i-1"}}};
    }
};

class InstanceMetricsTest : public services::ServiceTest {
protected:
    void put_instance(bool detailed) {
        Instance instance;
        instance.id = "i-1";
        instance.type = "t3.micro";
        instance.state = "running";
        instance.zone = "us-east-1a";
        instance.monitoring = detailed;
        auto r = request();
        instances.table.put(r->tx(), {r->account, r->region, "i-1"}, instance);
        ASSERT_TRUE(r->commit());
        observed.set_instances({{"i-1", 42}});
    }
    /// The minute that begins at `minute`, measured at its end.
    std::vector<cloudwatch::Sample> look(int minute) {
        clock.advance(base::Seconds{60});
        const auto all = metrics.measure(base::Time{std::chrono::minutes{minute}});
        EXPECT_TRUE(all);
        return all->at(0).samples;
    }
    static std::vector<cloudwatch::Sample> named(const std::vector<cloudwatch::Sample>& all,
                                                 const std::string& name,
                                                 const std::string& dimension = "InstanceId") {
        std::vector<cloudwatch::Sample> found;
        for (const auto& one : all) {
            if (one.name == name && !one.dimensions.empty() && one.dimensions[0].first == dimension) {
                found.push_back(one);
            }
        }
        return found;
    }
    UsedInstances used;
    FixedCounters counters;
    FixedGroups groups;
    Observed observed;
    InstanceMetrics metrics{{.store = store, .wall_clock = clock, .instances = used,
                             .observed = observed, .groups = &groups, .counters = &counters}};
};

TEST_F(InstanceMetricsTest, detailed_monitoring_has_a_point_a_minute) {
    put_instance(true);
    EXPECT_TRUE(named(look(1), "CPUUtilization").empty()) << "a rate needs two looks";
    used.cpu_seconds = 60;  // One of the two processors of a t3.micro, all the time.
    counters.now.network_in = 1000;
    const auto all = look(2);
    const auto cpu = named(all, "CPUUtilization");
    ASSERT_EQ(cpu.size(), 1u);
    EXPECT_NEAR(cpu[0].values.at(0).value, 50, 1e-9);
    EXPECT_EQ(cpu[0].time, base::Time{std::chrono::minutes{2}});
    EXPECT_EQ(named(all, "NetworkIn").at(0).values.at(0).value, 1000);
    EXPECT_EQ(named(all, "CPUUtilization", "AutoScalingGroupName").size(), 1u);
    EXPECT_EQ(named(all, "CPUUtilization", "InstanceType").size(), 1u);
    EXPECT_EQ(named(all, "StatusCheckFailed").at(0).values.at(0).value, 0);
}

TEST_F(InstanceMetricsTest, basic_monitoring_has_five_samples_every_five_minutes) {
    put_instance(false);
    for (int minute = 4; minute < 9; ++minute) {
        EXPECT_TRUE(named(look(minute), "CPUUtilization").empty()) << minute;
        used.cpu_seconds += 12;
    }
    const auto cpu = named(look(9), "CPUUtilization");
    ASSERT_EQ(cpu.size(), 1u);
    EXPECT_EQ(cpu[0].values.size(), 5u);
    EXPECT_EQ(cpu[0].time, base::Time{std::chrono::minutes{5}});
}

TEST_F(InstanceMetricsTest, an_instance_that_hangs_fails_its_status_check) {
    put_instance(false);
    observed.set_instances({{"i-1", 42}}, {"i-1"});
    const auto all = look(1);
    EXPECT_EQ(named(all, "StatusCheckFailed_Instance").at(0).values.at(0).value, 1);
    EXPECT_EQ(named(all, "StatusCheckFailed_System").at(0).values.at(0).value, 0);
}

}  // namespace
}  // namespace stormglass::ec2
