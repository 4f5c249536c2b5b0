// Writes the rules. Sets and maps are keyed by the router's end of an interface, which the sender
// cannot choose, and never by an address it could forge.
#include "substrate/netns/ruleset.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/strings.h"
#include "substrate/netns/names.h"
#include "substrate/netns/protocol.h"

namespace stormglass::substrate::netns {
namespace {

// Packet marks, set by a route and read by the chains behind it. Marks do not leave a namespace.
constexpr unsigned mark_internet_gateway = 1;
constexpr unsigned mark_endpoint = 2;
constexpr unsigned mark_first_nat = 16;
constexpr int all_percent = 100;

using Lines = std::vector<std::string>;
using Elements = std::set<std::string>;

std::string quoted(const std::string& link) { return '"' + link + '"'; }

std::string list(const std::vector<Address>& addresses) {
    Lines texts;
    for (const auto& each : addresses) texts.push_back(to_string(each));
    return "{ " + base::join(texts, ", ") + " }";
}

std::string protocol_of(const auto& rule) {
    const auto match = protocol_match(rule.protocol, rule.from_port, rule.to_port);
    CHECK(match.has_value());  // plan_vpc() has checked it.
    return *match;
}

/// "ip saddr 10.0.0.0/8 ", "ip saddr @members_sg-1 ", "" for everyone.
std::string other_side(const char* direction, const std::string& cidr, const std::string& group) {
    if (!group.empty()) return fmt::format("ip {} @members_{} ", direction, group);
    return cidr == "0.0.0.0/0" ? std::string() : fmt::format("ip {} {} ", direction, cidr);
}

Lines acl_lines(const std::vector<AclEntry>& entries, const char* direction) {
    Lines lines;
    for (const auto& entry : entries) {
        if (!is_ipv4_block(entry.cidr)) continue;
        lines.push_back(other_side(direction, entry.cidr, "") + protocol_of(entry) +
                        (entry.allow ? "return" : "drop"));
    }
    lines.push_back("drop");
    return lines;
}

Lines group_lines(const std::vector<GroupRule>& rules, const char* direction) {
    Lines lines;
    for (const auto& rule : rules) {
        if (rule.group_id.empty() && !is_ipv4_block(rule.cidr)) continue;
        lines.push_back(other_side(direction, rule.cidr, rule.group_id) + protocol_of(rule) +
                        "accept");
    }
    return lines;
}

class VpcTable {
public:
    VpcTable(const VpcPlan& plan, Address uplink) : plan_(plan), uplink_(uplink) {}

    Table build() {
        sources();
        groups();
        acls();
        routes();
        zones();
        edge();
        // Behind the internet gateway there are no groups; what comes in must have been mapped.
        stateful({"egress", "group_out_", "iifname", "iifname \"igw\" ct status dnat accept", 0});
        stateful({"ingress", "group_in_", "oifname", "oifname \"igw\" accept", 10});
        local();
        addresses();
        return std::move(table_);
    }

private:
    void add_set(const std::string& name, const std::string& type, Elements elements) {
        table_.sets[name] = {"set", "type " + type, std::move(elements)};
    }
    void add_map(const std::string& name, const std::string& type, Elements elements) {
        table_.sets[name] = {"map", "type " + type, std::move(elements)};
    }
    void add_chain(const std::string& name, Lines rules) {
        table_.chains[name] = {"", std::move(rules)};
    }
    void add_base_chain(const std::string& name, const std::string& hook, Lines rules) {
        table_.chains[name] = {"type " + hook + ";", std::move(rules)};
    }

    void sources() {
        Elements own, unchecked;
        std::map<std::string, Elements> inside;
        for (const auto& each : plan_.interfaces) {
            own.insert(quoted(each.link) + " . " + to_string(each.address));
            if (!each.spec->source_dest_check) unchecked.insert(quoted(each.link));
            inside[each.subnet->id].insert(quoted(each.link));
        }
        add_set("sources", "ifname . ipv4_addr", std::move(own));
        add_set("unchecked", "ifname", std::move(unchecked));
        for (const auto& [id, subnet] : plan_.subnets)
            add_set("inside_" + id, "ifname", std::move(inside[id]));
    }

    void groups() {
        std::map<std::string, Elements> members;
        for (const auto& each : plan_.interfaces)
            for (const auto& group : each.spec->group_ids)
                members[group].insert(to_string(each.address));
        for (const auto& group : plan_.spec->groups) {
            for (const auto* rules : {&group.ingress, &group.egress})
                for (const auto& rule : *rules)
                    if (!rule.group_id.empty()) members[rule.group_id];
            add_chain("group_in_" + group.id, group_lines(group.ingress, "saddr"));
            add_chain("group_out_" + group.id, group_lines(group.egress, "daddr"));
        }
        for (auto& [id, addresses] : members)
            add_set("members_" + id, "ipv4_addr", std::move(addresses));
    }

