// Elastic IPs: public addresses that stay an account's own until they are released.
#include "services/ec2/address_pool.h"
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/interfaces.h"
#include "services/ec2/service.h"

namespace stormglass::ec2 {
namespace {

constexpr std::size_t addresses_max = 20;

constexpr FilterName address_filters[] = {
    {"allocation-id", "AllocationId"},
    {"association-id", "AssociationId"},
    {"domain", "Domain"},
    {"instance-id", "InstanceId"},
    {"network-border-group", "NetworkBorderGroup"},
    {"network-interface-id", "NetworkInterfaceId"},
    {"network-interface-owner-id", "NetworkInterfaceOwnerId"},
    {"private-ip-address", "PrivateIpAddress"},
    {"public-ip", "PublicIp"}};

Result<api::Address> describe(wire::Request& request, const ElasticAddress& address) {
    api::Address item;
    item.allocation_id = address.id;
    item.public_ip = address.public_address;
    item.domain = "vpc";
    item.public_ipv4_pool = "amazon";
    item.network_border_group = request.region;
    item.tags = TRY(tag_list(request, address.id));
    if (address.interface_id.empty()) return item;
    const Interface interface = TRY(need(request, interfaces, address.interface_id));
    item.association_id = address.association_id;
    item.network_interface_id = interface.id;
    item.network_interface_owner_id = request.account;
    item.private_ip_address = interface.address;
    item.subnet_id = interface.subnet_id;
    if (!interface.instance_id.empty()) item.instance_id = interface.instance_id;
    return item;
}

Result<ElasticAddress> by_public_address(wire::Request& request, const std::string& text) {
    auto found = TRY(where(request, elastic_addresses,
                           [&](const ElasticAddress& one) { return one.public_address == text; }));
    if (!found.empty()) return std::move(found.front());
    return aws_error("InvalidAddress.NotFound", fmt::format("Address '{}' not found.", text));
}

template <class Input>
Result<ElasticAddress> named(wire::Request& request, const Input& input) {
    if (input.allocation_id) return need(request, elastic_addresses, *input.allocation_id);
    if (input.public_ip) return by_public_address(request, *input.public_ip);
    return aws_error("MissingParameter", "Either public IP or allocation id must be specified");
}

/// The interface that an association is for: named, or the instance's own.
Result<Interface> interface_for(wire::Request& request, const api::AssociateAddressInput& input) {
    if (input.network_interface_id) return need(request, interfaces, *input.network_interface_id);
    const Instance instance = TRY(need(request, instances, input.instance_id.value_or("")));
    auto known = TRY(find(request, interfaces, instance.interface_id));
    if (known) return std::move(*known);
    return aws_error("IncorrectInstanceState",
                     fmt::format("The instance '{}' is not in a valid state for this operation.",
                                 instance.id));
}

Result<void> release_association(wire::Request& request, ElasticAddress& address) {
    if (auto interface = TRY(find(request, interfaces, address.interface_id))) {
        interface->public_address.clear();
        interface->allocation_id.clear();
        interface->association_id.clear();
        save(request, interfaces, *interface);
    }
    address.interface_id.clear();
    address.association_id.clear();
    save(request, elastic_addresses, address);
    return {};
}

}  // namespace

Result<api::AllocateAddressOutput> Service::allocate_address(
    wire::Request& request, const api::AllocateAddressInput& input) {
    TRY(check_input("AllocateAddress", &input, {"Domain", "TagSpecifications"}));
    if (TRY(all(request, elastic_addresses)).size() >= addresses_max) {
        return aws_error("AddressLimitExceeded",
                         "The maximum number of addresses has been reached.");
    }
    const Tags tags = TRY(tags_for(request, "elastic-ip", input.tag_specifications));
    ElasticAddress address;
    address.id = new_id(elastic_addresses.prefix);
    address.public_address = TRY(take_public_address(request, parts_.random, address.id));
    create(request, elastic_addresses, address, tags);
    api::AllocateAddressOutput output;
    output.allocation_id = address.id;
    output.public_ip = address.public_address;
    output.public_ipv4_pool = "amazon";
    output.network_border_group = request.region;
    output.domain = "vpc";
    return output;
}

Result<api::AssociateAddressOutput> Service::associate_address(
    wire::Request& request, const api::AssociateAddressInput& input) {
    TRY(check_input("AssociateAddress", &input,
                    {"AllocationId", "InstanceId", "PublicIp", "NetworkInterfaceId",
                     "AllowReassociation"}));
    ElasticAddress address = TRY(named(request, input));
    Interface interface = TRY(interface_for(request, input));
    if (TRY(in_vpc(request, internet_gateways, interface.vpc_id)).empty()) {
        return aws_error("Gateway.NotAttached",
                         fmt::format("Network {} is not attached to any internet gateway",
                                     interface.vpc_id));
    }
    if (address.interface_id == interface.id) {
        return api::AssociateAddressOutput{.association_id = address.association_id};
    }
    if (!address.interface_id.empty()) {
        if (!input.allow_reassociation.value_or(true)) {
            return aws_error("Resource.AlreadyAssociated",
                             fmt::format("resource {} is already associated with associate-id {}",
                                         address.id, address.association_id));
        }
        TRY(release_association(request, address));
    }
    TRY(drop_public_address(request, interface));
    address.interface_id = interface.id;
    address.association_id = new_id("eipassoc");
    interface.public_address = address.public_address;
    interface.allocation_id = address.id;
    interface.association_id = address.association_id;
    save(request, interfaces, interface);
    save(request, elastic_addresses, address);
    return api::AssociateAddressOutput{.association_id = address.association_id};
}

Result<api::DisassociateAddressOutput> Service::disassociate_address(
    wire::Request& request, const api::DisassociateAddressInput& input) {
    TRY(check_input("DisassociateAddress", &input, {"AssociationId", "PublicIp"}));
    auto found = TRY(where(request, elastic_addresses, [&](const ElasticAddress& one) {
        return !one.association_id.empty() && (one.association_id == input.association_id ||
                                               one.public_address == input.public_ip);
    }));
    if (found.empty()) {
        return aws_error("InvalidAssociationID.NotFound",
                         fmt::format("The association ID '{}' does not exist",
                                     input.association_id.value_or("")));
    }
    TRY(release_association(request, found.front()));
    return {};
}

Result<api::ReleaseAddressOutput> Service::release_address(wire::Request& request,
                                                           const api::ReleaseAddressInput& input) {
    TRY(check_input("ReleaseAddress", &input,
                    {"AllocationId", "PublicIp", "NetworkBorderGroup"}));
    const ElasticAddress address = TRY(named(request, input));
    if (!address.interface_id.empty()) {
        return aws_error("InvalidIPAddress.InUse",
                         fmt::format("The address with allocation id '{}' is in use", address.id));
    }
    give_back_public_address(request, address.public_address);
    erase(request, elastic_addresses, address.id);
    return {};
}

Result<api::DescribeAddressesOutput> Service::describe_addresses(
    wire::Request& request, const api::DescribeAddressesInput& input) {
    TRY(check_input("DescribeAddresses", &input, {"PublicIps", "Filters", "AllocationIds"}));
    api::DescribeAddressesOutput output;
    for (const auto& one : TRY(select(request, elastic_addresses, input.allocation_ids))) {
        output.addresses.push_back(TRY(describe(request, one)));
    }
    for (const auto& text : input.public_ips) TRY(by_public_address(request, text));
    if (input.public_ips.given()) {
        std::erase_if(output.addresses, [&](const api::Address& one) {
            return std::find(input.public_ips.begin(), input.public_ips.end(), *one.public_ip) ==
                   input.public_ips.end();
        });
    }
    TRY(keep_matching(output.addresses, "DescribeAddresses", "Addresses", address_filters,
                      input.filters));
    return output;
}

Result<api::DescribeAddressesAttributeOutput> Service::describe_addresses_attribute(
    wire::Request& request, const api::DescribeAddressesAttributeInput& input) {
    TRY(check_input("DescribeAddressesAttribute", &input,
                    {"AllocationIds", "Attribute", "NextToken", "MaxResults"}));
    api::DescribeAddressesAttributeOutput output;
    output.addresses.present = true;
    // Only addresses with a reverse name are listed, and none can have one here.
    for (const auto& id : input.allocation_ids) TRY(need(request, elastic_addresses, id));
    return output;
}

}  // namespace stormglass::ec2
