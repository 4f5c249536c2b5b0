// VPCs. Each has from its birth a default network ACL, a default security group and a main route
// table, as Terraform adopts them by looking them up.
#include "services/ec2/access.h"
#include "services/ec2/cidr.h"
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/names.h"
#include "services/ec2/service.h"

namespace stormglass::ec2 {
namespace {

constexpr int vpc_prefix_min = 16, vpc_prefix_max = 28;
constexpr std::size_t vpc_blocks_max = 5;

constexpr FilterName vpc_filters[] = {
    {"cidr", "CidrBlock"},
    {"cidr-block", "CidrBlock"},
    {"cidr-block-association.association-id", "CidrBlockAssociationSet.AssociationId"},
    {"cidr-block-association.cidr-block", "CidrBlockAssociationSet.CidrBlock"},
    {"cidr-block-association.state", "CidrBlockAssociationSet.CidrBlockState.State"},
    {"dhcp-options-id", "DhcpOptionsId"},
    {"is-default", "IsDefault"},
    {"owner-id", "OwnerId"},
    {"state", "State"},
    {"vpc-id", "VpcId"}};

Result<Cidr> vpc_block(const std::string& text) {
    const auto cidr = parse_cidr(text);
    if (!cidr) {
        return aws_error("InvalidParameterValue",
                         fmt::format("Value ({}) for parameter cidrBlock is invalid. This is not a "
                                     "valid CIDR block.", text));
    }
    if (cidr->prefix < vpc_prefix_min || cidr->prefix > vpc_prefix_max) {
        return aws_error("InvalidVpc.Range", fmt::format("The CIDR '{}' is invalid.", text));
    }
    return *cidr;
}

api::VpcCidrBlockAssociation describe_block(const CidrBlock& block) {
    api::VpcCidrBlockAssociation item;
    item.association_id = block.association_id;
    item.cidr_block = block.cidr;
    item.cidr_block_state = api::VpcCidrBlockState{.state = "associated", .status_message = {}};
    return item;
}

Result<api::Vpc> describe(wire::Request& request, const Vpc& vpc) {
    api::Vpc item;
    item.vpc_id = vpc.id;
    item.owner_id = request.account;
    item.instance_tenancy = vpc.tenancy;
    for (const auto& block : vpc.blocks) {
        item.cidr_block_association_set.push_back(describe_block(block));
    }
    item.is_default = false;
    item.tags = TRY(tag_list(request, vpc.id));
    item.state = "available";
    item.cidr_block = vpc.blocks.front().cidr;
    item.dhcp_options_id = dhcp_options_id(request);
    item.block_public_access_states =
        api::BlockPublicAccessStates{.internet_gateway_block_mode = "off"};
    return item;
}

std::vector<AclRule> default_acl_rules() {
    std::vector<AclRule> rules;
    for (const bool egress : {false, true}) {
        AclRule rule;
        rule.number = 100;
        rule.egress = egress;
        rule.allow = true;
        rule.protocol = "-1";
        rule.cidr = "0.0.0.0/0";
        rules.push_back(std::move(rule));
    }
    return rules;
}

/// Everything in one group may reach the rest of it; all may go out.
std::vector<GroupRule> default_group_rules(base::Random& random, const std::string& group_id) {
    GroupRule members;
    members.id = services::new_id(random, rule_prefix);
    members.protocol = "-1";
    members.group_id = group_id;
    GroupRule out;
    out.id = services::new_id(random, rule_prefix);
    out.egress = true;
    out.protocol = "-1";
    out.cidr = "0.0.0.0/0";
    return {members, out};
}

void create_defaults(wire::Request& request, base::Random& random, Vpc& vpc) {
    RouteTable table;
    table.id = vpc.main_table_id = services::new_id(random, route_tables.prefix);
    table.vpc_id = vpc.id;
    vpc.main_association_id = services::new_id(random, "rtbassoc");
    create(request, route_tables, table, {});

    Acl acl;
    acl.id = vpc.default_acl_id = services::new_id(random, acls.prefix);
    acl.vpc_id = vpc.id;
    acl.is_default = true;
    acl.rules = default_acl_rules();
    create(request, acls, acl, {});

    Group group;
    group.id = vpc.default_group_id = services::new_id(random, groups.prefix);
    group.vpc_id = vpc.id;
    group.name = "default";
    group.description = "default VPC security group";
    group.rules = default_group_rules(random, group.id);
    for (const auto& rule : group.rules) save_tags(request, rule.id, "security-group-rule", {});
    create(request, groups, group, {});
}

Result<bool> is_in_use(wire::Request& request, const Vpc& vpc) {
    return !TRY(in_vpc(request, subnets, vpc.id)).empty() ||
           !TRY(in_vpc(request, internet_gateways, vpc.id)).empty() ||
           !TRY(in_vpc(request, endpoints, vpc.id)).empty() ||
           !TRY(in_vpc(request, interfaces, vpc.id)).empty() ||
           TRY(in_vpc(request, groups, vpc.id)).size() > 1 ||
           TRY(in_vpc(request, route_tables, vpc.id)).size() > 1 ||
           TRY(in_vpc(request, acls, vpc.id)).size() > 1;
}

}  // namespace

Result<api::CreateVpcOutput> Service::create_vpc(wire::Request& request,
                                                 const api::CreateVpcInput& input) {
    TRY(check_input("CreateVpc", &input, {"CidrBlock", "InstanceTenancy", "TagSpecifications"}));
    if (!input.cidr_block) {
        return aws_error("MissingParameter",
                         "The request must contain the parameter cidrBlock");
    }
    if (input.instance_tenancy.value_or("default") != "default") {
        return unsupported("the instance tenancy " + *input.instance_tenancy);
    }
    const Cidr cidr = TRY(vpc_block(*input.cidr_block));
    const Tags tags = TRY(tags_for(request, "vpc", input.tag_specifications));
    Vpc vpc;
    vpc.id = new_id(vpcs.prefix);
    vpc.blocks.push_back({new_id("vpc-cidr-assoc"), cidr.text()});
    create_defaults(request, parts_.random, vpc);
    create(request, vpcs, vpc, tags);
    return api::CreateVpcOutput{.vpc = TRY(describe(request, vpc))};
}

Result<api::DescribeVpcsOutput> Service::describe_vpcs(wire::Request& request,
                                                       const api::DescribeVpcsInput& input) {
    TRY(check_input("DescribeVpcs", &input, {"Filters", "VpcIds", "NextToken", "MaxResults"}));
    api::DescribeVpcsOutput output;
    for (const auto& vpc : TRY(select(request, vpcs, input.vpc_ids))) {
        output.vpcs.push_back(TRY(describe(request, vpc)));
    }
    output.next_token = TRY(narrow(output.vpcs, "DescribeVpcs", "Vpcs", vpc_filters, input));
    return output;
}

Result<api::DeleteVpcOutput> Service::delete_vpc(wire::Request& request,
                                                 const api::DeleteVpcInput& input) {
    TRY(check_input("DeleteVpc", &input, {"VpcId"}));
    const Vpc vpc = TRY(need(request, vpcs, input.vpc_id));
    if (TRY(is_in_use(request, vpc))) {
        return std::unexpected(dependency_violation("vpc", vpc.id));
    }
    const Group group = TRY(need(request, groups, vpc.default_group_id));
    for (const auto& rule : group.rules) erase_tags(request, rule.id);
    erase(request, groups, vpc.default_group_id);
    erase(request, acls, vpc.default_acl_id);
    erase(request, route_tables, vpc.main_table_id);
    erase(request, vpcs, vpc.id);
    return {};
}

Result<api::DescribeVpcAttributeOutput> Service::describe_vpc_attribute(
    wire::Request& request, const api::DescribeVpcAttributeInput& input) {
    TRY(check_input("DescribeVpcAttribute", &input, {"Attribute", "VpcId"}));
    const Vpc vpc = TRY(need(request, vpcs, input.vpc_id));
    api::DescribeVpcAttributeOutput output;
    output.vpc_id = vpc.id;
    if (input.attribute == "enableDnsHostnames") {
        output.enable_dns_hostnames = api::AttributeBooleanValue{vpc.dns_hostnames};
    } else if (input.attribute == "enableDnsSupport") {
        output.enable_dns_support = api::AttributeBooleanValue{vpc.dns_support};
    } else if (input.attribute == "enableNetworkAddressUsageMetrics") {
        output.enable_network_address_usage_metrics =
            api::AttributeBooleanValue{vpc.address_usage_metrics};
    } else {
        return aws_error("InvalidParameterValue",
                         fmt::format("Value ({}) for parameter attribute is invalid. Unknown "
                                     "attribute.", input.attribute));
    }
    return output;
}

Result<api::ModifyVpcAttributeOutput> Service::modify_vpc_attribute(
    wire::Request& request, const api::ModifyVpcAttributeInput& input) {
    Vpc vpc = TRY(need(request, vpcs, input.vpc_id));
    if (input.enable_dns_support && !input.enable_dns_support->value.value_or(false)) {
        return unsupported("a VPC without DNS support");
    }
    if (input.enable_dns_hostnames) {
        vpc.dns_hostnames = input.enable_dns_hostnames->value.value_or(false);
    }
    if (input.enable_network_address_usage_metrics) {
        if (input.enable_network_address_usage_metrics->value.value_or(false)) {
            return unsupported("network address usage metrics");
        }
        vpc.address_usage_metrics = false;
    }
    save(request, vpcs, vpc);
    return {};
}

Result<api::AssociateVpcCidrBlockOutput> Service::associate_vpc_cidr_block(
    wire::Request& request, const api::AssociateVpcCidrBlockInput& input) {
    TRY(check_input("AssociateVpcCidrBlock", &input, {"CidrBlock", "VpcId"}));
    Vpc vpc = TRY(need(request, vpcs, input.vpc_id));
    const Cidr cidr = TRY(vpc_block(input.cidr_block.value_or("")));
    for (const auto& block : vpc.blocks) {
        if (parse_cidr(block.cidr)->overlaps(cidr)) {
            return aws_error("InvalidVpc.Conflict",
                             fmt::format("The CIDR '{}' conflicts with another CIDR of the VPC",
                                         cidr.text()));
        }
    }
    if (vpc.blocks.size() >= vpc_blocks_max) {
        return aws_error("CidrLimitExceeded",
                         fmt::format("This network '{}' has met its maximum number of allowed "
                                     "CIDRs: {}", vpc.id, vpc_blocks_max));
    }
    vpc.blocks.push_back({new_id("vpc-cidr-assoc"), cidr.text()});
    save(request, vpcs, vpc);
    api::AssociateVpcCidrBlockOutput output;
    output.vpc_id = vpc.id;
    output.cidr_block_association = describe_block(vpc.blocks.back());
    return output;
}

}  // namespace stormglass::ec2
