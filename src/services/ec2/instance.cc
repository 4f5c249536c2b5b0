// Describing instances and their status.
#include "services/common/zone_health.h"
#include "services/common/zones.h"
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/instances.h"
#include "services/ec2/interfaces.h"
#include "services/ec2/names.h"
#include "services/ec2/service.h"
#include "services/ec2/spot.h"

namespace stormglass::ec2 {
namespace {

constexpr FilterName instance_filters[] = {
    {"affinity", "Placement.Affinity"},
    {"architecture", "Architecture"},
    {"availability-zone", "Placement.AvailabilityZone"},
    {"availability-zone-id", "Placement.AvailabilityZoneId"},
    {"block-device-mapping.delete-on-termination", "BlockDeviceMappings.Ebs.DeleteOnTermination"},
    {"block-device-mapping.device-name", "BlockDeviceMappings.DeviceName"},
    {"block-device-mapping.status", "BlockDeviceMappings.Ebs.Status"},
    {"block-device-mapping.volume-id", "BlockDeviceMappings.Ebs.VolumeId"},
    {"client-token", "ClientToken"},
    {"dns-name", "PublicDnsName"},
    {"group-id", "SecurityGroups.GroupId"},
    {"group-name", "SecurityGroups.GroupName"},
    {"hypervisor", "Hypervisor"},
    {"iam-instance-profile.arn", "IamInstanceProfile.Arn"},
    {"iam-instance-profile.id", "IamInstanceProfile.Id"},
    {"image-id", "ImageId"},
    {"instance-id", "InstanceId"},
    {"instance-lifecycle", "InstanceLifecycle"},
    {"instance-state-code", "State.Code"},
    {"instance-state-name", "State.Name"},
    {"instance-type", "InstanceType"},
    {"instance.group-id", "SecurityGroups.GroupId"},
    {"instance.group-name", "SecurityGroups.GroupName"},
    {"ip-address", "PublicIpAddress"},
    {"key-name", "KeyName"},
    {"launch-index", "AmiLaunchIndex"},
    {"launch-time", "LaunchTime"},
    {"metadata-options.http-endpoint", "MetadataOptions.HttpEndpoint"},
    {"metadata-options.http-tokens", "MetadataOptions.HttpTokens"},
    {"monitoring-state", "Monitoring.State"},
    {"network-interface.group-id", "NetworkInterfaces.Groups.GroupId"},
    {"network-interface.network-interface-id", "NetworkInterfaces.NetworkInterfaceId"},
    {"network-interface.subnet-id", "NetworkInterfaces.SubnetId"},
    {"network-interface.vpc-id", "NetworkInterfaces.VpcId"},
    {"network-interface.addresses.private-ip-address",
     "NetworkInterfaces.PrivateIpAddresses.PrivateIpAddress"},
    {"platform-details", "PlatformDetails"},
    {"private-dns-name", "PrivateDnsName"},
    {"private-ip-address", "PrivateIpAddress"},
    {"reason", "StateTransitionReason"},
    {"root-device-name", "RootDeviceName"},
    {"root-device-type", "RootDeviceType"},
    {"source-dest-check", "SourceDestCheck"},
    {"state-reason-code", "StateReason.Code"},
    {"state-reason-message", "StateReason.Message"},
    {"subnet-id", "SubnetId"},
    {"tenancy", "Placement.Tenancy"},
    {"virtualization-type", "VirtualizationType"},
    {"vpc-id", "VpcId"}};
constexpr FilterName status_filters[] = {
    {"availability-zone", "AvailabilityZone"},
    {"availability-zone-id", "AvailabilityZoneId"},
    {"instance-state-code", "InstanceState.Code"},
    {"instance-state-name", "InstanceState.Name"},
    {"instance-status.reachability", "InstanceStatus.Details.Status"},
    {"instance-status.status", "InstanceStatus.Status"},
    {"system-status.reachability", "SystemStatus.Details.Status"},
    {"system-status.status", "SystemStatus.Status"}};

constexpr FilterName reservation_filters[] = {{"owner-id", "OwnerId"},
                                              {"requester-id", "RequesterId"},
                                              {"reservation-id", "ReservationId"}};

/// Keeps the reservations (of one instance each) that match: a few filters are the reservation's,
/// all others its instance's.
Result<void> keep_instances(wire::List<api::Reservation>& singles,
                            const wire::List<api::Filter>& filters) {
    wire::List<api::Filter> of_reservation, of_instance;
    for (const auto& filter : filters) {
        const bool outer = std::any_of(std::begin(reservation_filters),
                                       std::end(reservation_filters), [&](const FilterName& known) {
                                           return filter.name == known.name;
                                       });
        (outer ? of_reservation : of_instance).push_back(filter);
    }
    TRY(keep_matching(singles, "DescribeInstances", "Reservations", reservation_filters,
                      of_reservation));
    std::vector<const void*> pointers;
    for (const auto& one : singles) pointers.push_back(&one.instances.front());
    const auto keep = TRY(match("RunInstances", "Instances", instance_filters, of_instance,
                                pointers));
    std::size_t at = 0;
    std::erase_if(singles, [&](const api::Reservation&) { return !keep[at++]; });
    return {};
}

std::string zone_id_of(const wire::Request& request, const std::string& name) {
    for (const auto& zone : services::zones_of(request.region)) {
        if (zone.name == name) return zone.id;
    }
    return {};
}

api::InstanceNetworkInterface describe_interface(const wire::Request& request,
                                                 const Interface& interface,
                                                 const wire::List<api::GroupIdentifier>& groups) {
    api::InstanceNetworkInterface item;
    if (!interface.public_address.empty()) {
        api::InstanceNetworkInterfaceAssociation association;
        association.public_ip = interface.public_address;
        association.public_dns_name = public_name(interface.public_address, request.region);
        association.ip_owner_id =
            interface.allocation_id.empty() ? std::string("amazon") : request.account;
        item.association = std::move(association);
    }
    api::InstanceNetworkInterfaceAttachment attachment;
    attachment.attachment_id = interface.attachment_id;
    attachment.attach_time = interface.attached;
    attachment.delete_on_termination = interface.delete_on_termination;
    attachment.device_index = 0;
    attachment.network_card_index = 0;
    attachment.status = "attached";
    item.attachment = std::move(attachment);
    item.description = interface.description;
    item.groups = groups;
    item.mac_address = interface.mac;
    item.network_interface_id = interface.id;
    item.owner_id = request.account;
    item.private_dns_name = private_name(interface.address, request.region);
    item.private_ip_address = interface.address;
    item.source_dest_check = interface.source_dest_check;
    item.status = "in-use";
    item.subnet_id = interface.subnet_id;
    item.vpc_id = interface.vpc_id;
    item.interface_type = "interface";
    item.ipv6_addresses.present = true;
    api::InstancePrivateIpAddress primary;
    primary.primary = true;
    primary.private_ip_address = interface.address;
    primary.private_dns_name = item.private_dns_name;
    primary.association = item.association;
    item.private_ip_addresses.push_back(std::move(primary));
    return item;
}

Result<void> add_network(wire::Request& request, const Instance& instance, api::Instance& item) {
    item.private_dns_name = item.public_dns_name = "";
    item.network_interfaces.present = item.security_groups.present = true;
    const auto interface = TRY(find(request, interfaces, instance.interface_id));
    if (!interface || instance.state == state::terminated) return {};
    item.security_groups = TRY(describe_groups(request, interface->group_ids));
    item.network_interfaces.push_back(
        describe_interface(request, *interface, item.security_groups));
    item.private_ip_address = interface->address;
    item.private_dns_name = private_name(interface->address, request.region);
    item.source_dest_check = interface->source_dest_check;
    item.subnet_id = instance.subnet_id;
    item.vpc_id = instance.vpc_id;
    if (interface->public_address.empty()) return {};
    item.public_ip_address = interface->public_address;
    const auto vpc = TRY(find(request, vpcs, instance.vpc_id));
    if (vpc && vpc->dns_hostnames) {
        item.public_dns_name = public_name(interface->public_address, request.region);
    }
    return {};
}

Result<void> add_volumes(wire::Request& request, const Instance& instance, api::Instance& item) {
    item.block_device_mappings.present = true;
    const auto volume = TRY(find(request, volumes, instance.root_volume_id));
    if (!volume || volume->instance_id.empty()) return {};
    api::EbsInstanceBlockDevice ebs;
    ebs.attach_time = volume->created;
    ebs.delete_on_termination = volume->delete_on_termination;
    ebs.status = "attached";
    ebs.volume_id = volume->id;
    item.block_device_mappings.push_back({.device_name = volume->device, .ebs = std::move(ebs)});
    return {};
}

void add_options(const Instance& instance, api::Instance& item) {
    api::InstanceMetadataOptionsResponse metadata;
    metadata.state = "applied";
    metadata.http_tokens = instance.metadata.tokens;
    metadata.http_put_response_hop_limit = instance.metadata.hop_limit;
    metadata.http_endpoint = instance.metadata.endpoint;
    metadata.http_protocol_ipv6 = instance.metadata.ipv6;
    metadata.instance_metadata_tags = instance.metadata.tags;
    item.metadata_options = std::move(metadata);
    api::CpuOptions cpu;
    cpu.core_count = instance.core_count;
    cpu.threads_per_core = instance.threads_per_core;
    item.cpu_options = std::move(cpu);
    item.enclave_options = api::EnclaveOptions{.enabled = false};
    item.hibernation_options = api::HibernationOptions{.configured = false};
    item.maintenance_options =
        api::InstanceMaintenanceOptions{.auto_recovery = "default", .reboot_migration = {}};
    api::CapacityReservationSpecificationResponse capacity;
    capacity.capacity_reservation_preference = "open";
    item.capacity_reservation_specification = std::move(capacity);
    item.private_dns_name_options =
        api::PrivateDnsNameOptionsResponse{.hostname_type = "ip-name",
                                           .enable_resource_name_dns_a_record = false,
                                           .enable_resource_name_dns_aaaa_record = false};
    if (!instance.profile_arn.empty()) {
        item.iam_instance_profile =
            api::IamInstanceProfile{.arn = instance.profile_arn, .id = instance.profile_id};
    }
    if (!instance.state_reason_code.empty()) {
        item.state_reason = api::StateReason{.code = instance.state_reason_code,
                                             .message = instance.state_reason_message};
    }
}

api::InstanceStatusSummary summary(const std::string& status, const std::string& detail) {
    api::InstanceStatusSummary item;
    item.status = status;
    item.details.push_back(
        {.impaired_since = {}, .name = "reachability", .status = detail});
    return item;
}

/// From what was observed: the init runs and is not frozen, the interface is plugged in and can be reached.
void add_checks(const Observed& observed, const Instance& instance, services::ZoneState zone,
                api::InstanceStatus& item) {
    if (instance.state == state::pending) {
        item.instance_status = summary("initializing", "initializing");
        item.system_status = summary("initializing", "initializing");
        return;
    }
    if (instance.state != state::running) {
        item.instance_status = item.system_status = api::InstanceStatusSummary{};
        item.instance_status->status = item.system_status->status = "not-applicable";
        return;
    }
    const bool reachable = services::is_usable(zone);
    const bool runs = reachable && observed.is_running(instance.id) && !observed.hangs(instance.id);
    const bool plugged = reachable && observed.is_plugged(instance.interface_id);
    item.instance_status = runs ? summary("ok", "passed") : summary("impaired", "failed");
    item.system_status = plugged ? summary("ok", "passed") : summary("impaired", "failed");
}

}  // namespace

api::InstanceState state_of(const std::string& name) {
    static const std::map<std::string_view, int> codes{
        {state::pending, 0},     {state::running, 16},  {state::shutting_down, 32},
        {state::terminated, 48}, {state::stopping, 64}, {state::stopped, 80}};
    return {.code = codes.at(name), .name = name};
}

Result<api::Instance> describe(wire::Request& request, const Instance& instance) {
    api::Instance item;
    item.instance_id = instance.id;
    item.image_id = instance.image_id;
    item.instance_type = instance.type;
    item.state = state_of(instance.state);
    item.state_transition_reason = instance.reason;
    item.ami_launch_index = instance.launch_index;
    item.launch_time = instance.launched;
    item.architecture = "x86_64";
    item.client_token = instance.client_token;
    item.ebs_optimized = instance.ebs_optimized;
    item.ena_support = true;
    item.hypervisor = "xen";
    item.root_device_name = instance.root_device;
    item.root_device_type = "ebs";
    item.virtualization_type = "hvm";
    item.platform_details = "Linux/UNIX";
    item.usage_operation = "RunInstances";
    item.usage_operation_update_time = instance.created;
    item.boot_mode = "uefi-preferred";
    item.current_instance_boot_mode = "legacy-bios";
    item.product_codes.present = true;
    api::Placement placement;
    placement.availability_zone = instance.zone;
    placement.availability_zone_id = zone_id_of(request, instance.zone);
    placement.group_name = "";
    placement.tenancy = instance.tenancy;
    item.placement = std::move(placement);
    item.monitoring = api::Monitoring{.state = instance.monitoring ? "enabled" : "disabled"};
    TRY(add_network(request, instance, item));
    TRY(add_volumes(request, instance, item));
    add_options(instance, item);
    if (is_spot(instance)) {
        item.instance_lifecycle = "spot";
        item.spot_instance_request_id = instance.spot_request_id;
    }
    item.tags = TRY(tag_list(request, instance.id));
    return item;
}

Result<api::Reservation> describe_reservation(wire::Request& request,
                                              const std::vector<Instance>& members) {
    api::Reservation item;
    item.reservation_id = members.front().reservation_id;
    item.owner_id = request.account;
    item.groups.present = true;
    for (const auto& one : members) item.instances.push_back(TRY(describe(request, one)));
    return item;
}

Result<std::vector<Instance>> need_instances(wire::Request& request,
                                             const std::vector<std::string>& ids) {
    std::vector<Instance> found;
    std::vector<std::string> missing;
    for (const auto& id : ids) {
        if (!id.starts_with("i-")) {
            return aws_error("InvalidInstanceID.Malformed", fmt::format("Invalid id: \"{}\"", id));
        }
        auto one = TRY(find(request, instances, id));
        if (one) {
            found.push_back(std::move(*one));
        } else {
            missing.push_back(id);
        }
    }
    if (missing.empty()) return found;
    return aws_error("InvalidInstanceID.NotFound",
                     fmt::format("The instance ID{} '{}' do{} not exist",
                                 missing.size() > 1 ? "s" : "", fmt::join(missing, ", "),
                                 missing.size() > 1 ? "" : "es"));
}

Result<api::DescribeInstancesOutput> Service::describe_instances(
    wire::Request& request, const api::DescribeInstancesInput& input) {
    TRY(check_input("DescribeInstances", &input,
                    {"InstanceIds", "IncludeManagedResources", "Filters", "NextToken",
                     "MaxResults"}));
    const auto found = input.instance_ids.empty()
                           ? TRY(all(request, instances))
                           : TRY(need_instances(request, input.instance_ids));
    wire::List<api::Instance> items;
    std::map<std::string, std::string> reservation_of;
    for (const auto& one : found) {
        items.push_back(TRY(describe(request, one)));
        reservation_of[one.id] = one.reservation_id;
    }
    // Filters look at instances, as reservations of one; the answer is by reservation.
    wire::List<api::Reservation> singles;
    for (auto& item : items) {
        api::Reservation one;
        one.reservation_id = reservation_of[*item.instance_id];
        one.owner_id = request.account;
        one.instances.push_back(std::move(item));
        singles.push_back(std::move(one));
    }
    TRY(keep_instances(singles, input.filters));
    wire::List<api::Instance> kept;
    for (auto& one : singles) kept.push_back(std::move(one.instances.front()));
    api::DescribeInstancesOutput output;
    output.next_token =
        TRY(paginate(kept, {input.next_token.value_or(""), input.max_results}));
    output.reservations.present = true;
    for (auto& one : kept) {
        const std::string reservation = reservation_of[*one.instance_id];
        auto known = std::find_if(output.reservations.begin(), output.reservations.end(),
                                  [&](auto& r) { return r.reservation_id == reservation; });
        if (known == output.reservations.end()) {
            api::Reservation item;
            item.reservation_id = reservation;
            item.owner_id = request.account;
            item.groups.present = true;
            output.reservations.push_back(std::move(item));
            known = std::prev(output.reservations.end());
        }
        known->instances.push_back(std::move(one));
    }
    return output;
}

Result<api::DescribeInstanceStatusOutput> Service::describe_instance_status(
    wire::Request& request, const api::DescribeInstanceStatusInput& input) {
    TRY(check_input("DescribeInstanceStatus", &input,
                    {"InstanceIds", "MaxResults", "NextToken", "IncludeManagedResources",
                     "Filters", "IncludeAllInstances"}));
    const auto found = input.instance_ids.empty()
                           ? TRY(all(request, instances))
                           : TRY(need_instances(request, input.instance_ids));
    api::DescribeInstanceStatusOutput output;
    for (const auto& one : found) {
        if (!input.include_all_instances.value_or(false) && one.state != state::running) continue;
        api::InstanceStatus item;
        item.instance_id = one.id;
        item.availability_zone = one.zone;
        item.availability_zone_id = zone_id_of(request, one.zone);
        item.instance_state = state_of(one.state);
        const auto fault = TRY(services::zone_fault(request.tx(), one.zone));
        add_checks(parts_.observed, one, services::zone_state(fault), item);
        output.instance_statuses.push_back(std::move(item));
    }
    output.next_token = TRY(narrow(output.instance_statuses, "DescribeInstanceStatus",
                                   "InstanceStatuses", status_filters, input));
    return output;
}

}  // namespace stormglass::ec2
