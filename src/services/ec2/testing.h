// For tests of ec2: the service over a store in memory, with the real iam behind it.
#pragma once

#include "services/common/testing.h"
#include "services/common/images.h"
#include "services/ec2/interfaces.h"
#include "services/ec2/service.h"
#include "services/iam/service.h"

namespace stormglass::ec2 {

class Ec2Test : public services::ServiceTest {
protected:
    /// Calls an operation in a write of its own; commits when it succeeds.
    template <class Output, class Input>
    Result<Output> call(Result<Output> (Service::*operation)(wire::Request&, const Input&),
                        const Input& input) {
        auto r = request();
        auto outcome = (service.*operation)(*r, input);
        if (outcome) {
            EXPECT_TRUE(r->commit());
        }
        return outcome;
    }
    /// The same, for calls that must succeed.
    template <class Output, class Input>
    Output done(Result<Output> (Service::*operation)(wire::Request&, const Input&),
                const Input& input) {
        auto outcome = call(operation, input);
        EXPECT_TRUE(outcome.has_value()) << (outcome ? "" : outcome.error().message);
        return outcome ? std::move(*outcome) : Output{};
    }

    std::string make_vpc(const std::string& cidr = "10.0.0.0/16") {
        api::CreateVpcInput input;
        input.cidr_block = cidr;
        return *done(&Service::create_vpc, input).vpc->vpc_id;
    }
    std::string make_subnet(const std::string& vpc_id, const std::string& cidr,
                            const std::string& zone = "us-east-1a") {
        api::CreateSubnetInput input;
        input.vpc_id = vpc_id;
        input.cidr_block = cidr;
        input.availability_zone = zone;
        return *done(&Service::create_subnet, input).subnet->subnet_id;
    }
    std::string make_group(const std::string& vpc_id, const std::string& name) {
        api::CreateSecurityGroupInput input;
        input.vpc_id = vpc_id;
        input.group_name = name;
        input.description = "a group";
        return *done(&Service::create_security_group, input).group_id;
    }
    std::string attach_gateway(const std::string& vpc_id) {
        const std::string id = *done(&Service::create_internet_gateway,
                                     api::CreateInternetGatewayInput{})
                                    .internet_gateway->internet_gateway_id;
        api::AttachInternetGatewayInput input;
        input.internet_gateway_id = id;
        input.vpc_id = vpc_id;
        done(&Service::attach_internet_gateway, input);
        return id;
    }
    std::string image() { return services::public_images("us-east-1").front().id; }
    api::RunInstancesInput launch(const std::string& subnet_id, int count = 1) {
        api::RunInstancesInput input;
        input.image_id = image();
        input.instance_type = "t3.micro";
        input.subnet_id = subnet_id;
        input.min_count = input.max_count = count;
        return input;
    }
    std::vector<api::Instance> all_instances() {
        std::vector<api::Instance> all;
        for (auto& reservation :
             done(&Service::describe_instances, api::DescribeInstancesInput{}).reservations) {
            for (auto& one : reservation.instances) all.push_back(one);
        }
        return all;
    }

    Observed observed;
    iam::Service iam{random, {"123456789012", "AKIAROOT", "secret"}};
    Service service{{.clock = clock,
                     .random = random,
                     .timeline = timeline,
                     .iam = iam,
                     .observed = observed,
                     .console = {}}};
    ManagedInterfacePort managed{random, observed};
};

template <class T>
std::string code_of(const Result<T>& outcome) {
    return outcome ? "no error" : outcome.error().code;
}

inline api::Filter filter(std::string name, std::vector<std::string> values) {
    api::Filter one;
    one.name = std::move(name);
    one.values = wire::List<std::string>(std::move(values));
    return one;
}

}  // namespace stormglass::ec2
