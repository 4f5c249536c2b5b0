#include "services/ec2/metadata_plan.h"

#include "services/common/zones.h"
#include "services/ec2/cidr.h"
#include "services/ec2/names.h"
#include "services/ec2/network_plan.h"
#include "substrate/network.h"

namespace stormglass::ec2 {
namespace {

constexpr int own_names_ttl_seconds = 60;
constexpr std::uint32_t resolver_offset = 2;  // Base + 2, in every VPC.

vpc::DnsRecord address_record(std::string name, std::vector<std::string> values) {
    return {.name = std::move(name),
            .type = "A",
            .values = std::move(values),
            .ttl = own_names_ttl_seconds};
}

/// AWS's own host names, which lead to our endpoint; S3's to an address of its own, since a gateway
/// endpoint routes that one.
void add_aws_names(vpc::Config& config, const std::string& region) {
    using namespace substrate::well_known;
    config.records.push_back(address_record("*.amazonaws.com", {api_address}));
    for (const std::string& host :
         {std::string("s3.amazonaws.com"), "s3." + region + ".amazonaws.com",
          "s3.dualstack." + region + ".amazonaws.com"}) {
        config.records.push_back(address_record(host, {s3_address}));
        config.records.push_back(address_record("*." + host, {s3_address}));
    }
}

/// Balancers and databases: their own VPC sees the private addresses, others the public ones.
void add_service_names(vpc::Config& config, const std::vector<services::DnsRecord>& names) {
    for (const auto& name : names) {
        const auto& values =
            name.vpc_id == config.vpc_id ? name.addresses : name.public_addresses;
        if (values.empty()) continue;
        config.records.push_back(
            {.name = name.name, .type = "A", .values = values, .ttl = name.ttl_seconds});
    }
}

/// Public host names of addresses: private within the VPC, public from elsewhere.
void add_public_names(vpc::Config& config, const RegionRecords& records) {
    for (const auto& interface : records.interfaces) {
        if (interface.public_address.empty()) continue;
        const bool own = interface.vpc_id == config.vpc_id;
        config.records.push_back(
            address_record(public_name(interface.public_address, records.region),
                           {own ? interface.address : interface.public_address}));
    }
}

std::vector<std::string> group_names(const RegionRecords& records, const Interface& interface) {
    std::vector<std::string> names;
    for (const auto& id : interface.group_ids) {
        const Group* group = by_id(records.groups, id);
        if (group != nullptr) names.push_back(group->name);
    }
    return names;
}

vpc::InterfaceMetadata plan_interface(const RegionRecords& records, const Vpc& vpc,
                                      const Interface& interface) {
    vpc::InterfaceMetadata item;
    item.mac = interface.mac;
    item.interface_id = interface.id;
    item.subnet_id = interface.subnet_id;
    if (const auto* subnet = by_id(records.subnets, interface.subnet_id)) {
        item.subnet_cidr = subnet->cidr;
    }
    item.vpc_id = vpc.id;
    for (const auto& block : vpc.blocks) item.vpc_cidrs.push_back(block.cidr);
    item.local_ipv4s.push_back(interface.address);
    if (!interface.public_address.empty()) item.public_ipv4s.push_back(interface.public_address);
    item.security_groups = group_names(records, interface);
    item.security_group_ids = interface.group_ids;
    return item;
}

void add_role(vpc::InstanceMetadata& item, const Instance& instance,
              const IssuedCredentials& credentials) {
    if (instance.profile_arn.empty()) return;
    item.instance_profile_arn = instance.profile_arn;
    item.instance_profile_id = instance.profile_id;
    const auto issued = credentials.find(instance.id);
    if (issued == credentials.end()) return;
    const auto& one = issued->second;
    item.role_name = one.role_name;
    item.credentials = vpc::RoleCredentials{
        .access_key_id = one.access_key_id,
        .secret_access_key = one.secret_access_key,
        .token = one.session_token,
        .last_updated = base::iso8601_seconds(instance.launched),
        .expiration = base::iso8601_seconds(one.expiration)};
}

/// The notice itself is told two minutes ahead; the configuration says when that is.
void add_notices(vpc::InstanceMetadata& item, const RegionRecords& records,
                 const Instance& instance) {
    const auto target = records.target_lifecycles.find(instance.id);
    if (target != records.target_lifecycles.end()) item.target_lifecycle_state = target->second;
    item.is_spot = !instance.spot_request_id.empty();
    const auto notice = records.spot_notices.find(instance.id);
    if (notice == records.spot_notices.end()) return;
    item.rebalance_notice = base::iso8601_seconds(notice->second.recommended);
    if (records.now + services::spot_warning >= notice->second.ends) {
        item.spot_ends = base::iso8601_seconds(notice->second.ends);
    }
}

vpc::InstanceMetadata plan_instance(const RegionRecords& records, const Vpc& vpc,
                                    const Instance& instance, const Interface& interface,
                                    const IssuedCredentials& credentials) {
    vpc::InstanceMetadata item;
    item.instance_id = instance.id;
    item.ami_id = instance.image_id;
    item.instance_type = instance.type;
    item.reservation_id = instance.reservation_id;
    item.ami_launch_index = instance.launch_index;
    item.availability_zone = instance.zone;
    for (const auto& zone : services::zones_of(records.region)) {
        if (zone.name == instance.zone) item.availability_zone_id = zone.id;
    }
    item.launch_time = base::iso8601_seconds(instance.launched);
    item.local_hostname = private_name(interface.address, records.region);
    item.local_ipv4 = interface.address;
    item.public_ipv4 = interface.public_address;
    if (vpc.dns_hostnames && !interface.public_address.empty()) {
        item.public_hostname = public_name(interface.public_address, records.region);
    }
    item.security_groups = group_names(records, interface);
    item.interfaces.push_back(plan_interface(records, vpc, interface));
    if (!instance.user_data.empty()) item.user_data_base64 = instance.user_data;
    const auto tags = records.instance_tags.find(instance.id);
    if (tags != records.instance_tags.end()) item.tags = tags->second;
    item.tags_enabled = instance.metadata.tags == "enabled";
    item.endpoint_enabled = instance.metadata.endpoint == "enabled";
    item.tokens_required = instance.metadata.tokens == "required";
    item.hop_limit = instance.metadata.hop_limit;
    add_notices(item, records, instance);
    add_role(item, instance, credentials);
    return item;
}

}  // namespace

vpc::Config plan_metadata(const RegionRecords& records, const Vpc& vpc,
                          const std::vector<services::DnsRecord>& names,
                          const IssuedCredentials& credentials) {
    vpc::Config config;
    config.vpc_id = vpc.id;
    config.region = records.region;
    config.account_id = records.account;
    config.resolver_addresses = {
        address_text(parse_cidr(vpc.blocks.front().cidr)->base + resolver_offset),
        substrate::well_known::resolver_address};
    config.metadata_address = substrate::well_known::metadata_address;
    add_aws_names(config, records.region);
    add_public_names(config, records);
    add_service_names(config, names);
    for (const auto& interface : records.interfaces) {
        if (interface.vpc_id != vpc.id || attachment_of(records, interface).empty()) continue;
        const auto* instance = by_id(records.instances, interface.instance_id);
        if (instance == nullptr) {
            config.named_addresses.push_back(interface.address);
            continue;
        }
        config.instances.push_back(
            plan_instance(records, vpc, *instance, interface, credentials));
    }
    return config;
}

}  // namespace stormglass::ec2