    void acls() {
        for (const auto& acl : plan_.spec->acls) {
            add_chain("acl_in_" + acl.id, acl_lines(acl.ingress, "saddr"));
            add_chain("acl_out_" + acl.id, acl_lines(acl.egress, "daddr"));
        }
        for (const auto& [id, subnet] : plan_.subnets) {
            add_chain("leave_" + id, {fmt::format("oifname @inside_{} return", id),
                                      "jump acl_out_" + subnet.acl_id});
            add_chain("enter_" + id, {fmt::format("iifname @inside_{} return", id),
                                      "jump acl_in_" + subnet.acl_id});
        }
    }

    std::string route_line(const PlannedRoute& route) {
        const std::string match = route.destination.prefix == 0
                                      ? std::string()
                                      : fmt::format("ip daddr {} ", to_string(route.destination));
        const auto marked = [&](unsigned mark) {
            return match + fmt::format("meta mark set {} return", mark);
        };
        switch (route.target) {
            case RouteTarget::internet_gateway:
                return marked(mark_internet_gateway);
            case RouteTarget::s3_endpoint:
                return marked(mark_endpoint);
            case RouteTarget::nat_gateway: {
                const auto next = mark_first_nat + static_cast<unsigned>(nats_.size());
                return marked(nats_.try_emplace(route.nat_address, next).first->second);
            }
            case RouteTarget::blackhole:
                break;
        }
        return match + "drop";
    }

    void routes() {
        for (const auto& [id, subnet] : plan_.subnets) {
            Lines lines;
            for (const auto& route : subnet.routes) lines.push_back(route_line(route));
            lines.push_back("drop");
            add_chain("routes_" + id, std::move(lines));
        }
    }

    /// Faults of zones act on what crosses a zone's edge, either way, established or not.
    void zones() {
        Lines lines;
        for (const auto& fault : plan_.spec->zone_faults) {
            const std::string set = "zone_" + fault.zone;
            Elements inside;
            for (const auto& each : plan_.interfaces)
                if (each.subnet->zone == fault.zone) inside.insert(quoted(each.link));
            add_set(set, "ifname", std::move(inside));
            const std::string what =
                fault.kind == ZoneLinkFault::Kind::cut || fault.loss_percent >= all_percent
                    ? "drop"  // nft knows no "of 100 all".
                    : fmt::format("numgen random mod 100 < {} drop", fault.loss_percent);
            lines.push_back(fmt::format("iifname @{0} oifname != @{0} {1}", set, what));
            lines.push_back(fmt::format("oifname @{0} iifname != @{0} {1}", set, what));
        }
        if (lines.empty()) return;
        add_base_chain("zones", "filter hook forward priority -20; policy accept",
                       std::move(lines));
    }

    /// An interface's subnet decides which chain it goes through.
    void by_subnet(const std::string& map, const std::string& chain) {
        Elements elements;
        for (const auto& each : plan_.interfaces)
            elements.insert(quoted(each.link) + " : jump " + chain + each.subnet->id);
        add_map(map, "ifname : verdict", std::move(elements));
    }

    void edge() {
        Elements mapped;
        for (const auto& each : plan_.interfaces)
            if (each.public_address) mapped.insert(quoted(each.link));
        add_set("has_public", "ifname", std::move(mapped));
        by_subnet("routes", "routes_");
        by_subnet("leave", "leave_");
        by_subnet("enter", "enter_");
        add_base_chain(
            "edge", "filter hook forward priority -10; policy accept",
            {"meta nfproto ipv6 drop",
             "iifname != \"igw\" iifname != @unchecked iifname . ip saddr != @sources drop",
             "oifname \"igw\" iifname vmap @routes", "oifname \"igw\" meta mark 0 drop",
             fmt::format("oifname \"igw\" meta mark {} iifname != @has_public drop",
                         mark_internet_gateway),
             "iifname vmap @leave", "oifname vmap @enter"});
    }

    struct Stage {
        std::string name, group_prefix;
        std::string own;     // The side whose groups decide.
        std::string beyond;  // The rule for the side that has no groups.
        int priority;
    };

    /// The groups of an interface that exist; none: nothing is allowed.
    Elements groups_of(const PlannedInterface& each) {
        Elements ids;
        for (const auto& group : plan_.spec->groups)
            for (const auto& id : each.spec->group_ids)
                if (group.id == id) ids.insert(id);
        return ids;
    }

