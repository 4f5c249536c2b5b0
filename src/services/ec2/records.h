// What ec2 stores, and the only code that knows its tables. Keys are {account, region, id}.
// A subnet holds its own associations (route table, network ACL); a route table or an ACL is asked
// for them by looking through the subnets of its VPC.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "store/table.h"

namespace stormglass::ec2 {

struct CidrBlock {
    std::string association_id, cidr;
};
STORMGLASS_JSON(CidrBlock, association_id, cidr)

struct Vpc {
    std::string id;
    std::vector<CidrBlock> blocks;  // The primary one first.
    std::string tenancy = "default";
    bool dns_support = true, dns_hostnames = false, address_usage_metrics = false;
    std::string main_table_id, main_association_id, default_acl_id, default_group_id;
};
STORMGLASS_JSON(Vpc, id, blocks, tenancy, dns_support, dns_hostnames, address_usage_metrics,
                main_table_id, main_association_id, default_acl_id, default_group_id)

struct Subnet {
    std::string id, vpc_id, cidr, zone;
    bool map_public_ip = false;
    std::string acl_id, acl_association_id;            // Always set.
    std::string table_id, table_association_id;        // Empty: the VPC's main table.
};
STORMGLASS_JSON(Subnet, id, vpc_id, cidr, zone, map_public_ip, acl_id,
                acl_association_id, table_id, table_association_id)

struct InternetGateway {
    std::string id, vpc_id;  // vpc_id empty: not attached.
};
STORMGLASS_JSON(InternetGateway, id, vpc_id)

struct Route {
    std::string destination;  // IPv4 CIDR.
    std::string gateway_id, nat_gateway_id;
};
STORMGLASS_JSON(Route, destination, gateway_id, nat_gateway_id)

struct RouteTable {
    std::string id, vpc_id;
    std::vector<Route> routes;  // Without the local ones and those of gateway endpoints.
};
STORMGLASS_JSON(RouteTable, id, vpc_id, routes)

struct AclRule {
    int number = 0;
    bool egress = false, allow = false;
    std::string protocol;  // A number, or "-1".
    std::string cidr, cidr6;
    std::optional<int> from_port, to_port, icmp_type, icmp_code;
};
STORMGLASS_JSON(AclRule, number, egress, allow, protocol, cidr, cidr6, from_port, to_port, icmp_type,
                icmp_code)

struct Acl {
    std::string id, vpc_id;
    bool is_default = false;
    std::vector<AclRule> rules;  // In ascending order of (egress, number).
};
STORMGLASS_JSON(Acl, id, vpc_id, is_default, rules)

struct GroupRule {
    std::string id;
    bool egress = false;
    std::string protocol;  // "tcp", "udp", "icmp", "icmpv6", "-1" or a number.
    int from_port = -1, to_port = -1;
    std::string cidr, cidr6, prefix_list_id, group_id;  // Exactly one is set.
    std::string description;
};
STORMGLASS_JSON(GroupRule, id, egress, protocol, from_port, to_port, cidr, cidr6, prefix_list_id,
                group_id, description)

struct Group {
    std::string id, vpc_id, name, description;
    std::vector<GroupRule> rules;
};
STORMGLASS_JSON(Group, id, vpc_id, name, description, rules)

/// A network interface: of an instance, of a service (requester_id), or unattached.
struct Interface {
    std::string id, vpc_id, subnet_id, zone, address, mac, description, requester_id;
    std::vector<std::string> group_ids;
    bool source_dest_check = true;
    std::string public_address;                  // Empty: none.
    std::string allocation_id, association_id;   // Of an Elastic IP; empty for automatic addresses.
    std::string attachment_id, instance_id;      // attachment_id empty: not attached.
    bool delete_on_termination = false;
    base::Time attached{};
};
STORMGLASS_JSON(Interface, id, vpc_id, subnet_id, zone, address, mac, description, requester_id,
                group_ids, source_dest_check, public_address, allocation_id, association_id,
                attachment_id, instance_id, delete_on_termination, attached)

struct ElasticAddress {
    std::string id, public_address, interface_id, association_id;
};
STORMGLASS_JSON(ElasticAddress, id, public_address, interface_id, association_id)

struct NatGateway {
    std::string id, vpc_id, subnet_id, interface_id, allocation_id, state = "available";
    std::string client_token;
    base::Time created{};
    std::optional<base::Time> deleted;
};
STORMGLASS_JSON(NatGateway, id, vpc_id, subnet_id, interface_id, allocation_id, state, client_token,
                created, deleted)

struct Endpoint {
    std::string id, vpc_id, service_name, policy;
    std::vector<std::string> table_ids;
    base::Time created{};
    std::string client_token;
};
STORMGLASS_JSON(Endpoint, id, vpc_id, service_name, policy, table_ids, created, client_token)

struct FlowLog {
    std::string id, resource_id, traffic_type, destination_type, destination, log_group, role_arn;
    std::string format, client_token;
    int aggregation_seconds = 600;
    base::Time created{};
};
STORMGLASS_JSON(FlowLog, id, resource_id, traffic_type, destination_type, destination, log_group,
                role_arn, format, client_token, aggregation_seconds, created)

struct LaunchTemplate {
    std::string id, name, created_by, client_token;
    base::Time created{};
    int default_version = 1, latest_version = 1;
};
STORMGLASS_JSON(LaunchTemplate, id, name, created_by, client_token, created, default_version,
                latest_version)

struct LaunchTemplateVersion {
    std::string template_id;
    int version = 1;
    std::string description, created_by, client_token;
    base::Time created{};
    base::Json data;  // RequestLaunchTemplateData by member name (shape_json.h).
};
STORMGLASS_JSON(LaunchTemplateVersion, template_id, version, description, created_by, client_token,
                created, data)

struct MetadataOptions {
    std::string tokens = "optional", endpoint = "enabled", tags = "disabled", ipv6 = "disabled";
    int hop_limit = 1;
};
STORMGLASS_JSON(MetadataOptions, tokens, endpoint, tags, ipv6, hop_limit)

/// `state` is what DescribeInstances answers. A call sets the passing states; only the reconciler
/// sets running, stopped and terminated, from what it observed.
struct Instance {
    std::string id, reservation_id, image_id, type, vpc_id, subnet_id, zone, interface_id;
    std::string state = "pending";
    std::string reason, state_reason_code, state_reason_message;
    std::string profile_arn, profile_id, profile_association_id;
    std::string user_data;  // Base64, as given.
    std::string key_name, client_token, requester_id;
    std::string root_device = "/dev/xvda", root_volume_id;
    std::string shutdown_behavior = "stop", tenancy = "default", cpu_credits;
    MetadataOptions metadata;
    int launch_index = 0;
    int core_count = 0, threads_per_core = 0;
    bool monitoring = false, ebs_optimized = false;
    bool no_api_termination = false, no_api_stop = false;
    std::string spot_request_id;  // Empty: On-Demand.
    bool reboot = false;  // Asked for, not yet done.
    bool power_lost = false;  // Its zone lost power while it ran; boots when the power is back.
    base::Time launched{}, created{};
    std::optional<base::Time> ended;
};
STORMGLASS_JSON(Instance, id, reservation_id, image_id, type, vpc_id, subnet_id, zone, interface_id,
                state, reason, state_reason_code, state_reason_message, profile_arn, profile_id,
                profile_association_id, user_data, key_name, client_token, requester_id, root_device,
                root_volume_id, shutdown_behavior, tenancy, cpu_credits, metadata, launch_index,
                core_count, threads_per_core, monitoring, ebs_optimized, no_api_termination,
                no_api_stop, reboot, power_lost, launched, created, ended,
                spot_request_id)

struct Volume {
    std::string id, type = "gp3", zone, instance_id, device, kms_key_id;
    std::string snapshot_id;
    int size_gib = 8, iops = 3000, throughput = 125;
    bool encrypted = false, delete_on_termination = true;
    base::Time created{};
};
STORMGLASS_JSON(Volume, id, type, zone, instance_id, device, kms_key_id, snapshot_id, size_gib, iops,
                throughput, encrypted, delete_on_termination, created)

/// Every resource that can be tagged has one of these from its birth, also when it has no tags.
struct Tagged {
    std::string type;  // "vpc", "security-group", ...
    std::map<std::string, std::string> tags;
};
STORMGLASS_JSON(Tagged, type, tags)

/// Who holds an address of the public pool. Key: {address}, since all accounts share the pool.
struct PublicAddressUse {
    std::string account, region, holder;
};
STORMGLASS_JSON(PublicAddressUse, account, region, holder)

/// A kind of resource: its table, the prefix of its ids and how AWS words that one is missing.
template <class Record>
struct Resource {
    store::Table<Record> table;
    std::string_view prefix, type, not_found, noun;
};

inline constexpr Resource<Vpc> vpcs{
    store::Table<Vpc>{"ec2/vpc"}, "vpc", "vpc", "InvalidVpcID.NotFound", "vpc ID"};
inline constexpr Resource<Subnet> subnets{
    store::Table<Subnet>{"ec2/subnet"}, "subnet", "subnet", "InvalidSubnetID.NotFound",
    "subnet ID"};
inline constexpr Resource<InternetGateway> internet_gateways{
    store::Table<InternetGateway>{"ec2/internet-gateway"}, "igw", "internet-gateway",
    "InvalidInternetGatewayID.NotFound", "internetGateway ID"};
inline constexpr Resource<RouteTable> route_tables{
    store::Table<RouteTable>{"ec2/route-table"}, "rtb", "route-table",
    "InvalidRouteTableID.NotFound", "routeTable ID"};
inline constexpr Resource<Acl> acls{
    store::Table<Acl>{"ec2/network-acl"}, "acl", "network-acl", "InvalidNetworkAclID.NotFound",
    "networkAcl ID"};
inline constexpr Resource<Group> groups{
    store::Table<Group>{"ec2/security-group"}, "sg", "security-group", "InvalidGroup.NotFound",
    "security group"};
inline constexpr Resource<Interface> interfaces{
    store::Table<Interface>{"ec2/network-interface"}, "eni", "network-interface",
    "InvalidNetworkInterfaceID.NotFound", "networkInterface ID"};
inline constexpr Resource<ElasticAddress> elastic_addresses{
    store::Table<ElasticAddress>{"ec2/elastic-ip"}, "eipalloc", "elastic-ip",
    "InvalidAllocationID.NotFound", "allocation ID"};
inline constexpr Resource<NatGateway> nat_gateways{
    store::Table<NatGateway>{"ec2/nat-gateway"}, "nat", "natgateway", "NatGatewayNotFound",
    "NAT gateway"};
inline constexpr Resource<Endpoint> endpoints{
    store::Table<Endpoint>{"ec2/vpc-endpoint"}, "vpce", "vpc-endpoint",
    "InvalidVpcEndpointId.NotFound", "Vpc Endpoint Id"};
inline constexpr Resource<FlowLog> flow_logs{
    store::Table<FlowLog>{"ec2/flow-log"}, "fl", "vpc-flow-log", "InvalidFlowLogId.NotFound",
    "flow log ID"};
inline constexpr Resource<LaunchTemplate> launch_templates{
    store::Table<LaunchTemplate>{"ec2/launch-template"}, "lt", "launch-template",
    "InvalidLaunchTemplateId.NotFound", "launch template ID"};
inline constexpr Resource<Instance> instances{
    store::Table<Instance>{"ec2/instance"}, "i", "instance", "InvalidInstanceID.NotFound",
    "instance ID"};
inline constexpr Resource<Volume> volumes{
    store::Table<Volume>{"ec2/volume"}, "vol", "volume", "InvalidVolume.NotFound", "volume"};

/// Key: {account, region, template id, store::ordered(version)}.
inline constexpr store::Table<LaunchTemplateVersion> launch_template_versions{
    "ec2/launch-template-version"};
inline constexpr store::Table<Tagged> tagged{"ec2/tagged"};
inline constexpr store::Table<PublicAddressUse> public_addresses{"ec2/public-address"};
/// Names of launch templates, unique. Key: {account, region, name}; value: the id.
inline constexpr store::Table<std::string> launch_template_names{"ec2/launch-template-name"};

inline constexpr std::string_view rule_prefix = "sgr";
inline constexpr std::string_view dhcp_options_suffix = "dopt-0";

}  // namespace stormglass::ec2
