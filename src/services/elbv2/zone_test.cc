// Nodes that die, hang or lose their zone, over simulated processes.
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "planes/front_door/config.h"
#include "services/elbv2/node_watch.h"
#include "services/elbv2/testing.h"
#include "services/elbv2/zone_power.h"
#include "substrate/sim/network_sim.h"
#include "substrate/sim/processes_sim.h"

namespace stormglass::elbv2 {
namespace {

class Elbv2ZoneTest : public Elbv2Test {
protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() /
                  fmt::format("elbv2-zone-test-{}-{}", ::getpid(), random.hex(6));
        realm_ = {"abc123", folder_ + "/data", folder_ + "/run", "/bin/stormglass"};
        std::filesystem::create_directories(realm_.data_dir);
        reconciler_ = std::make_unique<Reconciler>(
            ReconcilerParts{store, clock, clock, timeline, network_, processes_, realm_, ec2,
                            interfaces_, nullptr, observed, 8080, 8443});
        watch_ = std::make_unique<NodeWatch>(NodeWatchParts{
            store, clock, clock, timeline, network_, processes_, realm_, interfaces_});
        ec2.instance_states = {{"i-1", "running"}};  // In zone a.
        const auto balancer = balancer_arn();
        group_ = group_arn();
        listener_arn(balancer, group_);
        ASSERT_TRUE(register_instance(group_, "i-1"));
        pass();
        report();
        pass();
        look();
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    void pass() {
        const auto outcome = reconciler_->reconcile();
        ASSERT_TRUE(outcome) << outcome.error().message;
    }
    void look(int times = 1) {
        for (int i = 0; i < times; ++i) {
            const auto outcome = watch_->reconcile();
            ASSERT_TRUE(outcome) << outcome.error().message;
            clock.advance(*outcome);
        }
    }
    /// As look(), while every node that runs reports.
    void live(int times) {
        for (int i = 0; i < times; ++i) {
            report();
            look();
        }
    }
    std::string node_in(const std::string& zone) {
        for (const auto& [name, pid] : processes_.running()) {
            if (name.starts_with("lb-") && name.ends_with(zone)) return name;
        }
        return {};
    }
    int pid_of(const std::string& name) { return processes_.observe(name)->pid; }
    /// Every running node says that all is well.
    void report() {
        for (const auto& [name, pid] : processes_.running()) {
            if (!name.starts_with("lb-")) continue;
            const auto path = realm_.run_dir + "/lb/" + name;
            const auto config = base::from_json_text<lb::LoadBalancerConfig>(
                base::read_file(path + ".json").value()).value();
            lb::LoadBalancerStatus status;
            status.pid = pid;
            status.written_at_ms = clock.now().time_since_epoch().count();
            status.config_version = config.config_version;
            for (const auto& one : config.listeners) {
                status.listeners.push_back({one.arn, one.port, true, {}});
            }
            for (const auto& group : config.target_groups) {
                auto& seen = status.target_groups.emplace_back();
                seen.arn = group.arn;
                for (const auto& target : group.targets) {
                    auto& one = seen.targets.emplace_back();
                    one.id = target.id;
                    one.port = target.port;
                    one.state = "healthy";
                }
            }
            ASSERT_TRUE(base::write_file(path + ".status.json", base::to_json_text(status)));
        }
    }
    void set_fault(const std::string& zone, const std::string& mode) {
        auto r = request();
        services::zone_faults.put(r->tx(), {"us-east-1", zone}, {.zone = zone, .mode = mode});
        ASSERT_TRUE(r->commit());
    }
    void restore(const std::string& zone) {
        auto r = request();
        services::zone_faults.erase(r->tx(), {"us-east-1", zone});
        ASSERT_TRUE(r->commit());
    }
    front_door::FrontDoorConfig door() {
        return base::from_json_text<front_door::FrontDoorConfig>(
            base::read_file(realm_.run_dir + "/lb/front-door.json").value()).value();
    }
    std::size_t dns_addresses() {
        const auto tx = store.read();
        return services::dns_records.all(*tx, {"us-east-1"}).value().front().addresses.size();
    }
    bool was_told(const std::string& text) {
        return std::any_of(timeline.events.begin(), timeline.events.end(), [&](const auto& one) {
            return one.text.find(text) != std::string::npos;
        });
    }

