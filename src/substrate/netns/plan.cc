// Checks a VpcSpec and resolves what it refers to.
#include "substrate/netns/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "substrate/netns/names.h"
#include "substrate/netns/protocol.h"

namespace stormglass::substrate::netns {
namespace {

Unexpected bad(std::string text) { return fail(Domain::config, "BadVpcSpec", std::move(text)); }

template <class Entry>
Result<void> check_entries(const std::vector<Entry>& entries) {
    for (const Entry& each : entries)
        TRY(protocol_match(each.protocol, each.from_port, each.to_port));
    return {};
}

Result<void> check_groups(const VpcSpec& spec) {
    for (const auto& group : spec.groups) {
        TRY(check_id(group.id));
        for (const auto* rules : {&group.ingress, &group.egress}) {
            TRY(check_entries(*rules));
            for (const auto& rule : *rules) {
                if (rule.cidr.empty() == rule.group_id.empty())
                    return bad(fmt::format("a rule of {} needs a block or a group", group.id));
                if (!rule.group_id.empty()) TRY(check_id(rule.group_id));
                if (is_ipv4_block(rule.cidr)) TRY(parse_block(rule.cidr));
            }
        }
    }
    return {};
}

Result<void> check_acls(const VpcSpec& spec) {
    for (const auto& acl : spec.acls) {
        TRY(check_id(acl.id));
        for (const auto* entries : {&acl.ingress, &acl.egress}) {
            TRY(check_entries(*entries));
            for (const auto& entry : *entries)
                if (is_ipv4_block(entry.cidr)) TRY(parse_block(entry.cidr));
        }
    }
    return {};
}

Result<void> check_limits(const VpcSpec& spec) {
    std::size_t rules = 0;
    for (const auto& group : spec.groups) rules += group.ingress.size() + group.egress.size();
    for (const auto& acl : spec.acls) rules += acl.ingress.size() + acl.egress.size();
    if (rules > rules_max) return bad(fmt::format("{} has over {} rules", spec.id, rules_max));
    if (spec.interfaces.size() > interfaces_max)
        return bad(fmt::format("{} has over {} interfaces", spec.id, interfaces_max));
    return {};
}

Result<void> check_zone_faults(const VpcSpec& spec) {
    std::set<std::string> zones;
    for (const auto& fault : spec.zone_faults) {
        TRY(check_id(fault.zone));
        if (!zones.insert(fault.zone).second) return bad("two faults of zone " + fault.zone);
        if (fault.loss_percent < 0 || fault.loss_percent > 100)
            return bad(fmt::format("a loss of {} percent", fault.loss_percent));
    }
    return {};
}

bool is_cut(const VpcSpec& spec, const std::string& subnet_id) {
    for (const auto& subnet : spec.subnets)
        for (const auto& fault : spec.zone_faults)
            if (subnet.id == subnet_id && subnet.zone == fault.zone)
                return fault.kind == ZoneLinkFault::Kind::cut;
    return false;
}

/// A NAT gateway is an interface whose attachment is the gateway's id. Traffic only takes its
/// address, so a cut zone's gateway must be left out here.
Result<Address> nat_address(const VpcSpec& spec, const RouteSpec& route) {
    for (const auto& each : spec.interfaces)
        if (each.attachment == route.target_id && each.public_address &&
            !is_cut(spec, each.subnet_id))
            return parse_address(*each.public_address);
    return bad(fmt::format("{} has no interface with a public address", route.target_id));
}

Result<PlannedRoute> plan_route(const VpcSpec& spec, const RouteSpec& route) {
    PlannedRoute planned;
    planned.target = route.target;
    const bool fill_in = route.destination.empty() && route.target == RouteTarget::s3_endpoint;
    planned.destination =
        TRY(parse_block(fill_in ? std::string(well_known::s3_range) : route.destination));
    if (route.target == RouteTarget::nat_gateway) {
        // A gateway that is gone leaves a blackhole, as on AWS.
        const auto address = nat_address(spec, route);
        if (address) planned.nat_address = *address;
        if (!address) planned.target = RouteTarget::blackhole;
    }
    if (route.target == RouteTarget::internet_gateway && !spec.has_internet_gateway)
        planned.target = RouteTarget::blackhole;
    return planned;
}

Result<PlannedSubnet> plan_subnet(const VpcSpec& spec, const SubnetSpec& subnet) {
    TRY(check_id(subnet.id));
    PlannedSubnet planned{subnet.id, subnet.acl_id, TRY(parse_block(subnet.cidr)),
                          {},        false,         subnet.zone};
    const auto named = [&](const AclSpec& acl) { return acl.id == subnet.acl_id; };
    if (std::none_of(spec.acls.begin(), spec.acls.end(), named))
        return bad(
            fmt::format("{} names ACL \"{}\", which is not there", subnet.id, subnet.acl_id));
    for (const auto& route : subnet.routes) {
        if (!is_ipv4_block(route.destination) && !route.destination.empty()) continue;
        planned.routes.push_back(TRY(plan_route(spec, route)));
        if (planned.routes.back().target == RouteTarget::internet_gateway)
            planned.leads_to_internet = true;
    }
    std::stable_sort(planned.routes.begin(), planned.routes.end(),
                     [](const PlannedRoute& a, const PlannedRoute& b) {
                         return a.destination.prefix > b.destination.prefix;
                     });
    return planned;
}

bool is_mac(const std::string& text) {
    if (text.size() != 17) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i % 3 == 2 ? text[i] != ':' : !std::isxdigit(static_cast<unsigned char>(text[i])))
            return false;
    return true;
}

Result<PlannedInterface> plan_interface(const VpcPlan& plan, const InterfaceSpec& spec) {
    TRY(check_id(spec.id));
    TRY(check_id(spec.attachment));
    for (const auto& group : spec.group_ids) TRY(check_id(group));
    if (!is_mac(spec.mac)) return bad(fmt::format("{}: \"{}\" is no MAC", spec.id, spec.mac));
    const auto subnet = plan.subnets.find(spec.subnet_id);
    if (subnet == plan.subnets.end())
        return bad(fmt::format("{} is in subnet {}, which is not there", spec.id, spec.subnet_id));
    PlannedInterface planned{&spec, &subnet->second, link_name(interface_letter, spec.id)};
    planned.address = TRY(parse_address(spec.address));
    if (!planned.subnet->block.contains(planned.address))
        return bad(fmt::format("{}: {} is not in {}", spec.id, spec.address, spec.subnet_id));
    if (spec.public_address) {
        const Address address = TRY(parse_address(*spec.public_address));
        if (planned.subnet->leads_to_internet) planned.public_address = address;
    }
    return planned;
}

Result<void> check_distinct(const VpcPlan& plan) {
    std::set<Address> addresses, publics;
    std::set<std::string> links;
    for (const auto& each : plan.interfaces) {
        const bool fresh_public =
            !each.public_address || publics.insert(*each.public_address).second;
        if (!addresses.insert(each.address).second || !links.insert(each.link).second ||
            !fresh_public)
            return bad(fmt::format("{} shares its id or an address with another interface",
                                   each.spec->id));
    }
    return {};
}

}  // namespace

Result<void> check_id(const std::string& id) {
    const auto plain = [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
    };
    if (id.empty() || id.size() > id_length_max || id.front() == '.' ||
        !std::all_of(id.begin(), id.end(), plain))
        return bad(fmt::format("\"{}\" is no id", id));
    return {};
}

Result<VpcPlan> plan_vpc(const VpcSpec& spec) {
    TRY(check_id(spec.id));
    TRY(check_limits(spec));
    TRY(check_groups(spec));
    TRY(check_acls(spec));
    TRY(check_zone_faults(spec));
    VpcPlan plan;
    plan.spec = &spec;
    for (const auto& cidr : spec.cidrs) plan.blocks.push_back(TRY(parse_block(cidr)));
    if (plan.blocks.empty()) return bad(spec.id + " has no address block");
    for (const auto& subnet : spec.subnets)
        plan.subnets[subnet.id] = TRY(plan_subnet(spec, subnet));
    for (const auto& each : spec.interfaces)
        plan.interfaces.push_back(TRY(plan_interface(plan, each)));
    TRY(check_distinct(plan));
    return plan;
}

}  // namespace stormglass::substrate::netns