    /// One chain per set of groups in use, and the map that leads each interface to its own.
    void stateful(const Stage& stage) {
        Elements elements;
        for (const auto& each : plan_.interfaces) {
            const Elements ids = groups_of(each);
            if (ids.empty()) continue;
            const std::string all = base::join({ids.begin(), ids.end()}, " ");
            const std::string chain = stage.name + link_name('_', all);
            elements.insert(quoted(each.link) + " : jump " + chain);
            Lines lines;
            for (const auto& id : ids) lines.push_back("jump " + stage.group_prefix + id);
            add_chain(chain, std::move(lines));
        }
        add_map(stage.name + "_of", "ifname : verdict", std::move(elements));
        add_base_chain(stage.name,
                       fmt::format("filter hook forward priority {}; policy drop", stage.priority),
                       {"ct state established,related accept", "ct state invalid drop",
                        stage.beyond, fmt::format("{} vmap @{}_of", stage.own, stage.name)});
    }

    /// What the router itself answers; it never calls an interface: no way around the groups.
    void local() {
        Lines in{"iifname \"lo\" accept",
                 "ct state established,related accept",
                 "iifname \"igw\" drop",
                 "iifname . ip saddr != @sources drop",
                 fmt::format("ip daddr {} meta l4proto {{ tcp, udp }} th dport 53 accept",
                             list(resolver_addresses(plan_))),
                 fmt::format("ip daddr {} tcp dport 80 accept", to_string(metadata_address()))};
        const auto gateways = gateway_addresses(plan_);
        if (!gateways.empty())
            in.push_back(fmt::format("ip daddr {} icmp type echo-request accept", list(gateways)));
        add_base_chain("input", "filter hook input priority 0; policy drop", std::move(in));
        add_base_chain(
            "output", "filter hook output priority 0; policy drop",
            {"ct state established,related accept", "oifname { \"lo\", \"igw\" } accept"});
    }

    void addresses() {
        Elements inward, outward;
        for (const auto& each : plan_.interfaces) {
            if (!each.public_address) continue;
            const auto own = to_string(each.address), mapped = to_string(*each.public_address);
            inward.insert(mapped + " : " + own);
            outward.insert(own + " : " + mapped);
        }
        add_map("private_of", "ipv4_addr : ipv4_addr", std::move(inward));
        add_map("public_of", "ipv4_addr : ipv4_addr", std::move(outward));
        add_base_chain("from_internet", "nat hook prerouting priority -100; policy accept",
                       {"iifname \"igw\" dnat ip to ip daddr map @private_of"});
        const auto hide = [](unsigned mark, Address behind) {
            return fmt::format("oifname \"igw\" meta mark {} snat ip to {}", mark,
                               to_string(behind));
        };
        Lines out{hide(mark_endpoint, uplink_)};
        for (const auto& [address, mark] : nats_) out.push_back(hide(mark, address));
        out.push_back("oifname \"igw\" snat ip to ip saddr map @public_of");
        add_base_chain("to_internet", "nat hook postrouting priority 100; policy accept",
                       std::move(out));
    }

    const VpcPlan& plan_;
    Address uplink_;
    std::map<Address, unsigned> nats_;  // Public address of a NAT gateway, and its mark.
    Table table_;
};

Address well_known_address(const char* text) {
    const auto address = parse_address(text);
    CHECK(address.has_value());
    return *address;
}

}  // namespace

Table vpc_table(const VpcPlan& plan, Address uplink) { return VpcTable(plan, uplink).build(); }

Table backplane_table(const std::vector<BackplaneEnd>& ends) {
    Elements own;
    for (const auto& each : ends) own.insert(quoted(each.link) + " . " + to_string(each.address));
    Table table;
    table.sets["sources"] = {"set", "type ifname . ipv4_addr", std::move(own)};
    table.chains["forward"] = {"type filter hook forward priority 0; policy drop;",
                               {"iifname . ip saddr @sources accept"}};
    table.chains["input"] = {"type filter hook input priority 0; policy drop;", {}};
    return table;
}

Table internet_table() {
    Table table;
    table.chains["forward"] = {
        "type filter hook forward priority 0; policy drop;",
        // Not from one VPC to another's uplink, nor to any address that only we use.
        {"ip daddr 198.18.0.0/15 drop",
         fmt::format("iifname \"{0}*\" oifname \"{0}*\" accept", vpc_letter)}};
    return table;
}

std::vector<Address> gateway_addresses(const VpcPlan& plan) {
    std::set<Address> found;
    for (const auto& [id, subnet] : plan.subnets) found.insert(subnet.block.base(1));
    return {found.begin(), found.end()};
}

std::vector<Address> resolver_addresses(const VpcPlan& plan) {
    return {plan.blocks.front().base(2), well_known_address(well_known::resolver_address)};
}

Address metadata_address() { return well_known_address(well_known::metadata_address); }

}  // namespace stormglass::substrate::netns
