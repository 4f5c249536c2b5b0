// What a balancer or target group needs to know of the VPC, asked of ec2.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "api/ec2.h"
#include "services/elbv2/records.h"

namespace stormglass::elbv2 {

enum class Scheme { internet_facing, internal };

struct Placement {
    std::string vpc_id;
    std::vector<ZoneSubnet> zones;  // By zone name.
};

/// The subnets exist, lie in one VPC, in two zones at least, one in each; a VPC of an
/// internet-facing balancer has an internet gateway.
Result<Placement> place(wire::Request& request, ec2::api::Api& ec2,
                        const std::vector<std::string>& subnet_ids, Scheme scheme);

/// The groups exist in the VPC; none given: its default group.
Result<std::vector<std::string>> check_groups(wire::Request& request, ec2::api::Api& ec2,
                                              const std::string& vpc_id,
                                              const std::vector<std::string>& group_ids);

Result<void> check_vpc(wire::Request& request, ec2::api::Api& ec2, const std::string& vpc_id);

struct InstanceFacts {
    std::string state, zone, address, vpc_id;
};
/// All instances of the account's region that are not forgotten yet, by id.
Result<std::map<std::string, InstanceFacts>> instances(wire::Request& request, ec2::api::Api& ec2);

/// The zone of the VPC's subnet that holds the address; empty: none does.
Result<std::string> zone_of_address(wire::Request& request, ec2::api::Api& ec2,
                                    const std::string& vpc_id, const std::string& address);

}  // namespace stormglass::elbv2
