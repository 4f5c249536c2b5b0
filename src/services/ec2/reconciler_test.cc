// The reconciler on the simulated substrate.
#include "services/ec2/reconciler.h"

#include <unistd.h>

#include "base/file.h"
#include "services/ec2/spot.h"
#include "services/ec2/testing.h"
#include "substrate/sim/instances_sim.h"
#include "substrate/sim/network_sim.h"
#include "substrate/sim/processes_sim.h"

namespace stormglass::ec2 {
namespace {

class ReconcilerTest : public Ec2Test {
protected:
    ReconcilerTest() {
        realm.id = "abcdef";
        realm.run_dir = ::testing::TempDir() + "stormglass-ec2-" + std::to_string(getpid());
        realm.program = "/bin/true";
        vpc_id = make_vpc();
        subnet_id = make_subnet(vpc_id, "10.0.1.0/24");
    }
    ~ReconcilerTest() override { EXPECT_TRUE(base::remove_all(realm.run_dir)); }

    Reconciler make_reconciler() {
        return Reconciler({.store = store,
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
                           .gate = ServicesGate::open});
    }
    void settle(int passes = 10) {
        for (int i = 0; i < passes; ++i) EXPECT_TRUE(reconciler.reconcile());
    }
    std::string run_one() {
        const auto id = *done(&Service::run_instances, launch(subnet_id)).instances[0].instance_id;
        settle();
        return id;
    }
    std::string state(const std::string& id) {
        for (const auto& one : all_instances()) {
            if (one.instance_id == id) return *one.state->name;
        }
        return "gone";
    }
    void end(const std::string& id) {
        api::TerminateInstancesInput input;
        input.instance_ids.push_back(id);
        done(&Service::terminate_instances, input);
    }

