// Subnets: blocks of a VPC in one zone. Five addresses of each are reserved, as on AWS.
#include "base/strings.h"
#include "services/common/zones.h"
#include "services/ec2/access.h"
#include "services/ec2/cidr.h"
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/service.h"

namespace stormglass::ec2 {
namespace {

constexpr int subnet_prefix_min = 16, subnet_prefix_max = 28;
constexpr std::int64_t reserved_addresses = 5;

constexpr FilterName subnet_filters[] = {
    {"availability-zone", "AvailabilityZone"},
    {"availability-zone-id", "AvailabilityZoneId"},
    {"available-ip-address-count", "AvailableIpAddressCount"},
    {"cidr", "CidrBlock"},
    {"cidr-block", "CidrBlock"},
    {"default-for-az", "DefaultForAz"},
    {"enable-dns64", "EnableDns64"},
    {"map-public-ip-on-launch", "MapPublicIpOnLaunch"},
    {"map-customer-owned-ip-on-launch", "MapCustomerOwnedIpOnLaunch"},
    {"owner-id", "OwnerId"},
    {"state", "State"},
    {"subnet-arn", "SubnetArn"},
    {"subnet-id", "SubnetId"},
    {"vpc-id", "VpcId"}};

Result<std::string> zone_for(wire::Request& request, const api::CreateSubnetInput& input) {
    const auto zones = services::zones_of(request.region);
    std::vector<std::string> names;
    for (const auto& zone : zones) {
        if (zone.name == input.availability_zone || zone.id == input.availability_zone_id) {
            return zone.name;
        }
        names.push_back(zone.name);
    }
    if (!input.availability_zone && !input.availability_zone_id) return names.front();
    const bool by_name = input.availability_zone.has_value();
    return aws_error(
        "InvalidParameterValue",
        fmt::format("Value ({}) for parameter {} is invalid. Subnets can currently only be created "
                    "in the following availability zones: {}.",
                    by_name ? *input.availability_zone : *input.availability_zone_id,
                    by_name ? "availabilityZone" : "availabilityZoneId", base::join(names, ", ")));
}

Result<Cidr> block_for(wire::Request& request, const Vpc& vpc, const std::string& text) {
    const auto cidr = parse_cidr(text);
    if (!cidr) {
        return aws_error("InvalidParameterValue",
                         fmt::format("Value ({}) for parameter cidrBlock is invalid. This is not a "
                                     "valid CIDR block.", text));
    }
    const bool inside =
        std::any_of(vpc.blocks.begin(), vpc.blocks.end(), [&](const CidrBlock& block) {
            return parse_cidr(block.cidr)->contains(*cidr);
        });
    if (!inside || cidr->prefix < subnet_prefix_min || cidr->prefix > subnet_prefix_max) {
        return aws_error("InvalidSubnet.Range", fmt::format("The CIDR '{}' is invalid.", text));
    }
    for (const auto& other : TRY(in_vpc(request, subnets, vpc.id))) {
        if (parse_cidr(other.cidr)->overlaps(*cidr)) {
            return aws_error("InvalidSubnet.Conflict",
                             fmt::format("The CIDR '{}' conflicts with another subnet", text));
        }
    }
    return *cidr;
}

Result<api::Subnet> describe(wire::Request& request, const Subnet& subnet,
                             std::int64_t addresses_used) {
    api::Subnet item;
    item.subnet_id = subnet.id;
    item.subnet_arn = request.arn("ec2", "subnet/" + subnet.id);
    item.vpc_id = subnet.vpc_id;
    item.owner_id = request.account;
    item.cidr_block = subnet.cidr;
    item.availability_zone = subnet.zone;
    for (const auto& zone : services::zones_of(request.region)) {
        if (zone.name == subnet.zone) item.availability_zone_id = zone.id;
    }
    item.available_ip_address_count =
        static_cast<std::int64_t>(parse_cidr(subnet.cidr)->size()) - reserved_addresses -
        addresses_used;
    item.state = "available";
    item.default_for_az = false;
    item.map_public_ip_on_launch = subnet.map_public_ip;
    item.map_customer_owned_ip_on_launch = false;
    item.assign_ipv6_address_on_creation = false;
    item.ipv6_cidr_block_association_set.present = true;
    item.enable_dns64 = false;
    item.ipv6_native = false;
    item.private_dns_name_options_on_launch = api::PrivateDnsNameOptionsOnLaunch{
        .hostname_type = "ip-name",
        .enable_resource_name_dns_a_record = false,
        .enable_resource_name_dns_aaaa_record = false};
    item.block_public_access_states =
        api::BlockPublicAccessStates{.internet_gateway_block_mode = "off"};
    item.tags = TRY(tag_list(request, subnet.id));
    return item;
}

bool is_true(const std::optional<api::AttributeBooleanValue>& value) {
    return value && value->value.value_or(false);
}

}  // namespace

Result<api::CreateSubnetOutput> Service::create_subnet(wire::Request& request,
                                                       const api::CreateSubnetInput& input) {
    TRY(check_input("CreateSubnet", &input,
                    {"TagSpecifications", "AvailabilityZone", "AvailabilityZoneId", "CidrBlock",
                     "VpcId"}));
    const Vpc vpc = TRY(need(request, vpcs, input.vpc_id));
    if (!input.cidr_block) {
        return aws_error("MissingParameter",
                         "Either 'cidrBlock' or 'ipv6CidrBlock' should be provided.");
    }
    Subnet subnet;
    subnet.zone = TRY(zone_for(request, input));
    subnet.cidr = TRY(block_for(request, vpc, *input.cidr_block)).text();
    const Tags tags = TRY(tags_for(request, "subnet", input.tag_specifications));
    subnet.id = new_id(subnets.prefix);
    subnet.vpc_id = vpc.id;
    subnet.acl_id = vpc.default_acl_id;
    subnet.acl_association_id = new_id("aclassoc");
    create(request, subnets, subnet, tags);
    return api::CreateSubnetOutput{.subnet = TRY(describe(request, subnet, 0))};
}

Result<api::DescribeSubnetsOutput> Service::describe_subnets(
    wire::Request& request, const api::DescribeSubnetsInput& input) {
    TRY(check_input("DescribeSubnets", &input,
                    {"Filters", "SubnetIds", "NextToken", "MaxResults"}));
    std::map<std::string, std::int64_t> used;
    for (const auto& one : TRY(all(request, interfaces))) ++used[one.subnet_id];
    api::DescribeSubnetsOutput output;
    for (const auto& subnet : TRY(select(request, subnets, input.subnet_ids))) {
        output.subnets.push_back(TRY(describe(request, subnet, used[subnet.id])));
    }
    output.next_token =
        TRY(narrow(output.subnets, "DescribeSubnets", "Subnets", subnet_filters, input));
    return output;
}

Result<api::ModifySubnetAttributeOutput> Service::modify_subnet_attribute(
    wire::Request& request, const api::ModifySubnetAttributeInput& input) {
    TRY(check_input("ModifySubnetAttribute", &input,
                    {"SubnetId", "MapPublicIpOnLaunch", "PrivateDnsHostnameTypeOnLaunch"}));
    if (input.private_dns_hostname_type_on_launch.value_or("ip-name") != "ip-name") {
        return unsupported("host names by resource name");
    }
    Subnet subnet = TRY(need(request, subnets, input.subnet_id));
    if (input.map_public_ip_on_launch) {
        subnet.map_public_ip = is_true(input.map_public_ip_on_launch);
    }
    save(request, subnets, subnet);
    return {};
}

Result<api::DeleteSubnetOutput> Service::delete_subnet(wire::Request& request,
                                                       const api::DeleteSubnetInput& input) {
    TRY(check_input("DeleteSubnet", &input, {"SubnetId"}));
    const Subnet subnet = TRY(need(request, subnets, input.subnet_id));
    const auto used = TRY(where(request, interfaces, [&](const Interface& one) {
        return one.subnet_id == subnet.id;
    }));
    if (!used.empty()) return std::unexpected(dependency_violation("subnet", subnet.id));
    erase(request, subnets, subnet.id);
    return {};
}

}  // namespace stormglass::ec2
