// Network ACLs: stateless rules at the edge of subnets. Every subnet has exactly one.
#include "services/ec2/access.h"
#include "services/ec2/cidr.h"
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/service.h"
#include "base/strings.h"

namespace stormglass::ec2 {
namespace {

constexpr int last_rule_number = 32767;   // The deny that ends every ACL.
constexpr int rule_number_max = 32766;
constexpr int port_max = 65535;

constexpr FilterName acl_filters[] = {
    {"association.association-id", "Associations.NetworkAclAssociationId"},
    {"association.network-acl-id", "Associations.NetworkAclId"},
    {"association.subnet-id", "Associations.SubnetId"},
    {"default", "IsDefault"},
    {"entry.cidr", "Entries.CidrBlock"},
    {"entry.egress", "Entries.Egress"},
    {"entry.icmp.code", "Entries.IcmpTypeCode.Code"},
    {"entry.icmp.type", "Entries.IcmpTypeCode.Type"},
    {"entry.ipv6-cidr", "Entries.Ipv6CidrBlock"},
    {"entry.port-range.from", "Entries.PortRange.From"},
    {"entry.port-range.to", "Entries.PortRange.To"},
    {"entry.protocol", "Entries.Protocol"},
    {"entry.rule-action", "Entries.RuleAction"},
    {"entry.rule-number", "Entries.RuleNumber"},
    {"network-acl-id", "NetworkAclId"},
    {"owner-id", "OwnerId"},
    {"vpc-id", "VpcId"}};

api::NetworkAclEntry describe_rule(const AclRule& rule) {
    api::NetworkAclEntry item;
    item.rule_number = rule.number;
    item.egress = rule.egress;
    item.rule_action = rule.allow ? "allow" : "deny";
    item.protocol = rule.protocol;
    if (!rule.cidr.empty()) item.cidr_block = rule.cidr;
    if (!rule.cidr6.empty()) item.ipv6_cidr_block = rule.cidr6;
    if (rule.from_port) item.port_range = api::PortRange{rule.from_port, rule.to_port};
    if (rule.icmp_type) item.icmp_type_code = api::IcmpTypeCode{rule.icmp_code, rule.icmp_type};
    return item;
}

Result<api::NetworkAcl> describe(wire::Request& request, const std::vector<Subnet>& all_subnets,
                                 const Acl& acl) {
    api::NetworkAcl item;
    item.network_acl_id = acl.id;
    item.vpc_id = acl.vpc_id;
    item.owner_id = request.account;
    item.is_default = acl.is_default;
    item.tags = TRY(tag_list(request, acl.id));
    item.associations.present = true;
    for (const auto& subnet : all_subnets) {
        if (subnet.acl_id != acl.id) continue;
        item.associations.push_back({.network_acl_association_id = subnet.acl_association_id,
                                     .network_acl_id = acl.id,
                                     .subnet_id = subnet.id});
    }
    for (const bool egress : {true, false}) {
        for (const auto& rule : acl.rules) {
            if (rule.egress == egress) item.entries.push_back(describe_rule(rule));
        }
        AclRule last;
        last.number = last_rule_number;
        last.egress = egress;
        last.protocol = "-1";
        last.cidr = "0.0.0.0/0";
        item.entries.push_back(describe_rule(last));
    }
    return item;
}

Result<std::string> protocol_number(const std::string& given) {
    const std::string name = base::to_lower(given);
    if (name == "all" || name == "-1") return std::string("-1");
    if (name == "tcp") return std::string("6");
    if (name == "udp") return std::string("17");
    if (name == "icmp") return std::string("1");
    if (name == "icmpv6") return std::string("58");
    const auto number = base::parse_integer(name);
    if (!number || *number < 0 || *number > 255) {
        return aws_error("InvalidParameterValue",
                         fmt::format("Invalid value '{}' for IP protocol. Unknown protocol.",
                                     given));
    }
    return std::to_string(*number);
}

template <class Input>
Result<void> take_ports(const Input& input, AclRule& rule) {
    if (rule.protocol == "6" || rule.protocol == "17") {
        if (!input.port_range || !input.port_range->from || !input.port_range->to) {
            return aws_error("MissingParameter",
                             "The request must contain the parameter PortRange.From");
        }
        const auto from = *input.port_range->from, to = *input.port_range->to;
        if (from < 0 || to > port_max || from > to) {
            return aws_error("InvalidParameterValue",
                             fmt::format("Invalid TCP/UDP port range ({}:{})", from, to));
        }
        rule.from_port = static_cast<int>(from);
        rule.to_port = static_cast<int>(to);
    }
    if (rule.protocol == "1" || rule.protocol == "58") {
        if (!input.icmp_type_code) {
            return aws_error("MissingParameter",
                             "The request must contain the parameter Icmp.Type");
        }
        rule.icmp_type = static_cast<int>(input.icmp_type_code->type.value_or(-1));
        rule.icmp_code = static_cast<int>(input.icmp_type_code->code.value_or(-1));
    }
    return {};
}

template <class Input>
Result<AclRule> rule_of(const Input& input) {
    AclRule rule;
    if (input.rule_number < 1 || input.rule_number > rule_number_max) {
        return aws_error("InvalidParameterValue",
                         fmt::format("Value ({}) for parameter ruleNumber is invalid. Must be "
                                     "between 1 and 32766.", input.rule_number));
    }
    rule.number = static_cast<int>(input.rule_number);
    rule.egress = input.egress;
    rule.allow = input.rule_action == "allow";
    rule.protocol = TRY(protocol_number(input.protocol));
    if (input.cidr_block) {
        const auto cidr = parse_cidr(*input.cidr_block);
        if (cidr) rule.cidr = cidr->text();
    } else if (input.ipv6_cidr_block) {
        rule.cidr6 = parse_cidr6(*input.ipv6_cidr_block).value_or("");
    }
    if (rule.cidr.empty() && rule.cidr6.empty()) {
        return aws_error("InvalidParameterValue",
                         fmt::format("CIDR block {} is malformed",
                                     input.cidr_block.value_or(
                                         input.ipv6_cidr_block.value_or(""))));
    }
    TRY(take_ports(input, rule));
    return rule;
}

std::vector<AclRule>::iterator find_rule(Acl& acl, bool egress, std::int64_t number) {
    return std::find_if(acl.rules.begin(), acl.rules.end(), [&](const AclRule& rule) {
        return rule.egress == egress && rule.number == number;
    });
}

Unexpected no_rule(const std::string& acl_id, bool egress, std::int64_t number) {
    return aws_error("InvalidNetworkAclEntry.NotFound",
                     fmt::format("The network acl entry {} {} in {} does not exist",
                                 egress ? "egress" : "ingress", number, acl_id));
}

void sort_rules(Acl& acl) {
    std::sort(acl.rules.begin(), acl.rules.end(), [](const AclRule& a, const AclRule& b) {
        return std::pair(a.egress, a.number) < std::pair(b.egress, b.number);
    });
}

}  // namespace

Result<api::CreateNetworkAclOutput> Service::create_network_acl(
    wire::Request& request, const api::CreateNetworkAclInput& input) {
    TRY(check_input("CreateNetworkAcl", &input, {"TagSpecifications", "ClientToken", "VpcId"}));
    const Vpc vpc = TRY(need(request, vpcs, input.vpc_id));
    const Tags tags = TRY(tags_for(request, "network-acl", input.tag_specifications));
    Acl acl;
    acl.id = new_id(acls.prefix);
    acl.vpc_id = vpc.id;
    create(request, acls, acl, tags);
    return api::CreateNetworkAclOutput{.network_acl = TRY(describe(request, {}, acl)),
                                       .client_token = input.client_token};
}

Result<api::DescribeNetworkAclsOutput> Service::describe_network_acls(
    wire::Request& request, const api::DescribeNetworkAclsInput& input) {
    TRY(check_input("DescribeNetworkAcls", &input,
                    {"NextToken", "MaxResults", "NetworkAclIds", "Filters"}));
    const auto all_subnets = TRY(all(request, subnets));
    api::DescribeNetworkAclsOutput output;
    for (const auto& acl : TRY(select(request, acls, input.network_acl_ids))) {
        output.network_acls.push_back(TRY(describe(request, all_subnets, acl)));
    }
    output.next_token = TRY(narrow(output.network_acls, "DescribeNetworkAcls", "NetworkAcls",
                                   acl_filters, input));
    return output;
}

Result<api::DeleteNetworkAclOutput> Service::delete_network_acl(
    wire::Request& request, const api::DeleteNetworkAclInput& input) {
    TRY(check_input("DeleteNetworkAcl", &input, {"NetworkAclId"}));
    const Acl acl = TRY(need(request, acls, input.network_acl_id));
    if (acl.is_default) {
        return aws_error("InvalidParameterValue",
                         fmt::format("cannot delete default network ACL {}", acl.id));
    }
    const auto used =
        TRY(where(request, subnets, [&](const Subnet& one) { return one.acl_id == acl.id; }));
    if (!used.empty()) return std::unexpected(dependency_violation("networkAcl", acl.id));
    erase(request, acls, acl.id);
    return {};
}

Result<api::CreateNetworkAclEntryOutput> Service::create_network_acl_entry(
    wire::Request& request, const api::CreateNetworkAclEntryInput& input) {
    TRY(check_input("CreateNetworkAclEntry", &input,
                    {"NetworkAclId", "RuleNumber", "Protocol", "RuleAction", "Egress", "CidrBlock",
                     "Ipv6CidrBlock", "IcmpTypeCode", "PortRange"}));
    Acl acl = TRY(need(request, acls, input.network_acl_id));
    AclRule rule = TRY(rule_of(input));
    if (find_rule(acl, rule.egress, rule.number) != acl.rules.end()) {
        return aws_error("NetworkAclEntryAlreadyExists",
                         fmt::format("The network acl entry identified by {} already exists.",
                                     rule.number));
    }
    acl.rules.push_back(std::move(rule));
    sort_rules(acl);
    save(request, acls, acl);
    return {};
}

Result<api::ReplaceNetworkAclEntryOutput> Service::replace_network_acl_entry(
    wire::Request& request, const api::ReplaceNetworkAclEntryInput& input) {
    TRY(check_input("ReplaceNetworkAclEntry", &input,
                    {"NetworkAclId", "RuleNumber", "Protocol", "RuleAction", "Egress", "CidrBlock",
                     "Ipv6CidrBlock", "IcmpTypeCode", "PortRange"}));
    Acl acl = TRY(need(request, acls, input.network_acl_id));
    AclRule rule = TRY(rule_of(input));
    const auto known = find_rule(acl, rule.egress, rule.number);
    if (known == acl.rules.end()) return no_rule(acl.id, rule.egress, rule.number);
    *known = std::move(rule);
    save(request, acls, acl);
    return {};
}

Result<api::DeleteNetworkAclEntryOutput> Service::delete_network_acl_entry(
    wire::Request& request, const api::DeleteNetworkAclEntryInput& input) {
    TRY(check_input("DeleteNetworkAclEntry", &input, {"NetworkAclId", "RuleNumber", "Egress"}));
    Acl acl = TRY(need(request, acls, input.network_acl_id));
    const auto known = find_rule(acl, input.egress, input.rule_number);
    if (known == acl.rules.end()) return no_rule(acl.id, input.egress, input.rule_number);
    acl.rules.erase(known);
    save(request, acls, acl);
    return {};
}

Result<api::ReplaceNetworkAclAssociationOutput> Service::replace_network_acl_association(
    wire::Request& request, const api::ReplaceNetworkAclAssociationInput& input) {
    TRY(check_input("ReplaceNetworkAclAssociation", &input, {"AssociationId", "NetworkAclId"}));
    const Acl acl = TRY(need(request, acls, input.network_acl_id));
    auto found = TRY(where(request, subnets, [&](const Subnet& subnet) {
        return subnet.acl_association_id == input.association_id;
    }));
    if (found.empty()) {
        return aws_error("InvalidAssociationID.NotFound",
                         fmt::format("The association ID '{}' does not exist",
                                     input.association_id));
    }
    Subnet subnet = std::move(found.front());
    if (subnet.vpc_id != acl.vpc_id) {
        return aws_error("InvalidParameterValue",
                         fmt::format("network acl {} and subnet {} belong to different networks",
                                     acl.id, subnet.id));
    }
    subnet.acl_id = acl.id;
    subnet.acl_association_id = new_id("aclassoc");
    save(request, subnets, subnet);
    return api::ReplaceNetworkAclAssociationOutput{.new_association_id =
                                                       subnet.acl_association_id};
}

}  // namespace stormglass::ec2