    substrate::Realm realm;
    substrate::NetworkSim network;
    substrate::InstancesSim machines;
    substrate::ProcessesSim processes;
    std::string vpc_id, subnet_id;
    Reconciler reconciler = make_reconciler();
};

TEST_F(ReconcilerTest, a_vpc_gets_its_network_and_its_services) {
    settle();
    EXPECT_TRUE(network.in_force(vpc_id));
    EXPECT_TRUE(processes.observe(vpc_id)->running);
    const auto config = base::from_json_text<vpc::Config>(
        *base::read_file(realm.run_dir + "/vpc/" + vpc_id + ".json"));
    ASSERT_TRUE(config);
    EXPECT_EQ(config->resolver_addresses[0], "10.0.0.2");
}

TEST_F(ReconcilerTest, a_deleted_vpc_leaves_nothing) {
    settle();
    done(&Service::delete_subnet, api::DeleteSubnetInput{.subnet_id = subnet_id, .dry_run = {}});
    done(&Service::delete_vpc, api::DeleteVpcInput{.vpc_id = vpc_id, .dry_run = {}});
    settle();
    EXPECT_FALSE(network.in_force(vpc_id));
    EXPECT_TRUE(processes.list()->empty());
}

TEST_F(ReconcilerTest, a_pending_instance_becomes_running) {
    const auto id = run_one();
    EXPECT_EQ(state(id), "running");
    EXPECT_EQ(machines.observe(id)->phase, substrate::InstancePhase::running);
    EXPECT_TRUE(observed.is_running(id));
    EXPECT_TRUE(network.attachments().contains(id));
}

TEST_F(ReconcilerTest, the_metadata_service_knows_the_instance) {
    const auto id = run_one();
    const auto config = base::from_json_text<vpc::Config>(
        *base::read_file(realm.run_dir + "/vpc/" + vpc_id + ".json"));
    ASSERT_TRUE(config);
    ASSERT_EQ(config->instances.size(), 1u);
    EXPECT_EQ(config->instances[0].instance_id, id);
    EXPECT_TRUE(config->instances[0].tokens_required);
    EXPECT_EQ(config->instances[0].availability_zone_id, "use1-az1");
}

TEST_F(ReconcilerTest, a_spot_instance_is_warned_for_two_minutes_and_then_taken_back) {
    auto input = launch(subnet_id);
    input.instance_market_options.emplace().market_type = "spot";
    const auto id = *done(&Service::run_instances, input).instances[0].instance_id;
    settle();
    EXPECT_EQ(all_instances()[0].instance_lifecycle, "spot");
    const auto told = [&] {
        settle(2);
        const auto config = base::from_json_text<vpc::Config>(
            *base::read_file(realm.run_dir + "/vpc/" + vpc_id + ".json"));
        return config ? config->instances.at(0) : vpc::InstanceMetadata{};
    };
    EXPECT_TRUE(told().is_spot);
    EXPECT_EQ(told().rebalance_notice + told().spot_ends, "");
    SpotInterrupter interrupter(timeline);
    {
        const auto r = request();
        ASSERT_TRUE(interrupter.interrupt(*r, id, base::Seconds(300)));
        ASSERT_TRUE(r->commit());
    }
    EXPECT_EQ(told().rebalance_notice, base::iso8601_seconds(clock.now()));
    EXPECT_EQ(told().spot_ends, "") << "the notice itself comes two minutes before";
    clock.advance(base::Seconds(180));
    EXPECT_EQ(told().spot_ends, base::iso8601_seconds(clock.now() + base::Seconds(120)));
    clock.advance(base::Seconds(119));
    settle();
    EXPECT_EQ(state(id), "running");
    clock.advance(base::Seconds(1));
    settle();
    EXPECT_EQ(state(id), "terminated");
    EXPECT_EQ(all_instances()[0].state_reason->code, "Server.SpotInstanceTermination");
    EXPECT_TRUE(services::spot_notices.all(request()->tx(), {})->empty());
}

TEST_F(ReconcilerTest, only_a_running_spot_instance_can_be_interrupted) {
    const auto id = run_one();
    SpotInterrupter interrupter(timeline);
    EXPECT_EQ(interrupter.interrupt(*request(), id, {}).error().code, "InvalidParameterValue");
    EXPECT_EQ(interrupter.interrupt(*request(), "i-0123456789abcdef0", {}).error().code,
              "InvalidInstanceID.NotFound");
}

TEST_F(ReconcilerTest, a_terminated_instance_leaves_nothing_and_vanishes_after_an_hour) {
    const auto id = run_one();
    end(id);
    settle();
    EXPECT_EQ(state(id), "terminated");
    EXPECT_TRUE(machines.list()->empty());
    EXPECT_FALSE(network.attachments().contains(id));
    EXPECT_TRUE(done(&Service::describe_network_interfaces,
                     api::DescribeNetworkInterfacesInput{}).network_interfaces.empty());
    EXPECT_TRUE(done(&Service::describe_volumes, api::DescribeVolumesInput{}).volumes.empty());
    clock.advance(std::chrono::hours{2});
    settle();
    EXPECT_EQ(state(id), "gone");
}

TEST_F(ReconcilerTest, an_instance_terminated_before_it_ran_is_removed_too) {
    const auto id = *done(&Service::run_instances, launch(subnet_id)).instances[0].instance_id;
    settle(1);
    end(id);
    settle();
    EXPECT_EQ(state(id), "terminated");
    EXPECT_TRUE(machines.list()->empty());
}

TEST_F(ReconcilerTest, stop_and_start_keep_the_disk) {
    const auto id = run_one();
    api::StopInstancesInput stop;
    stop.instance_ids.push_back(id);
    done(&Service::stop_instances, stop);
    settle();
    EXPECT_EQ(state(id), "stopped");
    EXPECT_NE(machines.observe(id)->phase, substrate::InstancePhase::running);
    api::StartInstancesInput start;
    start.instance_ids.push_back(id);
    done(&Service::start_instances, start);
    settle();
    EXPECT_EQ(state(id), "running");
    EXPECT_EQ(machines.boots(id), 2);
}

TEST_F(ReconcilerTest, a_reboot_boots_again) {
    const auto id = run_one();
    api::RebootInstancesInput input;
    input.instance_ids.push_back(id);
    done(&Service::reboot_instances, input);
    settle();
    EXPECT_EQ(state(id), "running");
    EXPECT_EQ(machines.boots(id), 2);
}

TEST_F(ReconcilerTest, a_death_is_seen_and_said) {
    const auto id = run_one();
    ASSERT_TRUE(machines.halt(id, substrate::Halt::power_off));
    settle();
    EXPECT_EQ(state(id), "stopped");
    const auto described = all_instances().at(0);
    ASSERT_TRUE(described.state_reason);
    EXPECT_FALSE(observed.is_running(id));
}

TEST_F(ReconcilerTest, a_new_reconciler_adopts_what_runs) {
    const auto id = run_one();
    const int pid = machines.observe(id)->pid;
    auto second = make_reconciler();
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(second.reconcile());
    EXPECT_EQ(machines.observe(id)->pid, pid);
    EXPECT_EQ(machines.boots(id), 1);
    EXPECT_EQ(state(id), "running");
}

TEST_F(ReconcilerTest, orphans_are_removed) {
    substrate::InstanceSpec spec;
    spec.id = "i-0orphan";
    ASSERT_TRUE(machines.launch(spec));
    settle();
    EXPECT_TRUE(machines.list()->empty());
}

TEST_F(ReconcilerTest, a_lost_interface_is_plugged_in_again) {
    run_one();
    const auto interface = all_instances()[0].network_interfaces[0].network_interface_id;
    network.lose_interface(vpc_id, *interface);
    settle(2);
    EXPECT_TRUE(observed.is_plugged(*interface));
}

TEST_F(ReconcilerTest, a_role_gets_credentials_once) {
    auto r = request();
    iam::api::CreateInstanceProfileInput profile;
    profile.instance_profile_name = "web";
    ASSERT_TRUE(iam.create_instance_profile(*r, profile));
    iam::api::CreateRoleInput role;
    role.role_name = "web";
    role.assume_role_policy_document =
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]})";
    ASSERT_TRUE(iam.create_role(*r, role));
    iam::api::AddRoleToInstanceProfileInput add;
    add.instance_profile_name = add.role_name = "web";
    ASSERT_TRUE(iam.add_role_to_instance_profile(*r, add));
    ASSERT_TRUE(r->commit());
    auto input = launch(subnet_id);
    input.iam_instance_profile = api::IamInstanceProfileSpecification{.arn = {}, .name = "web"};
    done(&Service::run_instances, input);
    settle();
    const auto read = [&] {
        return *base::from_json_text<vpc::Config>(
            *base::read_file(realm.run_dir + "/vpc/" + vpc_id + ".json"));
    };
    const auto config = read();
    ASSERT_TRUE(config.instances.at(0).credentials);
    EXPECT_EQ(config.instances[0].role_name, "web");
    settle();
    EXPECT_EQ(read().instances[0].credentials->access_key_id,
              config.instances[0].credentials->access_key_id);
    clock.advance(std::chrono::hours{24});
    settle();
    EXPECT_NE(read().instances[0].credentials->access_key_id,
              config.instances[0].credentials->access_key_id);
}

}  // namespace
}  // namespace stormglass::ec2
