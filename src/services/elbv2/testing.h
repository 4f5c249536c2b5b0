// EC2 and its interfaces as this folder's tests need them: in memory, with states set by hand.
#pragma once

#include <set>

#include "services/common/testing.h"
#include "services/elbv2/reconciler.h"
#include "services/elbv2/service.h"

namespace stormglass::ec2 {

/// Every call answers an error.
class AbsentForElbv2 : public api::Api {
public:
    static Unexpected absent() { return fail(Domain::system, "Fake", "not in this test"); }
#include "fakes/elbv2_ec2_absent.inc"
};

}  // namespace stormglass::ec2

namespace stormglass::elbv2 {

/// VPC "vpc-1" with "subnet-a" and "subnet-b" in zones a and b; default group "sg-default", another
/// one "sg-web"; instances as set.
class FakeEc2 final : public ec2::AbsentForElbv2 {
public:
    std::map<std::string, std::string> instance_states;  // By id; all in zone a.

    Result<ec2::api::DescribeSubnetsOutput> describe_subnets(
        wire::Request&, const ec2::api::DescribeSubnetsInput& input) override {
        ec2::api::DescribeSubnetsOutput output;
        for (const std::string letter : {"a", "b"}) {
            const bool named = input.subnet_ids.empty() ||
                               input.subnet_ids.front() == "subnet-" + letter;
            if (!named) continue;
            auto& one = output.subnets.emplace_back();
            one.subnet_id = "subnet-" + letter;
            one.vpc_id = "vpc-1";
            one.availability_zone = "us-east-1" + letter;
            one.cidr_block = letter == "a" ? "10.0.0.0/24" : "10.0.1.0/24";
        }
        if (output.subnets.empty()) return aws_error("InvalidSubnetID.NotFound", "no such subnet");
        return output;
    }
    Result<ec2::api::DescribeInternetGatewaysOutput> describe_internet_gateways(
        wire::Request&, const ec2::api::DescribeInternetGatewaysInput&) override {
        ec2::api::DescribeInternetGatewaysOutput output;
        output.internet_gateways.emplace_back();
        return output;
    }
    Result<ec2::api::DescribeSecurityGroupsOutput> describe_security_groups(
        wire::Request&, const ec2::api::DescribeSecurityGroupsInput& input) override {
        ec2::api::DescribeSecurityGroupsOutput output;
        auto& one = output.security_groups.emplace_back();
        one.group_id = input.group_ids.empty() ? "sg-default" : input.group_ids.front();
        one.vpc_id = "vpc-1";
        return output;
    }
    Result<ec2::api::DescribeVpcsOutput> describe_vpcs(
        wire::Request&, const ec2::api::DescribeVpcsInput&) override {
        ec2::api::DescribeVpcsOutput output;
        output.vpcs.emplace_back();
        return output;
    }
    Result<ec2::api::DescribeInstancesOutput> describe_instances(
        wire::Request&, const ec2::api::DescribeInstancesInput&) override {
        ec2::api::DescribeInstancesOutput output;
        for (const auto& [id, state] : instance_states) {
            auto& one = output.reservations.emplace_back().instances.emplace_back();
            one.instance_id = id;
            one.state.emplace().name = state;
            one.placement.emplace().availability_zone = "us-east-1a";
            one.private_ip_address = "10.0.0.20";
            one.vpc_id = "vpc-1";
        }
        return output;
    }
};

class FakeInterfaces final : public services::ManagedInterfaces {
public:
    std::map<std::string, Interface> made;
    bool plugged = true;

    Result<Interface> create(wire::Request&, const Wanted& wanted) override {
        const int number = ++count_;
        Interface one;
        one.id = fmt::format("eni-{}", number);
        one.subnet_id = wanted.subnet_id;
        one.vpc_id = "vpc-1";
        one.address = fmt::format("10.0.0.{}", 100 + number);
        if (wanted.public_address == services::PublicAddress::wanted) {
            one.public_address = fmt::format("203.0.113.{}", number);
        }
        one.group_ids = wanted.group_ids;
        return made[one.id] = one;
    }
    Result<void> set_groups(wire::Request&, const std::string& id,
                            const std::vector<std::string>& group_ids) override {
        made[id].group_ids = group_ids;
        return {};
    }
    Result<void> remove(wire::Request&, const std::string& id) override {
        made.erase(id);
        return {};
    }
    Result<std::optional<Interface>> find(wire::Request&, const std::string& id) override {
        const auto found = made.find(id);
        if (found == made.end()) return std::nullopt;
        return found->second;
    }
    bool is_plugged(const std::string&) const override { return plugged; }

private:
    int count_ = 0;
};

class Elbv2Test : public services::ServiceTest {
protected:
    FakeEc2 ec2;
    Observed observed;
    Service service{{random, ec2, nullptr, observed}};

    /// Runs one call in a transaction of its own and commits it.
    template <class Output, class Input>
    Result<Output> call(Result<Output> (Service::*operation)(wire::Request&, const Input&),
                        const Input& input) {
        auto begun = request();
        auto output = (service.*operation)(*begun, input);
        if (output) {
            EXPECT_TRUE(begun->commit());
        }
        return output;
    }

    Result<api::CreateLoadBalancerOutput> create_balancer(const std::string& name = "web") {
        api::CreateLoadBalancerInput input;
        input.name = name;
        input.subnets = {"subnet-b", "subnet-a"};
        return call(&Service::create_load_balancer, input);
    }
    std::string balancer_arn() {
        return *create_balancer().value().load_balancers.front().load_balancer_arn;
    }
    std::string group_arn(const std::string& name = "web") {
        api::CreateTargetGroupInput input;
        input.name = name;
        input.protocol = "HTTP";
        input.port = 8080;
        input.vpc_id = "vpc-1";
        return *call(&Service::create_target_group, input).value().target_groups.front()
                    .target_group_arn;
    }
    std::string listener_arn(const std::string& balancer, const std::string& group) {
        api::CreateListenerInput input;
        input.load_balancer_arn = balancer;
        input.protocol = "HTTP";
        input.port = 80;
        input.default_actions.emplace_back();
        input.default_actions.front().type = "forward";
        input.default_actions.front().target_group_arn = group;
        return *call(&Service::create_listener, input).value().listeners.front().listener_arn;
    }
    Result<api::RegisterTargetsOutput> register_instance(const std::string& group,
                                                         const std::string& id) {
        api::RegisterTargetsInput input;
        input.target_group_arn = group;
        input.targets.emplace_back().id = id;
        return call(&Service::register_targets, input);
    }
    /// State and reason of the group's only target, "none" if there is not exactly one.
    std::string health(const std::string& group) {
        api::DescribeTargetHealthInput input;
        input.target_group_arn = group;
        const auto output = call(&Service::describe_target_health, input).value();
        if (output.target_health_descriptions.size() != 1) return "none";
        const auto& shown = *output.target_health_descriptions.front().target_health;
        return *shown.state + (shown.reason ? " " + *shown.reason : "");
    }
    std::string balancer_state() {
        return *call(&Service::describe_load_balancers, api::DescribeLoadBalancersInput{}).value()
                    .load_balancers.front().state->code;
    }
};

}  // namespace stormglass::elbv2
