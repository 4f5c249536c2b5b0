#include "services/elbv2/networks.h"

#include <arpa/inet.h>

#include <set>

#include "base/strings.h"
#include "services/elbv2/access.h"

namespace stormglass::elbv2 {
namespace {

constexpr std::size_t groups_max = 5, zones_min = 2;

bool is_not_found(const Error& error) {
    return error.domain == Domain::aws && (error.code.find("NotFound") != std::string::npos ||
                                           error.code.find("Malformed") != std::string::npos);
}

ec2::api::Filter filter(std::string name, std::string value) {
    ec2::api::Filter made;
    made.name = std::move(name);
    made.values.push_back(std::move(value));
    return made;
}

Result<ec2::api::Subnet> subnet(wire::Request& request, ec2::api::Api& ec2, const std::string& id) {
    ec2::api::DescribeSubnetsInput input;
    input.subnet_ids.push_back(id);
    auto found = ec2.describe_subnets(request, input);
    if (!found && !is_not_found(found.error())) return std::unexpected(found.error());
    if (!found || found->subnets.empty()) {
        return api::subnet_not_found(fmt::format("The subnet ID '{}' does not exist", id));
    }
    return std::move(found->subnets.front());
}

Result<void> check_internet_gateway(wire::Request& request, ec2::api::Api& ec2,
                                    const std::string& vpc_id) {
    ec2::api::DescribeInternetGatewaysInput input;
    input.filters.push_back(filter("attachment.vpc-id", vpc_id));
    if (TRY(ec2.describe_internet_gateways(request, input)).internet_gateways.empty()) {
        return api::invalid_subnet(fmt::format("VPC {} has no internet gateway", vpc_id));
    }
    return {};
}

Result<std::string> default_group(wire::Request& request, ec2::api::Api& ec2,
                                  const std::string& vpc_id) {
    ec2::api::DescribeSecurityGroupsInput input;
    input.filters.push_back(filter("vpc-id", vpc_id));
    input.filters.push_back(filter("group-name", "default"));
    const auto found = TRY(ec2.describe_security_groups(request, input));
    if (found.security_groups.empty()) {
        return api::invalid_security_group("VPC " + vpc_id + " has no default security group");
    }
    return found.security_groups.front().group_id.value_or("");
}

bool contains(const std::string& cidr, const std::string& address) {
    const auto slash = cidr.find('/');
    in_addr network{}, wanted{};
    const auto bits = base::parse_integer(slash == cidr.npos ? "32" : cidr.substr(slash + 1));
    if (!bits || ::inet_pton(AF_INET, cidr.substr(0, slash).c_str(), &network) != 1 ||
        ::inet_pton(AF_INET, address.c_str(), &wanted) != 1) {
        return false;
    }
    const std::uint32_t mask = *bits == 0 ? 0 : ~std::uint32_t{0} << (32 - *bits);
    return ((ntohl(network.s_addr) ^ ntohl(wanted.s_addr)) & mask) == 0;
}

}  // namespace

Result<Placement> place(wire::Request& request, ec2::api::Api& ec2,
                        const std::vector<std::string>& subnet_ids, Scheme scheme) {
    Placement placement;
    std::set<std::string> zones;
    for (const auto& id : subnet_ids) {
        const auto found = TRY(subnet(request, ec2, id));
        if (!placement.vpc_id.empty() && placement.vpc_id != found.vpc_id) {
            return api::invalid_configuration_request(
                "The following subnets are not in the same VPC: " + base::join(subnet_ids, ", "));
        }
        placement.vpc_id = found.vpc_id.value_or("");
        placement.zones.push_back({found.availability_zone.value_or(""), id});
        if (!zones.insert(placement.zones.back().zone).second) {
            return api::invalid_configuration_request(
                "A load balancer cannot be attached to multiple subnets in the same Availability "
                "Zone");
        }
    }
    if (zones.size() < zones_min) {
        return validation_error(
            "At least two subnets in two different Availability Zones must be specified");
    }
    if (scheme == Scheme::internet_facing) {
        TRY(check_internet_gateway(request, ec2, placement.vpc_id));
    }
    std::sort(placement.zones.begin(), placement.zones.end(),
              [](const ZoneSubnet& a, const ZoneSubnet& b) { return a.zone < b.zone; });
    return placement;
}

Result<std::vector<std::string>> check_groups(wire::Request& request, ec2::api::Api& ec2,
                                              const std::string& vpc_id,
                                              const std::vector<std::string>& group_ids) {
    if (group_ids.empty()) return std::vector{TRY(default_group(request, ec2, vpc_id))};
    if (group_ids.size() > groups_max) {
        return api::invalid_configuration_request(
            "You can specify at most 5 security groups for a load balancer");
    }
    for (const auto& id : group_ids) {
        ec2::api::DescribeSecurityGroupsInput input;
        input.group_ids.push_back(id);
        auto found = ec2.describe_security_groups(request, input);
        if (!found && !is_not_found(found.error())) return std::unexpected(found.error());
        if (!found || found->security_groups.empty()) {
            return api::invalid_security_group(
                fmt::format("The security group '{}' does not exist", id));
        }
        if (found->security_groups.front().vpc_id != vpc_id) {
            return api::invalid_configuration_request(
                fmt::format("One or more security groups are invalid: '{}' is not in VPC '{}'", id,
                            vpc_id));
        }
    }
    return group_ids;
}

Result<void> check_vpc(wire::Request& request, ec2::api::Api& ec2, const std::string& vpc_id) {
    ec2::api::DescribeVpcsInput input;
    input.vpc_ids.push_back(vpc_id);
    const auto found = ec2.describe_vpcs(request, input);
    if (!found && !is_not_found(found.error())) return std::unexpected(found.error());
    if (!found || found->vpcs.empty()) {
        return validation_error(fmt::format("The VPC ID '{}' is not found", vpc_id));
    }
    return {};
}

Result<std::map<std::string, InstanceFacts>> instances(wire::Request& request,
                                                       ec2::api::Api& ec2) {
    std::map<std::string, InstanceFacts> known;
    ec2::api::DescribeInstancesInput input;
    do {
        const auto output = TRY(ec2.describe_instances(request, input));
        for (const auto& reservation : output.reservations) {
            for (const auto& one : reservation.instances) {
                auto& facts = known[one.instance_id.value_or("")];
                if (one.state) facts.state = one.state->name.value_or("");
                if (one.placement) facts.zone = one.placement->availability_zone.value_or("");
                facts.address = one.private_ip_address.value_or("");
                facts.vpc_id = one.vpc_id.value_or("");
            }
        }
        input.next_token = output.next_token;
    } while (input.next_token.value_or("") != "");
    return known;
}

Result<std::string> zone_of_address(wire::Request& request, ec2::api::Api& ec2,
                                    const std::string& vpc_id, const std::string& address) {
    ec2::api::DescribeSubnetsInput input;
    input.filters.push_back(filter("vpc-id", vpc_id));
    const auto output = TRY(ec2.describe_subnets(request, input));
    for (const auto& one : output.subnets) {
        if (contains(one.cidr_block.value_or(""), address)) {
            return one.availability_zone.value_or("");
        }
    }
    return std::string();
}

}  // namespace stormglass::elbv2
