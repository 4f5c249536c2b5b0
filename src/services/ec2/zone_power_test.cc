// A zone without power, as instances meet it, on the simulated substrate.
#include "services/ec2/zone_power.h"

#include <unistd.h>

#include "base/file.h"
#include "services/ec2/reconciler.h"
#include "services/ec2/testing.h"
#include "substrate/sim/instances_sim.h"
#include "substrate/sim/network_sim.h"
#include "substrate/sim/processes_sim.h"

namespace stormglass::ec2 {
namespace {

class ZonePowerTest : public Ec2Test {
protected:
    ZonePowerTest() {
        realm.id = "abcdef";
        realm.run_dir = ::testing::TempDir() + "stormglass-zone-" + std::to_string(getpid());
        realm.program = "/bin/true";
        vpc_id = make_vpc();
        subnet_a = make_subnet(vpc_id, "10.0.1.0/24", "us-east-1a");
        subnet_b = make_subnet(vpc_id, "10.0.2.0/24", "us-east-1b");
    }
    ~ZonePowerTest() override { EXPECT_TRUE(base::remove_all(realm.run_dir)); }

    void settle() {
        for (int i = 0; i < 10; ++i) EXPECT_TRUE(reconciler.reconcile());
    }
    std::string run_in(const std::string& subnet_id) {
        return *done(&Service::run_instances, launch(subnet_id)).instances[0].instance_id;
    }
    /// As ZoneControl does it.
    void record(const std::string& zone, const std::string& mode) {
        auto r = request();
        services::zone_faults.put(r->tx(), {"us-east-1", zone}, {.zone = zone, .mode = mode});
        if (mode == "power") {
            ASSERT_TRUE(power.note_power_loss(r->tx(), zone));
        }
        ASSERT_TRUE(r->commit());
    }
    void restore(const std::string& zone) {
        auto r = request();
        services::zone_faults.erase(r->tx(), {"us-east-1", zone});
        ASSERT_TRUE(r->commit());
    }
    std::string state(const std::string& id) {
        for (const auto& one : all_instances()) {
            if (one.instance_id == id) return *one.state->name;
        }
        return "gone";
    }
    std::string checks(const std::string& id) {
        api::DescribeInstanceStatusInput input;
        input.instance_ids.push_back(id);
        const auto seen = done(&Service::describe_instance_status, input).instance_statuses;
        return *seen[0].system_status->status + " " + *seen[0].instance_status->status;
    }
    std::string zone_state(const std::string& zone) {
        api::DescribeAvailabilityZonesInput input;
        input.zone_names.push_back(zone);
        return *done(&Service::describe_availability_zones, input).availability_zones[0].state;
    }
    bool runs(const std::string& id) {
        return machines.observe(id)->phase == substrate::InstancePhase::running;
    }

    substrate::Realm realm;
    substrate::NetworkSim network;
    substrate::InstancesSim machines;
    substrate::ProcessesSim processes;
    ZonePower power{store, machines};
    std::string vpc_id, subnet_a, subnet_b;
    Reconciler reconciler{{.store = store,
                           .clock = clock,
                           .timeline = timeline,
                           .network = network,
                           .instances = machines,
                           .processes = processes,
                           .realm = realm,
                           .credentials = iam,
                           .observed = observed,
                           .ca_certificate_pem = "",
                           .work_mode = WorkMode::at_once,
                           .gate = ServicesGate::open}};
};

TEST_F(ZonePowerTest, a_cut_ends_every_instance_of_the_zone_and_no_other) {
    const auto a = run_in(subnet_a), b = run_in(subnet_b);
    settle();
    record("us-east-1a", "power");
    ASSERT_TRUE(power.cut_power("us-east-1a"));
    EXPECT_FALSE(runs(a));
    EXPECT_TRUE(runs(b));
    settle();
    EXPECT_EQ(state(a), "running") << "as EC2's records say, whose host lost power";
    EXPECT_EQ(checks(a), "impaired impaired");
    EXPECT_EQ(checks(b), "ok ok");
    EXPECT_EQ(zone_state("us-east-1a"), "unavailable");
    EXPECT_EQ(zone_state("us-east-1b"), "available");
    ASSERT_EQ(network.in_force(vpc_id)->zone_faults.size(), 1u);
}

TEST_F(ZonePowerTest, the_reconciler_alone_keeps_the_zone_dark) {
    const auto a = run_in(subnet_a);
    settle();
    record("us-east-1a", "power");  // And the daemon died before it cut anything.
    settle();
    EXPECT_FALSE(runs(a));
    EXPECT_EQ(state(a), "running");
}

TEST_F(ZonePowerTest, instances_boot_when_the_power_is_back) {
    const auto a = run_in(subnet_a);
    settle();
    record("us-east-1a", "power");
    ASSERT_TRUE(power.cut_power("us-east-1a"));
    restore("us-east-1a");  // Before the reconciler saw anything of it.
    settle();
    EXPECT_TRUE(runs(a));
    EXPECT_EQ(state(a), "running");
    EXPECT_EQ(checks(a), "ok ok");
    EXPECT_EQ(zone_state("us-east-1a"), "available");
    EXPECT_TRUE(network.in_force(vpc_id)->zone_faults.empty());
}

TEST_F(ZonePowerTest, launches_and_starts_in_the_zone_are_refused_in_AWSs_words) {
    const auto a = run_in(subnet_a);
    settle();
    done(&Service::stop_instances, [&] {
        api::StopInstancesInput input;
        input.instance_ids.push_back(a);
        return input;
    }());
    settle();
    record("us-east-1a", "power");
    const auto refused = call(&Service::run_instances, launch(subnet_a));
    ASSERT_EQ(code_of(refused), "InsufficientInstanceCapacity");
    EXPECT_NE(refused.error().message.find("in the Availability Zone you requested (us-east-1a)"),
              std::string::npos);
    EXPECT_NE(refused.error().message.find("choosing us-east-1b, us-east-1c."), std::string::npos);
    api::StartInstancesInput start;
    start.instance_ids.push_back(a);
    EXPECT_EQ(code_of(call(&Service::start_instances, start)), "InsufficientInstanceCapacity");
    EXPECT_EQ(code_of(call(&Service::run_instances, launch(subnet_b))), "no error");
}

TEST_F(ZonePowerTest, what_was_about_to_start_in_the_zone_is_given_up) {
    const auto a = run_in(subnet_a);
    record("us-east-1a", "power");
    settle();
    EXPECT_EQ(state(a), "terminated");
    EXPECT_TRUE(machines.list()->empty());
}

TEST_F(ZonePowerTest, an_instance_can_be_terminated_while_its_zone_is_dark) {
    const auto a = run_in(subnet_a);
    settle();
    record("us-east-1a", "power");
    settle();
    api::TerminateInstancesInput input;
    input.instance_ids.push_back(a);
    done(&Service::terminate_instances, input);
    settle();
    EXPECT_EQ(state(a), "terminated");
}

TEST_F(ZonePowerTest, a_partition_leaves_instances_alive_and_out_of_reach) {
    const auto a = run_in(subnet_a);
    settle();
    record("us-east-1a", "partition");
    settle();
    EXPECT_TRUE(runs(a));
    EXPECT_EQ(checks(a), "impaired impaired");
    EXPECT_EQ(zone_state("us-east-1a"), "impaired");
    EXPECT_EQ(code_of(call(&Service::run_instances, launch(subnet_a))),
              "InsufficientInstanceCapacity");
}

}  // namespace
}  // namespace stormglass::ec2
