// The network interface operations of the API.
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/interfaces.h"
#include "services/ec2/service.h"

namespace stormglass::ec2 {
namespace {

constexpr FilterName interface_filters[] = {
    {"association.allocation-id", "Association.AllocationId"},
    {"association.association-id", "Association.AssociationId"},
    {"association.ip-owner-id", "Association.IpOwnerId"},
    {"association.public-dns-name", "Association.PublicDnsName"},
    {"association.public-ip", "Association.PublicIp"},
    {"addresses.association.public-ip", "PrivateIpAddresses.Association.PublicIp"},
    {"addresses.primary", "PrivateIpAddresses.Primary"},
    {"addresses.private-ip-address", "PrivateIpAddresses.PrivateIpAddress"},
    {"attachment.attachment-id", "Attachment.AttachmentId"},
    {"attachment.attach-time", "Attachment.AttachTime"},
    {"attachment.delete-on-termination", "Attachment.DeleteOnTermination"},
    {"attachment.device-index", "Attachment.DeviceIndex"},
    {"attachment.instance-id", "Attachment.InstanceId"},
    {"attachment.instance-owner-id", "Attachment.InstanceOwnerId"},
    {"attachment.status", "Attachment.Status"},
    {"availability-zone", "AvailabilityZone"},
    {"availability-zone-id", "AvailabilityZoneId"},
    {"description", "Description"},
    {"group-id", "Groups.GroupId"},
    {"group-name", "Groups.GroupName"},
    {"interface-type", "InterfaceType"},
    {"mac-address", "MacAddress"},
    {"network-interface-id", "NetworkInterfaceId"},
    {"owner-id", "OwnerId"},
    {"private-dns-name", "PrivateDnsName"},
    {"private-ip-address", "PrivateIpAddress"},
    {"requester-id", "RequesterId"},
    {"requester-managed", "RequesterManaged"},
    {"source-dest-check", "SourceDestCheck"},
    {"status", "Status"},
    {"subnet-id", "SubnetId"},
    {"vpc-id", "VpcId"}};

}  // namespace

Result<api::CreateNetworkInterfaceOutput> Service::create_network_interface(
    wire::Request& request, const api::CreateNetworkInterfaceInput& input) {
    TRY(check_input("CreateNetworkInterface", &input,
                    {"SubnetId", "Description", "PrivateIpAddress", "PrivateIpAddresses", "Groups",
                     "ClientToken", "TagSpecifications"}));
    std::string address = input.private_ip_address.value_or("");
    if (input.private_ip_addresses.size() > 1) return unsupported("secondary private addresses");
    if (input.private_ip_addresses.size() == 1) {
        address = input.private_ip_addresses.front().private_ip_address.value_or("");
    }
    const Subnet subnet = TRY(need(request, subnets, input.subnet_id));
    const Tags tags = TRY(tags_for(request, "network-interface", input.tag_specifications));
    const Interface made = TRY(make_interface(request, parts_.random,
                                              {.subnet = subnet,
                                               .address = address,
                                               .group_ids = input.groups,
                                               .description = input.description.value_or(""),
                                               .requester_id = {}}));
    create(request, interfaces, made, tags);
    return api::CreateNetworkInterfaceOutput{.network_interface = TRY(describe(request, made)),
                                             .client_token = input.client_token};
}

Result<api::DescribeNetworkInterfacesOutput> Service::describe_network_interfaces(
    wire::Request& request, const api::DescribeNetworkInterfacesInput& input) {
    TRY(check_input("DescribeNetworkInterfaces", &input,
                    {"NextToken", "MaxResults", "NetworkInterfaceIds", "Filters",
                     "IncludeManagedResources"}));
    api::DescribeNetworkInterfacesOutput output;
    for (const auto& one : TRY(select(request, interfaces, input.network_interface_ids))) {
        output.network_interfaces.push_back(TRY(describe(request, one)));
    }
    output.next_token = TRY(narrow(output.network_interfaces, "DescribeNetworkInterfaces",
                                   "NetworkInterfaces", interface_filters, input));
    return output;
}

Result<api::DeleteNetworkInterfaceOutput> Service::delete_network_interface(
    wire::Request& request, const api::DeleteNetworkInterfaceInput& input) {
    TRY(check_input("DeleteNetworkInterface", &input, {"NetworkInterfaceId"}));
    const Interface known = TRY(need(request, interfaces, input.network_interface_id));
    if (!known.attachment_id.empty()) {
        return aws_error("InvalidParameterValue",
                         fmt::format("Network interface '{}' is currently in use.", known.id));
    }
    TRY(remove_interface(request, known));
    return {};
}

Result<api::ModifyNetworkInterfaceAttributeOutput> Service::modify_network_interface_attribute(
    wire::Request& request, const api::ModifyNetworkInterfaceAttributeInput& input) {
    TRY(check_input("ModifyNetworkInterfaceAttribute", &input,
                    {"NetworkInterfaceId", "Description", "SourceDestCheck", "Groups",
                     "Attachment"}));
    Interface known = TRY(need(request, interfaces, input.network_interface_id));
    if (!known.requester_id.empty()) {
        return aws_error("AuthFailure",
                         "You do not have permission to access the specified resource.");
    }
    if (input.description) known.description = input.description->value.value_or("");
    if (input.source_dest_check) {
        known.source_dest_check = input.source_dest_check->value.value_or(true);
    }
    if (input.groups.given()) {
        known.group_ids = TRY(check_groups(request, known.vpc_id, input.groups));
    }
    if (input.attachment && input.attachment->delete_on_termination) {
        if (input.attachment->attachment_id != known.attachment_id) {
            return aws_error("InvalidAttachmentID.NotFound",
                             fmt::format("Interface attachment '{}' does not exist",
                                         input.attachment->attachment_id.value_or("")));
        }
        known.delete_on_termination = *input.attachment->delete_on_termination;
    }
    save(request, interfaces, known);
    return {};
}

}  // namespace stormglass::ec2
