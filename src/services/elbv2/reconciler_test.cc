// The reconciler over simulated processes: the test plays the nodes by writing their status files.
#include <unistd.h>

#include <filesystem>

#include "services/elbv2/access.h"
#include "services/elbv2/access_logs.h"
#include "services/elbv2/testing.h"
#include "substrate/sim/network_sim.h"
#include "substrate/sim/processes_sim.h"

namespace stormglass::elbv2 {
namespace {

class Elbv2ReconcilerTest : public Elbv2Test {
protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() /
                  fmt::format("elbv2-test-{}-{}", ::getpid(), random.hex(6));
        realm_ = {"abc123", folder_ + "/data", folder_ + "/run", "/bin/stormglass"};
        std::filesystem::create_directories(realm_.data_dir);
        restart_daemon();
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    void restart_daemon() {
        reconciler_ = std::make_unique<Reconciler>(
            ReconcilerParts{store, clock, clock, timeline, network_, processes_, realm_, ec2,
                            interfaces_, nullptr, observed, 8080, 8443});
    }
    void pass() {
        const auto outcome = reconciler_->reconcile();
        ASSERT_TRUE(outcome) << outcome.error().message;
    }
    std::vector<std::string> node_names() {
        std::vector<std::string> names = processes_.list().value();
        std::erase_if(names, [](const std::string& name) { return !name.starts_with("lb-"); });
        return names;
    }
    /// Every running node takes its configuration, opens its listeners, and finds its targets so.
    void nodes_report(const std::string& target_state) {
        for (const auto& name : node_names()) {
            const auto state = processes_.observe(name).value();
            if (!state.running) continue;
            const auto base_path = realm_.run_dir + "/lb/" + name;
            const auto config = base::from_json_text<lb::LoadBalancerConfig>(
                base::read_file(base_path + ".json").value()).value();
            lb::LoadBalancerStatus status;
            status.pid = state.pid;
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
                    one.state = target_state;
                }
            }
            ASSERT_TRUE(base::write_file(base_path + ".status.json", base::to_json_text(status)));
        }
    }
    /// A balancer with a listener and one registered instance, whose nodes run and report.
    void bring_up() {
        ec2.instance_states = {{"i-1", "running"}};
        balancer_ = balancer_arn();
        group_ = group_arn();
        listener_arn(balancer_, group_);
        ASSERT_TRUE(register_instance(group_, "i-1"));
        pass();
        nodes_report("healthy");
        pass();
    }

    std::string folder_, balancer_, group_;
    substrate::Realm realm_;
    substrate::NetworkSim network_;
    substrate::ProcessesSim processes_;
    FakeInterfaces interfaces_;
    std::unique_ptr<Reconciler> reconciler_;
};

TEST_F(Elbv2ReconcilerTest, ABalancerIsActiveOnlyWhenEveryNodeHasTakenItsListeners) {
    ec2.instance_states = {{"i-1", "running"}};
    balancer_ = balancer_arn();
    pass();
    EXPECT_EQ(node_names().size(), 2u);
    EXPECT_EQ(balancer_state(), "provisioning");
    pass();
    EXPECT_EQ(balancer_state(), "provisioning");
    nodes_report("healthy");
    pass();
    EXPECT_EQ(balancer_state(), "active");
}

TEST_F(Elbv2ReconcilerTest, NodesWaitForTheirInterface) {
    interfaces_.plugged = false;
    balancer_arn();
    pass();
    EXPECT_EQ(interfaces_.made.size(), 2u);
    EXPECT_TRUE(node_names().empty());
}

TEST_F(Elbv2ReconcilerTest, HealthIsWhatANodeSays) {
    bring_up();
    EXPECT_EQ(health(group_), "healthy");
    nodes_report("unhealthy");
    pass();
    EXPECT_EQ(health(group_), "unhealthy");
    const bool told = std::any_of(timeline.events.begin(), timeline.events.end(), [](auto& event) {
        return event.kind == "health" && event.subject == "i-1";
    });
    EXPECT_TRUE(told);
}

TEST_F(Elbv2ReconcilerTest, SilentNodesMakeTargetsUnavailableNotUnhealthy) {
    bring_up();
    clock.advance(base::Seconds(60));
    pass();
    EXPECT_EQ(health(group_), "unavailable Elb.InternalError");
    EXPECT_EQ(balancer_state(), "active_impaired");
}

TEST_F(Elbv2ReconcilerTest, ADeadNodeIsStartedAgain) {
    bring_up();
    const auto name = node_names().front();
    processes_.crash(name);
    pass();
    EXPECT_TRUE(processes_.observe(name).value().running);
    nodes_report("healthy");
    pass();
    EXPECT_EQ(balancer_state(), "active");
}

TEST_F(Elbv2ReconcilerTest, ALaterDaemonTakesOverWithoutTouchingNodes) {
    bring_up();
    const auto name = node_names().front();
    const int pid = processes_.observe(name).value().pid;
    restart_daemon();
    pass();
    EXPECT_EQ(processes_.observe(name).value().pid, pid);
    EXPECT_TRUE(processes_.signals(name).empty());
    EXPECT_EQ(health(group_), "healthy");
}

