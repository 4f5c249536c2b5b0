#include "services/ec2/network_plan.h"

#include "services/ec2/names.h"

namespace stormglass::ec2 {
namespace {

using substrate::RouteTarget;

std::string protocol_name(const std::string& number) {
    if (number == "6") return "tcp";
    if (number == "17") return "udp";
    if (number == "1") return "icmp";
    return number;
}

substrate::RouteSpec plan_route(const RegionRecords& records, const Vpc& vpc, const Route& route) {
    substrate::RouteSpec spec;
    spec.destination = route.destination;
    if (!route.gateway_id.empty()) {
        const auto* gateway = by_id(records.internet_gateways, route.gateway_id);
        if (gateway != nullptr && gateway->vpc_id == vpc.id) {
            spec.target = RouteTarget::internet_gateway;
            spec.target_id = gateway->id;
        }
        return spec;
    }
    const auto* nat = by_id(records.nat_gateways, route.nat_gateway_id);
    if (nat != nullptr && nat->state == "available" && nat->vpc_id == vpc.id) {
        spec.target = RouteTarget::nat_gateway;
        spec.target_id = nat->id;
    }
    return spec;
}

std::vector<substrate::RouteSpec> plan_routes(const RegionRecords& records, const Vpc& vpc,
                                              const std::string& table_id) {
    std::vector<substrate::RouteSpec> routes;
    if (const auto* table = by_id(records.route_tables, table_id)) {
        for (const auto& route : table->routes) routes.push_back(plan_route(records, vpc, route));
    }
    for (const auto& endpoint : records.endpoints) {
        const auto& ids = endpoint.table_ids;
        if (std::find(ids.begin(), ids.end(), table_id) == ids.end()) continue;
        routes.push_back({.destination = substrate::well_known::s3_range,
                          .target = RouteTarget::s3_endpoint,
                          .target_id = endpoint.id});
    }
    return routes;
}

substrate::AclSpec plan_acl(const Acl& acl) {
    substrate::AclSpec spec;
    spec.id = acl.id;
    for (const auto& rule : acl.rules) {
        if (rule.cidr.empty()) continue;  // There is no IPv6 under glass.
        substrate::AclEntry entry;
        entry.number = rule.number;
        entry.allow = rule.allow;
        entry.protocol = protocol_name(rule.protocol);
        entry.cidr = rule.cidr;
        if (rule.from_port) entry.from_port = *rule.from_port;
        if (rule.to_port) entry.to_port = *rule.to_port;
        if (rule.icmp_type) entry.from_port = *rule.icmp_type;
        if (rule.icmp_code) entry.to_port = *rule.icmp_code;
        (rule.egress ? spec.egress : spec.ingress).push_back(std::move(entry));
    }
    return spec;
}

substrate::SecurityGroupSpec plan_group(const RegionRecords& records, const Group& group) {
    substrate::SecurityGroupSpec spec;
    spec.id = group.id;
    for (const auto& rule : group.rules) {
        if (!rule.cidr6.empty() || rule.protocol == "icmpv6") continue;
        substrate::GroupRule planned;
        planned.protocol = rule.protocol;
        planned.from_port = rule.from_port;
        planned.to_port = rule.to_port;
        planned.cidr = rule.cidr;
        if (!rule.prefix_list_id.empty()) planned.cidr = substrate::well_known::s3_range;
        if (!rule.group_id.empty()) {
            // A rule may outlive the group it names; then it lets nothing through.
            if (by_id(records.groups, rule.group_id) == nullptr) continue;
            planned.group_id = rule.group_id;
        }
        (rule.egress ? spec.egress : spec.ingress).push_back(std::move(planned));
    }
    return spec;
}

substrate::InterfaceSpec plan_interface(const Interface& interface, std::string attachment) {
    substrate::InterfaceSpec spec;
    spec.id = interface.id;
    spec.attachment = std::move(attachment);
    spec.subnet_id = interface.subnet_id;
    spec.address = interface.address;
    spec.mac = interface.mac;
    if (!interface.public_address.empty()) spec.public_address = interface.public_address;
    spec.group_ids = interface.group_ids;
    spec.source_dest_check = interface.source_dest_check;
    return spec;
}

substrate::ZoneLinkFault plan_fault(const services::ZoneFault& fault) {
    using Kind = substrate::ZoneLinkFault::Kind;
    const bool is_slow = services::zone_state(fault) == services::ZoneState::slow;
    return {.zone = fault.zone,
            .kind = is_slow ? Kind::slow : Kind::cut,
            .loss_percent = fault.loss_percent};
}

void append(std::string& to, const std::vector<substrate::GroupRule>& rules) {
    for (const auto& rule : rules) {
        to += fmt::format("\n  {} {} {} {} {}", rule.protocol, rule.from_port, rule.to_port,
                          rule.cidr, rule.group_id);
    }
}

void append(std::string& to, const std::vector<substrate::AclEntry>& entries) {
    for (const auto& entry : entries) {
        to += fmt::format("\n  {} {} {} {} {} {}", entry.number, entry.allow, entry.protocol,
                          entry.cidr, entry.from_port, entry.to_port);
    }
}

}  // namespace

std::string attachment_of(const RegionRecords& records, const Interface& interface) {
    if (interface.attachment_id.empty()) return {};
    if (!interface.instance_id.empty()) {
        const auto* instance = by_id(records.instances, interface.instance_id);
        return instance != nullptr && has_body(*instance) ? instance->id : std::string();
    }
    for (const auto& nat : records.nat_gateways) {
        if (nat.interface_id == interface.id) return nat.id;
    }
    return interface.id;
}

substrate::VpcSpec plan_network(const RegionRecords& records, const Vpc& vpc) {
    substrate::VpcSpec spec;
    spec.id = vpc.id;
    for (const auto& block : vpc.blocks) spec.cidrs.push_back(block.cidr);
    for (const auto& gateway : records.internet_gateways) {
        if (gateway.vpc_id == vpc.id) spec.has_internet_gateway = true;
    }
    for (const auto& subnet : records.subnets) {
        if (subnet.vpc_id != vpc.id) continue;
        substrate::SubnetSpec planned{.id = subnet.id,
                                      .cidr = subnet.cidr,
                                      .zone = subnet.zone,
                                      .acl_id = subnet.acl_id,
                                      .routes = {}};
        planned.routes = plan_routes(
            records, vpc, subnet.table_id.empty() ? vpc.main_table_id : subnet.table_id);
        spec.subnets.push_back(std::move(planned));
    }
    for (const auto& acl : records.acls) {
        if (acl.vpc_id == vpc.id) spec.acls.push_back(plan_acl(acl));
    }
    for (const auto& group : records.groups) {
        if (group.vpc_id == vpc.id) spec.groups.push_back(plan_group(records, group));
    }
    for (const auto& interface : records.interfaces) {
        if (interface.vpc_id != vpc.id) continue;
        std::string attachment = attachment_of(records, interface);
        if (attachment.empty()) continue;
        spec.interfaces.push_back(plan_interface(interface, std::move(attachment)));
    }
    for (const auto& fault : records.zone_faults) spec.zone_faults.push_back(plan_fault(fault));
    return spec;
}

std::string fingerprint(const substrate::VpcSpec& spec) {
    std::string text = fmt::format("{} {} {}", spec.id, fmt::join(spec.cidrs, ","),
                                   spec.has_internet_gateway);
    for (const auto& subnet : spec.subnets) {
        text += fmt::format("\n{} {} {} {}", subnet.id, subnet.cidr, subnet.zone, subnet.acl_id);
        for (const auto& route : subnet.routes) {
            text += fmt::format("\n  {} {} {}", route.destination, static_cast<int>(route.target),
                                route.target_id);
        }
    }
    for (const auto& acl : spec.acls) {
        text += "\n" + acl.id + " in";
        append(text, acl.ingress);
        text += "\n out";
        append(text, acl.egress);
    }
    for (const auto& group : spec.groups) {
        text += "\n" + group.id + " in";
        append(text, group.ingress);
        text += "\n out";
        append(text, group.egress);
    }
    for (const auto& one : spec.interfaces) {
        text += fmt::format("\n{} {} {} {} {} {} {} {}", one.id, one.attachment, one.subnet_id,
                            one.address, one.mac, one.public_address.value_or("-"),
                            fmt::join(one.group_ids, ","), one.source_dest_check);
    }
    for (const auto& fault : spec.zone_faults) {
        text += fmt::format("\nfault {} {} {}", fault.zone, static_cast<int>(fault.kind),
                            fault.loss_percent);
    }
    return text;
}

}  // namespace stormglass::ec2
