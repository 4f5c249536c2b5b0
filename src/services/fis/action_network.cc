// aws:network:disrupt-connectivity, as AWS does it: the subnets get a network ACL of the
// experiment's for a while. What it denies is really dropped, by the firewall of the network.
#include <pugixml.hpp>
#include <set>

#include "services/fis/actions.h"

namespace stormglass::fis {
namespace {

constexpr const char* tag_key = "managedByFIS";

Result<pugi::xml_document> document_of(Stage& stage, const std::string& action, const Form& form) {
    const std::string text = TRY(stage.scene.call("ec2", action, form));
    pugi::xml_document document;
    document.load_buffer(text.data(), text.size());
    return document;
}

std::string child(const pugi::xml_node& node, const char* name) {
    return node.child(name).text().as_string();
}

struct Subnet {
    std::string id, vpc, zone, cidr;
};

Result<std::vector<Subnet>> all_subnets(Stage& stage) {
    const auto document = TRY(document_of(stage, "DescribeSubnets", {}));
    std::vector<Subnet> subnets;
    for (const auto& each : document.select_nodes("//subnetSet/item")) {
        subnets.push_back({child(each.node(), "subnetId"), child(each.node(), "vpcId"),
                           child(each.node(), "availabilityZone"),
                           child(each.node(), "cidrBlock")});
    }
    return subnets;
}

struct Association {
    std::string id, acl;
};

Result<Association> association_of(Stage& stage, const std::string& subnet) {
    const auto document = TRY(
        document_of(stage, "DescribeNetworkAcls",
                    {{"Filter.1.Name", "association.subnet-id"}, {"Filter.1.Value.1", subnet}}));
    for (const auto& each : document.select_nodes("//associationSet/item")) {
        if (child(each.node(), "subnetId") != subnet) continue;
        return Association{child(each.node(), "networkAclAssociationId"),
                           child(each.node(), "networkAclId")};
    }
    return fail(Domain::aws, "InvalidSubnetID.NotFound",
                "The subnet ID '" + subnet + "' does not exist");
}

std::string mark_of(const Stage& stage) { return stage.experiment.id + "/" + stage.name; }

/// The ACLs that this action made: also by a daemon that ended before it could note it.
Result<std::vector<std::string>> own_acls(Stage& stage) {
    const auto document = TRY(document_of(
        stage, "DescribeNetworkAcls",
        {{"Filter.1.Name", fmt::format("tag:{}", tag_key)}, {"Filter.1.Value.1", mark_of(stage)}}));
    std::vector<std::string> ids;
    for (const auto& each : document.select_nodes("//networkAclSet/item/networkAclId")) {
        ids.emplace_back(each.node().text().as_string());
    }
    return ids;
}

struct Rule {
    std::string cidr;
    const char* action;
};

/// What stands between the subnet and others: an ACL without rules denies everything.
Result<std::vector<Rule>> rules_for(Stage& stage, const Subnet& subnet,
                                    const std::vector<Subnet>& all) {
    const std::string scope = stage.parameter("scope");
    std::vector<Rule> rules;
    if (scope == "vpc") {
        const auto document = TRY(document_of(stage, "DescribeVpcs", {{"VpcId.1", subnet.vpc}}));
        for (const auto& each : document.select_nodes("//cidrBlockAssociationSet/item/cidrBlock")) {
            rules.push_back({each.node().text().as_string(), "allow"});
        }
    } else if (scope == "availability-zone") {
        for (const auto& other : all) {
            if (other.vpc == subnet.vpc && other.zone != subnet.zone)
                rules.push_back({other.cidr, "deny"});
        }
        rules.push_back({"0.0.0.0/0", "allow"});
    }
    return rules;
}

/// One ACL for each VPC and zone of the targets: subnets of a zone share what they are cut from.
Result<std::string> make_acl(Stage& stage, const Subnet& subnet, const std::vector<Subnet>& all) {
    const auto made = TRY(document_of(stage, "CreateNetworkAcl",
                                      {{"VpcId", subnet.vpc},
                                       {"TagSpecification.1.ResourceType", "network-acl"},
                                       {"TagSpecification.1.Tag.1.Key", tag_key},
                                       {"TagSpecification.1.Tag.1.Value", mark_of(stage)}}));
    const std::string id = made.select_node("//networkAclId").node().text().as_string();
    int number = 0;
    for (const auto& rule : TRY(rules_for(stage, subnet, all))) {
        ++number;
        for (const char* egress : {"false", "true"}) {
            TRY(stage.scene.call("ec2", "CreateNetworkAclEntry",
                                 {{"NetworkAclId", id},
                                  {"RuleNumber", std::to_string(number)},
                                  {"Protocol", "-1"},
                                  {"RuleAction", rule.action},
                                  {"Egress", egress},
                                  {"CidrBlock", rule.cidr}}));
        }
    }
    return id;
}

}  // namespace

Result<void> remember_network(Stage& stage) {
    for (const auto& arn : stage.targets) {
        const std::string subnet = name_of_arn(arn);
        stage.run.undo[subnet] = TRY(association_of(stage, subnet)).acl;
    }
    return {};
}

Result<void> begin_network(Stage& stage) {
    if (stage.attempt == Attempt::again) TRY(end_network(stage));  // What was left half done.
    const auto all = TRY(all_subnets(stage));
    std::map<std::string, std::string> acls;  // By VPC and zone.
    for (const auto& subnet : all) {
        if (!stage.run.undo.contains(subnet.id)) continue;
        std::string& acl = acls[subnet.vpc + "/" + subnet.zone];
        if (acl.empty()) acl = TRY(make_acl(stage, subnet, all));
        TRY(stage.scene.call(
            "ec2", "ReplaceNetworkAclAssociation",
            {{"AssociationId", TRY(association_of(stage, subnet.id)).id}, {"NetworkAclId", acl}}));
    }
    return {};
}

Result<void> end_network(Stage& stage) {
    const auto made = TRY(own_acls(stage));
    const std::set<std::string> own(made.begin(), made.end());
    for (const auto& [subnet, acl] : stage.run.undo) {
        const auto now = association_of(stage, subnet);
        // A subnet that is gone, or that somebody gave another ACL meanwhile, stays as it is.
        if (!now || !own.contains(now->acl)) continue;
        TRY(stage.scene.call("ec2", "ReplaceNetworkAclAssociation",
                             {{"AssociationId", now->id}, {"NetworkAclId", acl}}));
    }
    for (const auto& id : made)
        TRY(stage.scene.call("ec2", "DeleteNetworkAcl", {{"NetworkAclId", id}}));
    return {};
}

}  // namespace stormglass::fis