TEST_F(Elbv2ReconcilerTest, AChangeIsWrittenAndSignalled) {
    bring_up();
    const auto name = node_names().front();
    ASSERT_TRUE(processes_.signals(name).empty());
    api::ModifyLoadBalancerAttributesInput input;
    input.load_balancer_arn = balancer_;
    input.attributes = {{.key = "idle_timeout.timeout_seconds", .value = "75"}};
    ASSERT_TRUE(call(&Service::modify_load_balancer_attributes, input));
    pass();
    EXPECT_EQ(processes_.signals(name).size(), 1u);
    nodes_report("healthy");
    pass();
    EXPECT_EQ(processes_.signals(name).size(), 1u);
}

TEST_F(Elbv2ReconcilerTest, DrainingEndsAtItsDeadline) {
    bring_up();
    api::DeregisterTargetsInput input;
    input.target_group_arn = group_;
    input.targets.emplace_back().id = "i-1";
    ASSERT_TRUE(call(&Service::deregister_targets, input));
    pass();
    EXPECT_EQ(health(group_), "draining Target.DeregistrationInProgress");
    clock.advance(base::Seconds(301));
    pass();
    EXPECT_EQ(health(group_), "none");
    EXPECT_TRUE(targets.all(*store.read()).value().empty());
}

TEST_F(Elbv2ReconcilerTest, TerminatedInstancesLeaveAndStoppedOnesAreUnused) {
    bring_up();
    ec2.instance_states["i-1"] = "stopped";
    pass();
    EXPECT_EQ(health(group_), "unused Target.InvalidState");
    ec2.instance_states["i-1"] = "terminated";
    pass();
    EXPECT_EQ(health(group_), "draining Target.DeregistrationInProgress");
}

TEST_F(Elbv2ReconcilerTest, NamesResolveToNodesAndTheFrontDoorKnowsThem) {
    bring_up();
    const auto records = services::dns_records.all(*store.read()).value();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records.front().addresses.size(), 2u);
    EXPECT_EQ(records.front().public_addresses.size(), 2u);
    const auto door = processes_.started_with("front-door");
    ASSERT_TRUE(door);
    const auto text = base::read_file(realm_.run_dir + "/lb/front-door.json").value();
    EXPECT_NE(text.find(records.front().name), text.npos);
    EXPECT_NE(text.find("203.0.113.1"), text.npos);
}

TEST_F(Elbv2ReconcilerTest, ADeletedBalancerLeavesNothingButItsGroup) {
    bring_up();
    api::DeleteLoadBalancerInput input;
    input.load_balancer_arn = balancer_;
    ASSERT_TRUE(call(&Service::delete_load_balancer, input));
    pass();
    EXPECT_TRUE(processes_.list().value().empty());
    EXPECT_TRUE(interfaces_.made.empty());
    EXPECT_TRUE(services::dns_records.all(*store.read()).value().empty());
    EXPECT_EQ(health(group_), "unused Target.NotInUse");
}

TEST_F(Elbv2ReconcilerTest, AccessLogsGoIntoAFolderThatSaysWhereTo) {
    bring_up();
    auto begun = request();
    auto record = find_balancer(*begun, balancer_).value().value();
    record.attributes["access_logs.s3.enabled"] = "true";
    record.attributes["access_logs.s3.bucket"] = "logs";
    save(*begun, record);
    ASSERT_TRUE(begun->commit());
    pass();
    const auto name = node_names().front();
    const auto folder = access_log_folder(realm_, name);
    const auto config = base::from_json_text<lb::LoadBalancerConfig>(
        base::read_file(realm_.run_dir + "/lb/" + name + ".json").value()).value();
    EXPECT_EQ(config.access_log_folder, folder);
    EXPECT_EQ(config.access_log_seconds, 300);
    const auto to = base::from_json_text<LogDestination>(
        base::read_file(folder + "/destination.json").value()).value();
    EXPECT_EQ(to.bucket, "logs");
    EXPECT_EQ(to.node_address.substr(0, 11), "203.0.113.1") << "the node's public address";
}

TEST_F(Elbv2ReconcilerTest, ProcessesWithoutARecordAreEndedAndTheirFilesDeleted) {
    bring_up();
    const auto config = realm_.run_dir + "/lb/" + node_names().front() + ".json";
    auto begun = request();
    ASSERT_TRUE(nodes.erase_all(begun->tx()));
    ASSERT_TRUE(load_balancers.erase_all(begun->tx()));
    ASSERT_TRUE(begun->commit());
    pass();
    EXPECT_TRUE(processes_.list().value().empty());
    EXPECT_FALSE(base::file_exists(config));
}

TEST_F(Elbv2ReconcilerTest, SecurityGroupsFollow) {
    bring_up();
    api::SetSecurityGroupsInput input;
    input.load_balancer_arn = balancer_;
    input.security_groups = {"sg-web"};
    ASSERT_TRUE(call(&Service::set_security_groups, input));
    pass();
    for (const auto& [id, one] : interfaces_.made) EXPECT_EQ(one.group_ids.front(), "sg-web");
}

}  // namespace
}  // namespace stormglass::elbv2
