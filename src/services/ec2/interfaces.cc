#include "services/ec2/interfaces.h"

#include "services/common/zones.h"
#include "services/ec2/address_pool.h"
#include "services/ec2/names.h"

namespace stormglass::ec2 {
namespace {

constexpr std::size_t groups_max = 16;

/// Locally administered, as AWS's are ("02:...").
std::string new_mac(base::Random& random) {
    const std::string hex = random.hex(10);
    return fmt::format("02:{}:{}:{}:{}:{}", hex.substr(0, 2), hex.substr(2, 2), hex.substr(4, 2),
                       hex.substr(6, 2), hex.substr(8, 2));
}

std::optional<std::string> unless_empty(const std::string& text) {
    if (text.empty()) return std::nullopt;
    return text;
}

std::optional<api::NetworkInterfaceAssociation> describe_association(
    const wire::Request& request, const Interface& interface) {
    if (interface.public_address.empty()) return std::nullopt;
    api::NetworkInterfaceAssociation item;
    item.public_ip = interface.public_address;
    item.public_dns_name = public_name(interface.public_address, request.region);
    item.allocation_id = unless_empty(interface.allocation_id);
    item.association_id = unless_empty(interface.association_id);
    item.ip_owner_id = "amazon";
    if (!interface.allocation_id.empty()) item.ip_owner_id = request.account;
    if (!interface.requester_id.empty()) item.ip_owner_id = interface.requester_id;
    return item;
}

std::optional<api::NetworkInterfaceAttachment> describe_attachment(const wire::Request& request,
                                                                   const Interface& interface) {
    if (interface.attachment_id.empty()) return std::nullopt;
    api::NetworkInterfaceAttachment item;
    item.attachment_id = interface.attachment_id;
    item.instance_id = unless_empty(interface.instance_id);
    item.instance_owner_id =
        interface.instance_id.empty() ? interface.requester_id : request.account;
    item.delete_on_termination = interface.delete_on_termination;
    item.device_index = 0;
    item.network_card_index = 0;
    item.status = "attached";
    item.attach_time = interface.attached;
    return item;
}

services::ManagedInterfaces::Interface outside_view(const Interface& interface) {
    return {.id = interface.id,
            .subnet_id = interface.subnet_id,
            .vpc_id = interface.vpc_id,
            .zone = interface.zone,
            .address = interface.address,
            .public_address = interface.public_address,
            .group_ids = interface.group_ids};
}

}  // namespace

Result<std::vector<std::string>> check_groups(wire::Request& request, const std::string& vpc_id,
                                              const std::vector<std::string>& ids) {
    if (ids.empty()) {
        return std::vector<std::string>{TRY(need(request, vpcs, vpc_id)).default_group_id};
    }
    if (ids.size() > groups_max) {
        return aws_error("SecurityGroupsPerInterfaceLimitExceeded",
                         "The maximum number of security groups per interface has been reached.");
    }
    for (const auto& id : ids) {
        const Group group = TRY(need(request, groups, id));
        if (group.vpc_id != vpc_id) {
            return aws_error("InvalidParameter",
                             fmt::format("Security group {} and subnet belong to different "
                                         "networks.", id));
        }
    }
    return ids;
}

Result<Interface> make_interface(wire::Request& request, base::Random& random,
                                 const InterfaceWish& wish) {
    Interface made;
    made.group_ids = TRY(check_groups(request, wish.subnet.vpc_id, wish.group_ids));
    made.address = TRY(take_private_address(request, random, wish.subnet, wish.address));
    made.id = services::new_id(random, interfaces.prefix);
    made.vpc_id = wish.subnet.vpc_id;
    made.subnet_id = wish.subnet.id;
    made.zone = wish.subnet.zone;
    made.mac = new_mac(random);
    made.description = wish.description;
    made.requester_id = wish.requester_id;
    return made;
}

Result<void> drop_public_address(wire::Request& request, Interface& interface) {
    if (interface.public_address.empty()) return {};
    if (interface.allocation_id.empty()) {
        give_back_public_address(request, interface.public_address);
    } else if (auto address = TRY(find(request, elastic_addresses, interface.allocation_id))) {
        address->interface_id.clear();
        address->association_id.clear();
        save(request, elastic_addresses, *address);
    }
    interface.public_address.clear();
    interface.allocation_id.clear();
    interface.association_id.clear();
    return {};
}

Result<void> remove_interface(wire::Request& request, const Interface& interface) {
    Interface going = interface;
    TRY(drop_public_address(request, going));
    erase(request, interfaces, interface.id);
    return {};
}

Result<wire::List<api::GroupIdentifier>> describe_groups(wire::Request& request,
                                                         const std::vector<std::string>& ids) {
    wire::List<api::GroupIdentifier> items;
    items.present = true;
    for (const auto& id : ids) {
        const auto group = TRY(find(request, groups, id));
        items.push_back({.group_id = id, .group_name = group ? group->name : std::string()});
    }
    return items;
}

Result<api::NetworkInterface> describe(wire::Request& request, const Interface& interface) {
    api::NetworkInterface item;
    item.network_interface_id = interface.id;
    item.owner_id = request.account;
    item.vpc_id = interface.vpc_id;
    item.subnet_id = interface.subnet_id;
    item.availability_zone = interface.zone;
    for (const auto& zone : services::zones_of(request.region)) {
        if (zone.name == interface.zone) item.availability_zone_id = zone.id;
    }
    item.description = interface.description;
    item.interface_type = "interface";
    item.mac_address = interface.mac;
    item.private_ip_address = interface.address;
    item.private_dns_name = private_name(interface.address, request.region);
    item.source_dest_check = interface.source_dest_check;
    item.requester_managed = !interface.requester_id.empty();
    item.requester_id = unless_empty(interface.requester_id);
    item.status = interface.attachment_id.empty() ? "available" : "in-use";
    item.association = describe_association(request, interface);
    if (item.association) item.public_dns_name = item.association->public_dns_name;
    item.attachment = describe_attachment(request, interface);
    item.groups = TRY(describe_groups(request, interface.group_ids));
    item.ipv6_addresses.present = true;
    api::NetworkInterfacePrivateIpAddress primary;
    primary.primary = true;
    primary.private_ip_address = interface.address;
    primary.private_dns_name = item.private_dns_name;
    primary.association = item.association;
    item.private_ip_addresses.push_back(std::move(primary));
    item.tag_set = TRY(tag_list(request, interface.id));
    return item;
}

Result<services::ManagedInterfaces::Interface> ManagedInterfacePort::create(
    wire::Request& request, const Wanted& wanted) {
    const Subnet subnet = TRY(need(request, subnets, wanted.subnet_id));
    ec2::Interface made = TRY(make_interface(request, random_,
                                             {.subnet = subnet,
                                              .address = {},
                                              .group_ids = wanted.group_ids,
                                              .description = wanted.description,
                                              .requester_id = wanted.requester_id}));
    made.attachment_id = services::new_id(random_, "eni-attach");
    made.attached = request.now;
    if (wanted.public_address == services::PublicAddress::wanted) {
        made.public_address = TRY(take_public_address(request, random_, made.id));
    }
    ec2::create(request, interfaces, made, {});
    return outside_view(made);
}

Result<void> ManagedInterfacePort::set_groups(wire::Request& request, const std::string& id,
                                              const std::vector<std::string>& group_ids) {
    ec2::Interface known = TRY(need(request, interfaces, id));
    known.group_ids = TRY(check_groups(request, known.vpc_id, group_ids));
    save(request, interfaces, known);
    return {};
}

Result<void> ManagedInterfacePort::remove(wire::Request& request, const std::string& id) {
    const auto known = TRY(ec2::find(request, interfaces, id));
    if (!known) return {};
    return remove_interface(request, *known);
}

Result<std::optional<services::ManagedInterfaces::Interface>> ManagedInterfacePort::find(
    wire::Request& request, const std::string& id) {
    const auto known = TRY(ec2::find(request, interfaces, id));
    if (!known) return std::nullopt;
    return outside_view(*known);
}

}  // namespace stormglass::ec2
