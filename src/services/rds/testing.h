// A fixture for RDS: the service, its reconciler, simulated servers and network, and the two
// neighbours it needs (subnets and interfaces) as small doubles.
#pragma once

#include "services/common/testing.h"
#include "services/rds/common.h"
#include "services/rds/reconciler.h"
#include "services/rds/service.h"
#include "substrate/sim/databases_sim.h"
#include "substrate/sim/network_sim.h"

namespace stormglass::rds {

/// Subnets "subnet-a", "subnet-b", ...: one in each zone, in one VPC.
inline Result<ec2::api::DescribeSubnetsOutput> subnets_double(
    wire::Request&, const ec2::api::DescribeSubnetsInput& input) {
    ec2::api::DescribeSubnetsOutput output;
    constexpr std::string_view prefix = "subnet-";
    for (const auto& id : input.subnet_ids) {
        if (!id.starts_with(prefix)) {
            return aws_error("InvalidSubnetID.NotFound",
                             "The subnet ID '" + id + "' does not exist");
        }
        ec2::api::Subnet subnet;
        subnet.subnet_id = id;
        subnet.vpc_id = "vpc-1";
        subnet.availability_zone = "us-east-1" + id.substr(prefix.size());
        output.subnets.push_back(std::move(subnet));
    }
    return output;
}

class InterfacesDouble final : public services::ManagedInterfaces {
public:
    Result<Interface> create(wire::Request&, const Wanted& wanted) override {
        const auto number = std::to_string(++made_);
        Interface one{.id = "eni-" + number,
                      .subnet_id = wanted.subnet_id,
                      .vpc_id = "vpc-1",
                      .zone = "",
                      .address = "10.0.0." + number,
                      .public_address = "",
                      .group_ids = wanted.group_ids};
        if (one.group_ids.empty()) one.group_ids = {"sg-default"};
        interfaces[one.id] = one;
        return one;
    }
    Result<void> set_groups(wire::Request&, const std::string& id,
                            const std::vector<std::string>& group_ids) override {
        interfaces[id].group_ids = group_ids;
        return {};
    }
    Result<void> remove(wire::Request&, const std::string& id) override {
        interfaces.erase(id);
        return {};
    }
    Result<std::optional<Interface>> find(wire::Request&, const std::string& id) override {
        const auto found = interfaces.find(id);
        if (found == interfaces.end()) return std::nullopt;
        return found->second;
    }
    bool is_plugged(const std::string& id) const override {
        return plugged && interfaces.contains(id);
    }

    std::map<std::string, Interface> interfaces;
    bool plugged = true;

private:
    int made_ = 0;
};

class TopicDouble final : public services::Notifications {
public:
    Result<void> publish(wire::Request&, const std::string& topic_arn, const std::string&,
                         const std::string& message) override {
        sent.push_back(topic_arn + " " + message);
        return {};
    }
    std::vector<std::string> sent;
};

class RdsTest : public services::ServiceTest {
protected:
    RdsTest() { make_group("web", {"subnet-a", "subnet-b"}); }

    /// Calls an operation and commits what it did, as the gateway would.
    template <class Output, class Input>
    Result<Output> call(Result<Output> (Service::*operation)(wire::Request&, const Input&),
                        const Input& input) {
        const auto asked = request();
        auto output = (service.*operation)(*asked, input);
        if (output) TRY(asked->commit());
        return output;
    }
    void make_group(const std::string& name, const std::vector<std::string>& subnets) {
        const auto made = call(&Service::create_db_subnet_group,
                               api::CreateDBSubnetGroupInput{.db_subnet_group_name = name,
                                                             .db_subnet_group_description = "test",
                                                             .subnet_ids = subnets,
                                                             .tags = {}});
        EXPECT_TRUE(made) << made.error().message;
    }
    static api::CreateDBInstanceInput wish(const std::string& name) {
        api::CreateDBInstanceInput input;
        input.db_instance_identifier = name;
        input.db_instance_class = "db.t3.micro";
        input.engine = "mysql";
        input.engine_version = "8.0";
        input.master_username = "appadmin";
        input.master_user_password = "Corr3ct-Horse";
        input.db_name = "app";
        input.allocated_storage = 20;
        input.storage_type = "gp3";
        input.db_subnet_group_name = "web";
        input.multi_az = true;
        return input;
    }
    Result<api::DBInstance> describe(const std::string& name) {
        api::DescribeDBInstancesInput input;
        input.db_instance_identifier = name;
        auto output = TRY(call(&Service::describe_db_instances, input));
        return std::move(output.db_instances.at(0));
    }
    std::string status_of(const std::string& name) {
        const auto item = describe(name);
        return item ? item->db_instance_status.value_or("") : item.error().code;
    }
    Instance record(const std::string& name) {
        const auto tx = store.read();
        return instances.get(*tx, {"123456789012", "us-east-1", name})->value();
    }
    /// Lets the reconciler work until the instance has this status.
    ::testing::AssertionResult settles(const std::string& name, const std::string& status) {
        constexpr int passes_max = 20;
        for (int pass = 0; pass < passes_max; ++pass) {
            const auto outcome = reconciler.reconcile();
            if (!outcome) return ::testing::AssertionFailure() << outcome.error().message;
            clock.advance(base::Seconds{1});
            if (status_of(name) == status) return ::testing::AssertionSuccess();
        }
        return ::testing::AssertionFailure() << name << " stays " << status_of(name);
    }

    substrate::DatabasesSim databases;
    substrate::NetworkSim network;
    InterfacesDouble interfaces;
    TopicDouble topics;
    std::unique_ptr<store::KeyRing> keys = store::KeyRing::in_memory(random);
    Reconciler reconciler{{.store = store,
                           .clock = clock,
                           .random = random,
                           .timeline = timeline,
                           .keys = *keys,
                           .interfaces = interfaces,
                           .kms = nullptr,
                           .notifications = &topics,
                           .network = network,
                           .databases = databases}};
    Service service{{.random = random,
                     .timeline = timeline,
                     .describe_subnets = subnets_double,
                     .interfaces = interfaces,
                     .kms = nullptr,
                     .read_log = [this](const std::string& server, const std::string& log) {
                         return reconciler.read_log(server, log);
                     }}};
};

}  // namespace stormglass::rds
