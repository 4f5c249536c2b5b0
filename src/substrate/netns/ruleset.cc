// Writes the rules. Sets and maps are keyed by the router's end of an interface, which the sender
// cannot choose, and never by an address it could forge.
#include "substrate/netns/ruleset.h"

#include <fmt/format.h>

#include <map>
#include <set>

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

using Lines = std::vector<std::string>;

void append(std::string& out, const std::string& head, const Lines& lines) {
    out += head + " {\n";
    for (const auto& line : lines) out += "    " + line + "\n";
    out += "}\n";
}

/// A named set or map; nft refuses an empty list of elements.
void append_set(std::string& out, const std::string& head, const std::string& type,
                const Lines& elements) {
    Lines lines{type};
    if (!elements.empty()) lines.push_back("elements = { " + base::join(elements, ", ") + " }");
    append(out, head, lines);
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

    std::string text() {
        sources();
        groups();
        acls();
        routes();
        edge();
        // Behind the internet gateway there are no groups; what comes in must have been mapped.
        stateful({"egress", "group_out_", "iifname", "iifname \"igw\" ct status dnat accept", 0});
        stateful({"ingress", "group_in_", "oifname", "oifname \"igw\" accept", 10});
        input();
        addresses();
        return "table inet stormglass {\n" + out_ + "}\n";
    }

private:
    void sources() {
        Lines own, unchecked;
        std::map<std::string, Lines> members;
        for (const auto& each : plan_.interfaces) {
            own.push_back(fmt::format("\"{}\" . {}", each.link, to_string(each.address)));
            if (!each.spec->source_dest_check) unchecked.push_back('"' + each.link + '"');
            members[each.subnet->id].push_back('"' + each.link + '"');
        }
        append_set(out_, "set sources", "type ifname . ipv4_addr", own);
        append_set(out_, "set unchecked", "type ifname", unchecked);
        for (const auto& [id, subnet] : plan_.subnets)
            append_set(out_, "set inside_" + id, "type ifname", members[id]);
    }

    void groups() {
        std::map<std::string, Lines> members;
        for (const auto& each : plan_.interfaces)
            for (const auto& group : each.spec->group_ids)
                members[group].push_back(to_string(each.address));
        for (const auto& group : plan_.spec->groups) {
            members[group.id];
            for (const auto* rules : {&group.ingress, &group.egress})
                for (const auto& rule : *rules)
                    if (!rule.group_id.empty()) members[rule.group_id];
        }
        for (const auto& [id, addresses] : members)
            append_set(out_, "set members_" + id, "type ipv4_addr", addresses);
        for (const auto& group : plan_.spec->groups) {
            append(out_, "chain group_in_" + group.id, group_lines(group.ingress, "saddr"));
            append(out_, "chain group_out_" + group.id, group_lines(group.egress, "daddr"));
        }
    }

    void acls() {
        for (const auto& acl : plan_.spec->acls) {
            append(out_, "chain acl_in_" + acl.id, acl_lines(acl.ingress, "saddr"));
            append(out_, "chain acl_out_" + acl.id, acl_lines(acl.egress, "daddr"));
        }
        for (const auto& [id, subnet] : plan_.subnets) {
            append(out_, "chain leave_" + id,
                   {fmt::format("oifname @inside_{} return", id), "jump acl_out_" + subnet.acl_id});
            append(out_, "chain enter_" + id,
                   {fmt::format("iifname @inside_{} return", id), "jump acl_in_" + subnet.acl_id});
        }
    }

    std::string route_line(const PlannedRoute& route) {
        const std::string match =
            route.destination.prefix == 0
                ? std::string()
                : fmt::format("ip daddr {} ", to_string(route.destination));
        switch (route.target) {
            case RouteTarget::internet_gateway:
                return match + fmt::format("meta mark set {} return", mark_internet_gateway);
            case RouteTarget::s3_endpoint:
                return match + fmt::format("meta mark set {} return", mark_endpoint);
            case RouteTarget::nat_gateway: {
                const auto mark = mark_first_nat + static_cast<unsigned>(nats_.size());
                const auto [at, fresh] = nats_.try_emplace(route.nat_address, mark);
                return match + fmt::format("meta mark set {} return", at->second);
            }
            case RouteTarget::blackhole: break;
        }
        return match + "drop";
    }

    void routes() {
        for (const auto& [id, subnet] : plan_.subnets) {
            Lines lines;
            for (const auto& route : subnet.routes) lines.push_back(route_line(route));
            lines.push_back("drop");
            append(out_, "chain routes_" + id, lines);
        }
    }

    /// An interface's subnet decides which chain it goes through.
    void by_subnet(const std::string& map, const std::string& chain) {
        Lines elements;
        for (const auto& each : plan_.interfaces)
            elements.push_back(fmt::format("\"{}\" : jump {}{}", each.link, chain,
                                           each.subnet->id));
        append_set(out_, "map " + map, "type ifname : verdict", elements);
    }

    void edge() {
        Lines mapped;
        for (const auto& each : plan_.interfaces)
            if (each.public_address) mapped.push_back('"' + each.link + '"');
        append_set(out_, "set has_public", "type ifname", mapped);
        by_subnet("routes", "routes_");
        by_subnet("leave", "leave_");
        by_subnet("enter", "enter_");
        append(out_, "chain edge",
               {"type filter hook forward priority -10; policy accept;",
                "meta nfproto ipv6 drop",
                "iifname != \"igw\" iifname != @unchecked iifname . ip saddr != @sources drop",
                "oifname \"igw\" iifname vmap @routes",
                "oifname \"igw\" meta mark 0 drop",
                fmt::format("oifname \"igw\" meta mark {} iifname != @has_public drop",
                            mark_internet_gateway),
                "iifname vmap @leave",
                "oifname vmap @enter"});
    }

    struct Stage {
        std::string name, group_prefix;
        std::string own;     // The side whose groups decide.
        std::string beyond;  // The rule for the side that has no groups.
        int priority;
    };

    /// One chain per set of groups in use, and the map that leads each interface to its own.
    void stateful(const Stage& stage) {
        std::set<std::string> known;
        for (const auto& group : plan_.spec->groups) known.insert(group.id);
        std::map<std::set<std::string>, std::string> chains;
        Lines elements;
        for (const auto& each : plan_.interfaces) {
            std::set<std::string> ids(each.spec->group_ids.begin(), each.spec->group_ids.end());
            std::erase_if(ids, [&](const std::string& id) { return !known.contains(id); });
            if (ids.empty()) continue;
            const auto [at, fresh] =
                chains.try_emplace(ids, fmt::format("{}_{}", stage.name, chains.size()));
            elements.push_back(fmt::format("\"{}\" : jump {}", each.link, at->second));
        }
        for (const auto& [ids, chain] : chains) {
            Lines lines;
            for (const auto& id : ids) lines.push_back("jump " + stage.group_prefix + id);
            append(out_, "chain " + chain, lines);
        }
        append_set(out_, "map " + stage.name + "_of", "type ifname : verdict", elements);
        append(out_, "chain " + stage.name,
               {fmt::format("type filter hook forward priority {}; policy drop;", stage.priority),
                "ct state established,related accept", "ct state invalid drop", stage.beyond,
                fmt::format("{} vmap @{}_of", stage.own, stage.name)});
    }

    void input() {
        const auto list = [](const std::vector<Address>& addresses) {
            Lines texts;
            for (const auto& each : addresses) texts.push_back(to_string(each));
            return base::join(texts, ", ");
        };
        Lines lines{"type filter hook input priority 0; policy drop;",
                    "iifname \"lo\" accept",
                    "ct state established,related accept",
                    "iifname \"igw\" drop",
                    "iifname . ip saddr != @sources drop",
                    fmt::format("ip daddr {{ {} }} meta l4proto {{ tcp, udp }} th dport 53 accept",
                                list(resolver_addresses(plan_))),
                    fmt::format("ip daddr {} tcp dport 80 accept", to_string(metadata_address()))};
        const auto gateways = gateway_addresses(plan_);
        if (!gateways.empty())
            lines.push_back(
                fmt::format("ip daddr {{ {} }} icmp type echo-request accept", list(gateways)));
        append(out_, "chain input", lines);
        // The router answers interfaces, but never calls them: no way around their groups.
        append(out_, "chain output",
               {"type filter hook output priority 0; policy drop;",
                "ct state established,related accept",
                "oifname { \"lo\", \"igw\" } accept"});
    }

    void addresses() {
        Lines inward, outward;
        for (const auto& each : plan_.interfaces) {
            if (!each.public_address) continue;
            const auto own = to_string(each.address), mapped = to_string(*each.public_address);
            inward.push_back(mapped + " : " + own);
            outward.push_back(own + " : " + mapped);
        }
        append_set(out_, "map private_of", "type ipv4_addr : ipv4_addr", inward);
        append_set(out_, "map public_of", "type ipv4_addr : ipv4_addr", outward);
        append(out_, "chain from_internet",
               {"type nat hook prerouting priority -100; policy accept;",
                "iifname \"igw\" dnat ip to ip daddr map @private_of"});
        Lines lines{"type nat hook postrouting priority 100; policy accept;",
                    fmt::format("oifname \"igw\" meta mark {} snat ip to {}", mark_endpoint,
                                to_string(uplink_))};
        for (const auto& [address, mark] : nats_)
            lines.push_back(fmt::format("oifname \"igw\" meta mark {} snat ip to {}", mark,
                                        to_string(address)));
        lines.push_back("oifname \"igw\" snat ip to ip saddr map @public_of");
        append(out_, "chain to_internet", lines);
    }

    const VpcPlan& plan_;
    Address uplink_;
    std::map<Address, unsigned> nats_;  // Public address of a NAT gateway, and its mark.
    std::string out_;
};

Address well_known_address(const char* text) {
    const auto address = parse_address(text);
    CHECK(address.has_value());
    return *address;
}

}  // namespace

std::string vpc_table(const VpcPlan& plan, Address uplink) { return VpcTable(plan, uplink).text(); }

std::string backplane_table(const std::vector<BackplaneEnd>& ends) {
    Lines own;
    for (const auto& each : ends)
        own.push_back(fmt::format("\"{}\" . {}", each.link, to_string(each.address)));
    std::string out;
    append_set(out, "set sources", "type ifname . ipv4_addr", own);
    append(out, "chain forward",
           {"type filter hook forward priority 0; policy drop;", "iifname . ip saddr @sources accept"});
    append(out, "chain input", {"type filter hook input priority 0; policy drop;"});
    return "table inet stormglass {\n" + out + "}\n";
}

std::string internet_table() {
    std::string out;
    append(out, "chain forward",
           {"type filter hook forward priority 0; policy drop;",
            // Not from one VPC to another's uplink, nor to any address that only we use.
            "ip daddr 198.18.0.0/15 drop",
            fmt::format("iifname \"{0}*\" oifname \"{0}*\" accept", vpc_letter)});
    return "table inet stormglass {\n" + out + "}\n";
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
