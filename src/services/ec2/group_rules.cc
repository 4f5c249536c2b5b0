#include "services/ec2/group_rules.h"

#include "base/strings.h"
#include "services/ec2/cidr.h"
#include "services/ec2/names.h"

namespace stormglass::ec2 {
namespace {

constexpr int port_max = 65535;
constexpr int icmp_max = 255;

Result<std::string> protocol_name(const std::string& given) {
    const std::string name = base::to_lower(given);
    if (name == "-1" || name == "all") return std::string("-1");
    if (name == "tcp" || name == "6") return std::string("tcp");
    if (name == "udp" || name == "17") return std::string("udp");
    if (name == "icmp" || name == "1") return std::string("icmp");
    if (name == "icmpv6" || name == "58") return std::string("icmpv6");
    const auto number = base::parse_integer(name);
    if (number && *number >= 0 && *number <= 255) return std::to_string(*number);
    return aws_error("InvalidParameterValue",
                     fmt::format("Invalid value '{}' for IP protocol. Unknown protocol.", given));
}

Result<void> check_ports(GroupRule& rule) {
    if (rule.protocol == "tcp" || rule.protocol == "udp") {
        const bool valid = rule.from_port >= 0 && rule.to_port <= port_max &&
                           rule.from_port <= rule.to_port;
        if (valid) return {};
        return aws_error("InvalidParameterValue",
                         fmt::format("Invalid {} port range ({}:{})", base::to_upper(rule.protocol),
                                     rule.from_port, rule.to_port));
    }
    if (rule.protocol == "icmp" || rule.protocol == "icmpv6") {
        if (rule.from_port >= -1 && rule.from_port <= icmp_max && rule.to_port >= -1 &&
            rule.to_port <= icmp_max) {
            return {};
        }
        return aws_error("InvalidParameterValue",
                         fmt::format("ICMP code ({}) out of range", rule.to_port));
    }
    rule.from_port = rule.to_port = -1;
    return {};
}

Result<void> check_peer(wire::Request& request, const Group& group, GroupRule& rule) {
    const int peers = !rule.cidr.empty() + !rule.cidr6.empty() + !rule.prefix_list_id.empty() +
                      !rule.group_id.empty();
    if (peers != 1) {
        return aws_error("InvalidParameterValue",
                         "A rule needs exactly one of an IPv4 block, an IPv6 block, a prefix list "
                         "and a security group");
    }
    if (!rule.cidr.empty()) {
        const auto cidr = parse_cidr(rule.cidr);
        if (!cidr) {
            return aws_error("InvalidParameterValue",
                             fmt::format("CIDR block {} is malformed", rule.cidr));
        }
        rule.cidr = cidr->text();
    }
    if (!rule.cidr6.empty()) {
        const auto cidr = parse_cidr6(rule.cidr6);
        if (!cidr) {
            return aws_error("InvalidParameterValue",
                             fmt::format("CIDR block {} is malformed", rule.cidr6));
        }
        rule.cidr6 = *cidr;
    }
    if (!rule.prefix_list_id.empty() && rule.prefix_list_id != s3_prefix_list_id(request.region)) {
        return aws_error("InvalidPrefixListId.NotFound",
                         fmt::format("The prefix list ID '{}' does not exist",
                                     rule.prefix_list_id));
    }
    if (!rule.group_id.empty() && rule.group_id != group.id) {
        const Group other = TRY(need(request, groups, rule.group_id));
        if (other.vpc_id != group.vpc_id) {
            return aws_error("InvalidGroup.NotFound",
                             "You have specified two resources that belong to different networks.");
        }
    }
    return {};
}

std::string peer_of(const GroupRule& rule) {
    return rule.cidr + rule.cidr6 + rule.prefix_list_id + rule.group_id;
}

/// A permission's rules, one for each of its peers.
Result<void> expand(wire::Request& request, const Group& group, bool egress,
                    const api::IpPermission& permission, std::vector<GroupRule>& to) {
    GroupRule shape;
    shape.egress = egress;
    shape.protocol = permission.ip_protocol.value_or("");
    shape.from_port = static_cast<int>(permission.from_port.value_or(-1));
    shape.to_port = static_cast<int>(permission.to_port.value_or(-1));
    const auto add = [&](std::string GroupRule::*peer, const std::optional<std::string>& value,
                         const std::optional<std::string>& description) -> Result<void> {
        GroupRule rule = shape;
        rule.*peer = value.value_or("");
        rule.description = description.value_or("");
        to.push_back(TRY(normalise(request, group, std::move(rule))));
        return {};
    };
    for (const auto& one : permission.ip_ranges) {
        TRY(add(&GroupRule::cidr, one.cidr_ip, one.description));
    }
    for (const auto& one : permission.ipv6_ranges) {
        TRY(add(&GroupRule::cidr6, one.cidr_ipv6, one.description));
    }
    for (const auto& one : permission.prefix_list_ids) {
        TRY(add(&GroupRule::prefix_list_id, one.prefix_list_id, one.description));
    }
    for (const auto& one : permission.user_id_group_pairs) {
        TRY(add(&GroupRule::group_id, one.group_id, one.description));
    }
    return {};
}

std::optional<std::string> unless_empty(const std::string& text) {
    if (text.empty()) return std::nullopt;
    return text;
}

void add_peer(api::IpPermission& item, const wire::Request& request, const GroupRule& rule) {
    const auto description = unless_empty(rule.description);
    if (!rule.cidr.empty()) {
        item.ip_ranges.push_back({.description = description, .cidr_ip = rule.cidr});
    } else if (!rule.cidr6.empty()) {
        item.ipv6_ranges.push_back({.description = description, .cidr_ipv6 = rule.cidr6});
    } else if (!rule.prefix_list_id.empty()) {
        item.prefix_list_ids.push_back(
            {.description = description, .prefix_list_id = rule.prefix_list_id});
    } else {
        api::UserIdGroupPair pair;
        pair.description = description;
        pair.user_id = request.account;
        pair.group_id = rule.group_id;
        item.user_id_group_pairs.push_back(std::move(pair));
    }
}

}  // namespace

Result<GroupRule> normalise(wire::Request& request, const Group& group, GroupRule rule) {
    if (rule.protocol.empty()) {
        return aws_error("MissingParameter", "The request must contain the parameter ipProtocol");
    }
    rule.protocol = TRY(protocol_name(rule.protocol));
    TRY(check_ports(rule));
    TRY(check_peer(request, group, rule));
    return rule;
}

Result<std::vector<GroupRule>> rules_of(wire::Request& request, const Group& group, bool egress,
                                        const wire::List<api::IpPermission>& permissions) {
    std::vector<GroupRule> rules;
    for (const auto& one : permissions) TRY(expand(request, group, egress, one, rules));
    return rules;
}

bool same_traffic(const GroupRule& a, const GroupRule& b) {
    return a.egress == b.egress && a.protocol == b.protocol && a.from_port == b.from_port &&
           a.to_port == b.to_port && peer_of(a) == peer_of(b);
}

std::string describe_traffic(const GroupRule& rule) {
    const std::string protocol =
        rule.protocol == "-1" ? std::string("ALL") : base::to_upper(rule.protocol);
    std::string ports;
    if (rule.from_port >= 0) {
        ports = fmt::format("from port: {}, to port: {}, ", rule.from_port, rule.to_port);
    }
    return fmt::format("peer: {}, {}, {}ALLOW", peer_of(rule), protocol, ports);
}

wire::List<api::IpPermission> permissions_of(const wire::Request& request, const Group& group,
                                             bool egress) {
    wire::List<api::IpPermission> items;
    items.present = true;
    for (const auto& rule : group.rules) {
        if (rule.egress != egress) continue;
        const bool all = rule.protocol == "-1";
        auto known = std::find_if(items.begin(), items.end(), [&](const api::IpPermission& item) {
            return item.ip_protocol == rule.protocol &&
                   (all || (item.from_port == rule.from_port && item.to_port == rule.to_port));
        });
        if (known == items.end()) {
            api::IpPermission item;
            item.ip_protocol = rule.protocol;
            if (!all) {
                item.from_port = rule.from_port;
                item.to_port = rule.to_port;
            }
            item.ip_ranges.present = item.ipv6_ranges.present = true;
            item.prefix_list_ids.present = item.user_id_group_pairs.present = true;
            items.push_back(std::move(item));
            known = std::prev(items.end());
        }
        add_peer(*known, request, rule);
    }
    return items;
}

Result<api::SecurityGroupRule> describe_rule(wire::Request& request, const Group& group,
                                             const GroupRule& rule) {
    api::SecurityGroupRule item;
    item.security_group_rule_id = rule.id;
    item.security_group_rule_arn = request.arn("ec2", "security-group-rule/" + rule.id);
    item.group_id = group.id;
    item.group_owner_id = request.account;
    item.is_egress = rule.egress;
    item.ip_protocol = rule.protocol;
    item.from_port = rule.from_port;
    item.to_port = rule.to_port;
    item.cidr_ipv4 = unless_empty(rule.cidr);
    item.cidr_ipv6 = unless_empty(rule.cidr6);
    item.prefix_list_id = unless_empty(rule.prefix_list_id);
    if (!rule.group_id.empty()) {
        api::ReferencedSecurityGroup referenced;
        referenced.group_id = rule.group_id;
        referenced.user_id = request.account;
        item.referenced_group_info = std::move(referenced);
    }
    item.description = unless_empty(rule.description);
    item.tags = TRY(tag_list(request, rule.id));
    return item;
}

}  // namespace stormglass::ec2
