// Security groups: create, describe, delete. Their rules are in security_group_rule.cc.
#include "services/ec2/access.h"
#include "services/ec2/filters.h"
#include "services/ec2/group_rules.h"
#include "services/ec2/input.h"
#include "services/ec2/service.h"

namespace stormglass::ec2 {
namespace {

constexpr std::size_t name_max = 255;

constexpr FilterName group_filters[] = {
    {"description", "Description"},
    {"egress.ip-permission.cidr", "IpPermissionsEgress.IpRanges.CidrIp"},
    {"egress.ip-permission.from-port", "IpPermissionsEgress.FromPort"},
    {"egress.ip-permission.group-id", "IpPermissionsEgress.UserIdGroupPairs.GroupId"},
    {"egress.ip-permission.ipv6-cidr", "IpPermissionsEgress.Ipv6Ranges.CidrIpv6"},
    {"egress.ip-permission.prefix-list-id", "IpPermissionsEgress.PrefixListIds.PrefixListId"},
    {"egress.ip-permission.protocol", "IpPermissionsEgress.IpProtocol"},
    {"egress.ip-permission.to-port", "IpPermissionsEgress.ToPort"},
    {"group-id", "GroupId"},
    {"group-name", "GroupName"},
    {"ip-permission.cidr", "IpPermissions.IpRanges.CidrIp"},
    {"ip-permission.from-port", "IpPermissions.FromPort"},
    {"ip-permission.group-id", "IpPermissions.UserIdGroupPairs.GroupId"},
    {"ip-permission.ipv6-cidr", "IpPermissions.Ipv6Ranges.CidrIpv6"},
    {"ip-permission.prefix-list-id", "IpPermissions.PrefixListIds.PrefixListId"},
    {"ip-permission.protocol", "IpPermissions.IpProtocol"},
    {"ip-permission.to-port", "IpPermissions.ToPort"},
    {"owner-id", "OwnerId"},
    {"vpc-id", "VpcId"}};

Result<api::SecurityGroup> describe(wire::Request& request, const Group& group) {
    api::SecurityGroup item;
    item.group_id = group.id;
    item.security_group_arn = request.arn("ec2", "security-group/" + group.id);
    item.owner_id = request.account;
    item.vpc_id = group.vpc_id;
    item.group_name = group.name;
    item.description = group.description;
    item.ip_permissions = permissions_of(request, group, false);
    item.ip_permissions_egress = permissions_of(request, group, true);
    item.tags = TRY(tag_list(request, group.id));
    return item;
}

Result<void> check_name(wire::Request& request, const Vpc& vpc, const std::string& name) {
    if (name.empty() || name.size() > name_max || name.starts_with("sg-")) {
        return aws_error("InvalidParameterValue",
                         fmt::format("Value ({}) for parameter GroupName is invalid. Group names "
                                     "may not be in the form of a group ID (sg-*).", name));
    }
    if (name == "default") {
        return aws_error("InvalidParameterValue",
                         "Cannot use reserved security group name: default");
    }
    for (const auto& other : TRY(in_vpc(request, groups, vpc.id))) {
        if (other.name == name) {
            return aws_error("InvalidGroup.Duplicate",
                             fmt::format("The security group '{}' already exists for VPC '{}'",
                                         name, vpc.id));
        }
    }
    return {};
}

/// Interfaces that carry the group, and rules of other groups that name it.
Result<bool> is_in_use(wire::Request& request, const Group& group) {
    const auto carriers = TRY(where(request, interfaces, [&](const Interface& one) {
        return std::find(one.group_ids.begin(), one.group_ids.end(), group.id) !=
               one.group_ids.end();
    }));
    const auto referrers = TRY(where(request, groups, [&](const Group& other) {
        return other.id != group.id &&
               std::any_of(other.rules.begin(), other.rules.end(),
                           [&](const GroupRule& rule) { return rule.group_id == group.id; });
    }));
    return !carriers.empty() || !referrers.empty();
}

}  // namespace

Result<api::CreateSecurityGroupOutput> Service::create_security_group(
    wire::Request& request, const api::CreateSecurityGroupInput& input) {
    TRY(check_input("CreateSecurityGroup", &input,
                    {"Description", "GroupName", "VpcId", "TagSpecifications"}));
    if (!input.vpc_id) {
        return aws_error("VPCIdNotSpecified", "No default VPC for this user");
    }
    const Vpc vpc = TRY(need(request, vpcs, *input.vpc_id));
    TRY(check_name(request, vpc, input.group_name));
    const Tags tags = TRY(tags_for(request, "security-group", input.tag_specifications));
    Group group;
    group.id = new_id(groups.prefix);
    group.vpc_id = vpc.id;
    group.name = input.group_name;
    group.description = input.description;
    GroupRule out;
    out.id = new_id(rule_prefix);
    out.egress = true;
    out.protocol = "-1";
    out.cidr = "0.0.0.0/0";
    save_tags(request, out.id, "security-group-rule", {});
    group.rules.push_back(std::move(out));
    create(request, groups, group, tags);
    api::CreateSecurityGroupOutput output;
    output.group_id = group.id;
    output.security_group_arn = request.arn("ec2", "security-group/" + group.id);
    output.tags = to_list(tags);
    return output;
}

Result<api::DescribeSecurityGroupsOutput> Service::describe_security_groups(
    wire::Request& request, const api::DescribeSecurityGroupsInput& input) {
    TRY(check_input("DescribeSecurityGroups", &input,
                    {"GroupIds", "GroupNames", "NextToken", "MaxResults", "Filters"}));
    api::DescribeSecurityGroupsOutput output;
    for (const auto& group : TRY(select(request, groups, input.group_ids))) {
        output.security_groups.push_back(TRY(describe(request, group)));
    }
    if (input.group_names.given()) {
        // Names alone mean the default VPC, which no account here has.
        return aws_error("InvalidGroup.NotFound",
                         fmt::format("The security group '{}' does not exist in default VPC 'null'",
                                     input.group_names.front()));
    }
    output.next_token = TRY(narrow(output.security_groups, "DescribeSecurityGroups",
                                   "SecurityGroups", group_filters, input));
    return output;
}

Result<api::DeleteSecurityGroupOutput> Service::delete_security_group(
    wire::Request& request, const api::DeleteSecurityGroupInput& input) {
    TRY(check_input("DeleteSecurityGroup", &input, {"GroupId"}));
    if (!input.group_id) {
        return aws_error("MissingParameter",
                         "The request must contain the parameter GroupName or GroupId");
    }
    const Group group = TRY(need(request, groups, *input.group_id));
    if (group.name == "default") {
        return aws_error("CannotDelete",
                         fmt::format("the specified group: \"{}\" name: \"default\" cannot be "
                                     "deleted by a user", group.id));
    }
    if (TRY(is_in_use(request, group))) {
        return aws_error("DependencyViolation",
                         fmt::format("resource {} has a dependent object", group.id));
    }
    for (const auto& rule : group.rules) erase_tags(request, rule.id);
    erase(request, groups, group.id);
    return api::DeleteSecurityGroupOutput{.return_ = true, .group_id = group.id};
}

}  // namespace stormglass::ec2