    std::string folder_, group_;
    substrate::Realm realm_;
    substrate::NetworkSim network_;
    substrate::ProcessesSim processes_;
    FakeInterfaces interfaces_;
    std::unique_ptr<Reconciler> reconciler_;
    std::unique_ptr<NodeWatch> watch_;
};

TEST_F(Elbv2ZoneTest, ADeadNodeIsStartedAgainAtTheNextLook) {
    const auto name = node_in("us-east-1a");
    processes_.crash(name);
    look();
    EXPECT_EQ(node_in("us-east-1a"), name);
    EXPECT_TRUE(was_told("it had died; started again"));
}

TEST_F(Elbv2ZoneTest, AStoppedNodeIsReplacedAtTheSecondLook) {
    const auto name = node_in("us-east-1a");
    const int before = pid_of(name);
    ASSERT_TRUE(processes_.signal(name, SIGSTOP));
    look();
    EXPECT_EQ(pid_of(name), before) << "a debugger may stop it for a moment";
    look();
    EXPECT_NE(pid_of(name), before);
    EXPECT_TRUE(was_told("it had been stopped by a signal; started again"));
}

TEST_F(Elbv2ZoneTest, ANodeThatNeitherReportsNorWorksIsReplaced) {
    const auto name = node_in("us-east-1a");
    const int before = pid_of(name);
    look(5);
    report();
    look(5);
    EXPECT_EQ(pid_of(name), before) << "it reports";
    clock.advance(NodeWatch::heartbeat_max);
    look(10);
    EXPECT_NE(pid_of(name), before);
    EXPECT_TRUE(was_told("it did not report any more; started again"));
}

TEST_F(Elbv2ZoneTest, ANodeThatKeepsDyingIsGivenLongerPauses) {
    int starts = 0, last = 0;
    for (int i = 0; i < 100; ++i) {
        const auto name = node_in("us-east-1a");
        if (!name.empty() && pid_of(name) != last) ++starts;
        if (!name.empty()) {
            last = pid_of(name);
            processes_.crash(name);
        }
        look();
    }
    EXPECT_GE(starts, 4);
    EXPECT_LE(starts, 8) << "in 20 s: after 0.5, 1, 2, 4, 8 s";
}

TEST_F(Elbv2ZoneTest, PowerLossEndsTheNodeAndNobodyIsSentThere) {
    set_fault("us-east-1a", "power");
    ASSERT_TRUE(ZonePower(store, processes_, realm_).cut_power("us-east-1a"));
    EXPECT_EQ(node_in("us-east-1a"), "");
    live(10);
    pass();
    live(10);
    EXPECT_EQ(node_in("us-east-1a"), "") << "nothing is repaired in a dead zone";
    EXPECT_NE(node_in("us-east-1b"), "");
    EXPECT_EQ(balancer_state(), "active_impaired");
    EXPECT_EQ(dns_addresses(), 1u);
    ASSERT_EQ(door().balancers.front().nodes.size(), 1u);
    EXPECT_EQ(door().balancers.front().nodes.front().zone, "us-east-1b");
    EXPECT_EQ(door().lost_nodes.size(), 1u);
    EXPECT_EQ(health(group_), "unhealthy Target.FailedHealthChecks");
    const auto config = base::from_json_text<lb::LoadBalancerConfig>(
        base::read_file(realm_.run_dir + "/lb/" + node_in("us-east-1b") + ".json").value()).value();
    EXPECT_TRUE(config.target_groups.front().targets.empty()) << "its targets are not tried";

    restore("us-east-1a");
    pass();
    report();
    pass();
    EXPECT_NE(node_in("us-east-1a"), "");
    EXPECT_EQ(balancer_state(), "active");
    EXPECT_EQ(dns_addresses(), 2u);
    EXPECT_TRUE(door().lost_nodes.empty());
}

TEST_F(Elbv2ZoneTest, APartitionLeavesTheNodeAliveAndOutOfService) {
    const auto name = node_in("us-east-1a");
    const int before = pid_of(name);
    set_fault("us-east-1a", "partition");
    live(20);
    pass();
    EXPECT_EQ(pid_of(name), before);
    EXPECT_EQ(dns_addresses(), 1u);
    EXPECT_EQ(door().balancers.front().nodes.size(), 1u);
    EXPECT_EQ(door().lost_nodes.size(), 1u);
    restore("us-east-1a");
    report();
    pass();
    EXPECT_EQ(pid_of(name), before);
    EXPECT_EQ(dns_addresses(), 2u);
}

}  // namespace
}  // namespace stormglass::elbv2
