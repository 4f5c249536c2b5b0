// Elastic Compute Cloud: VPCs and all that is in them, instances, launch templates, images.
#pragma once

#include <functional>

#include "api/ec2.h"
#include "api/iam.h"
#include "base/clock.h"
#include "base/random.h"
#include "services/common/ids.h"
#include "services/common/ports.h"
#include "services/common/timeline.h"
#include "services/ec2/observed.h"

namespace stormglass::ec2 {

/// What the service is built from; all outlive it.
struct ServiceParts {
    const base::Clock& clock;
    base::Random& random;
    services::Timeline& timeline;
    iam::api::Api& iam;        // Instance profiles, and the roles that are passed.
    const Observed& observed;  // What the reconciler saw last.
    /// Console output of an instance; called inside a reading request.
    std::function<Result<std::string>(const std::string& instance_id)> console;
};

/// The operations named in operations.txt. One instance serves every worker thread; all state is
/// in the store, what is real is brought about by the Reconciler.
class Service final : public api::Api {
public:
    explicit Service(ServiceParts parts) : parts_(std::move(parts)) {}

    Result<api::AllocateAddressOutput> allocate_address(
        wire::Request&, const api::AllocateAddressInput&) override;
    Result<api::AssociateAddressOutput> associate_address(
        wire::Request&, const api::AssociateAddressInput&) override;
    Result<api::AssociateIamInstanceProfileOutput> associate_iam_instance_profile(
        wire::Request&, const api::AssociateIamInstanceProfileInput&) override;
    Result<api::AssociateRouteTableOutput> associate_route_table(
        wire::Request&, const api::AssociateRouteTableInput&) override;
    Result<api::AssociateVpcCidrBlockOutput> associate_vpc_cidr_block(
        wire::Request&, const api::AssociateVpcCidrBlockInput&) override;
    Result<api::AttachInternetGatewayOutput> attach_internet_gateway(
        wire::Request&, const api::AttachInternetGatewayInput&) override;
    Result<api::AuthorizeSecurityGroupEgressOutput> authorize_security_group_egress(
        wire::Request&, const api::AuthorizeSecurityGroupEgressInput&) override;
    Result<api::AuthorizeSecurityGroupIngressOutput> authorize_security_group_ingress(
        wire::Request&, const api::AuthorizeSecurityGroupIngressInput&) override;
    Result<api::CreateFlowLogsOutput> create_flow_logs(
        wire::Request&, const api::CreateFlowLogsInput&) override;
    Result<api::CreateInternetGatewayOutput> create_internet_gateway(
        wire::Request&, const api::CreateInternetGatewayInput&) override;
    Result<api::CreateLaunchTemplateOutput> create_launch_template(
        wire::Request&, const api::CreateLaunchTemplateInput&) override;
    Result<api::CreateLaunchTemplateVersionOutput> create_launch_template_version(
        wire::Request&, const api::CreateLaunchTemplateVersionInput&) override;
    Result<api::CreateNatGatewayOutput> create_nat_gateway(
        wire::Request&, const api::CreateNatGatewayInput&) override;
    Result<api::CreateNetworkAclOutput> create_network_acl(
        wire::Request&, const api::CreateNetworkAclInput&) override;
    Result<api::CreateNetworkAclEntryOutput> create_network_acl_entry(
        wire::Request&, const api::CreateNetworkAclEntryInput&) override;
    Result<api::CreateNetworkInterfaceOutput> create_network_interface(
        wire::Request&, const api::CreateNetworkInterfaceInput&) override;
    Result<api::CreateRouteOutput> create_route(
        wire::Request&, const api::CreateRouteInput&) override;
    Result<api::CreateRouteTableOutput> create_route_table(
        wire::Request&, const api::CreateRouteTableInput&) override;
    Result<api::CreateSecurityGroupOutput> create_security_group(
        wire::Request&, const api::CreateSecurityGroupInput&) override;
    Result<api::CreateSubnetOutput> create_subnet(
        wire::Request&, const api::CreateSubnetInput&) override;
    Result<api::CreateTagsOutput> create_tags(wire::Request&, const api::CreateTagsInput&) override;
    Result<api::CreateVpcOutput> create_vpc(wire::Request&, const api::CreateVpcInput&) override;
    Result<api::CreateVpcEndpointOutput> create_vpc_endpoint(
        wire::Request&, const api::CreateVpcEndpointInput&) override;
    Result<api::DeleteFlowLogsOutput> delete_flow_logs(
        wire::Request&, const api::DeleteFlowLogsInput&) override;
    Result<api::DeleteInternetGatewayOutput> delete_internet_gateway(
        wire::Request&, const api::DeleteInternetGatewayInput&) override;
    Result<api::DeleteLaunchTemplateOutput> delete_launch_template(
        wire::Request&, const api::DeleteLaunchTemplateInput&) override;
    Result<api::DeleteLaunchTemplateVersionsOutput> delete_launch_template_versions(
        wire::Request&, const api::DeleteLaunchTemplateVersionsInput&) override;
    Result<api::DeleteNatGatewayOutput> delete_nat_gateway(
        wire::Request&, const api::DeleteNatGatewayInput&) override;
    Result<api::DeleteNetworkAclOutput> delete_network_acl(
        wire::Request&, const api::DeleteNetworkAclInput&) override;
    Result<api::DeleteNetworkAclEntryOutput> delete_network_acl_entry(
        wire::Request&, const api::DeleteNetworkAclEntryInput&) override;
    Result<api::DeleteNetworkInterfaceOutput> delete_network_interface(
        wire::Request&, const api::DeleteNetworkInterfaceInput&) override;
    Result<api::DeleteRouteOutput> delete_route(
        wire::Request&, const api::DeleteRouteInput&) override;
    Result<api::DeleteRouteTableOutput> delete_route_table(
        wire::Request&, const api::DeleteRouteTableInput&) override;
    Result<api::DeleteSecurityGroupOutput> delete_security_group(
        wire::Request&, const api::DeleteSecurityGroupInput&) override;
    Result<api::DeleteSubnetOutput> delete_subnet(
        wire::Request&, const api::DeleteSubnetInput&) override;
    Result<api::DeleteTagsOutput> delete_tags(wire::Request&, const api::DeleteTagsInput&) override;
    Result<api::DeleteVpcOutput> delete_vpc(wire::Request&, const api::DeleteVpcInput&) override;
    Result<api::DeleteVpcEndpointsOutput> delete_vpc_endpoints(
        wire::Request&, const api::DeleteVpcEndpointsInput&) override;
    Result<api::DescribeAccountAttributesOutput> describe_account_attributes(
        wire::Request&, const api::DescribeAccountAttributesInput&) override;
    Result<api::DescribeAddressesOutput> describe_addresses(
        wire::Request&, const api::DescribeAddressesInput&) override;
    Result<api::DescribeAddressesAttributeOutput> describe_addresses_attribute(
        wire::Request&, const api::DescribeAddressesAttributeInput&) override;
    Result<api::DescribeAvailabilityZonesOutput> describe_availability_zones(
        wire::Request&, const api::DescribeAvailabilityZonesInput&) override;
    Result<api::DescribeDhcpOptionsOutput> describe_dhcp_options(
        wire::Request&, const api::DescribeDhcpOptionsInput&) override;
    Result<api::DescribeFlowLogsOutput> describe_flow_logs(
        wire::Request&, const api::DescribeFlowLogsInput&) override;
    Result<api::DescribeIamInstanceProfileAssociationsOutput> describe_iam_instance_profile_associations(
        wire::Request&, const api::DescribeIamInstanceProfileAssociationsInput&) override;
    Result<api::DescribeImagesOutput> describe_images(
        wire::Request&, const api::DescribeImagesInput&) override;
    Result<api::DescribeInstanceAttributeOutput> describe_instance_attribute(
        wire::Request&, const api::DescribeInstanceAttributeInput&) override;
    Result<api::DescribeInstanceCreditSpecificationsOutput> describe_instance_credit_specifications(
        wire::Request&, const api::DescribeInstanceCreditSpecificationsInput&) override;
    Result<api::DescribeInstanceStatusOutput> describe_instance_status(
        wire::Request&, const api::DescribeInstanceStatusInput&) override;
    Result<api::DescribeInstanceTypeOfferingsOutput> describe_instance_type_offerings(
        wire::Request&, const api::DescribeInstanceTypeOfferingsInput&) override;
    Result<api::DescribeInstanceTypesOutput> describe_instance_types(
        wire::Request&, const api::DescribeInstanceTypesInput&) override;
    Result<api::DescribeInstancesOutput> describe_instances(
        wire::Request&, const api::DescribeInstancesInput&) override;
    Result<api::DescribeInternetGatewaysOutput> describe_internet_gateways(
        wire::Request&, const api::DescribeInternetGatewaysInput&) override;
    Result<api::DescribeKeyPairsOutput> describe_key_pairs(
        wire::Request&, const api::DescribeKeyPairsInput&) override;
    Result<api::DescribeLaunchTemplateVersionsOutput> describe_launch_template_versions(
        wire::Request&, const api::DescribeLaunchTemplateVersionsInput&) override;
    Result<api::DescribeLaunchTemplatesOutput> describe_launch_templates(
        wire::Request&, const api::DescribeLaunchTemplatesInput&) override;
    Result<api::DescribeNatGatewaysOutput> describe_nat_gateways(
        wire::Request&, const api::DescribeNatGatewaysInput&) override;
    Result<api::DescribeNetworkAclsOutput> describe_network_acls(
        wire::Request&, const api::DescribeNetworkAclsInput&) override;
    Result<api::DescribeNetworkInterfacesOutput> describe_network_interfaces(
        wire::Request&, const api::DescribeNetworkInterfacesInput&) override;
    Result<api::DescribePrefixListsOutput> describe_prefix_lists(
        wire::Request&, const api::DescribePrefixListsInput&) override;
    Result<api::DescribeRegionsOutput> describe_regions(
        wire::Request&, const api::DescribeRegionsInput&) override;
    Result<api::DescribeRouteTablesOutput> describe_route_tables(
        wire::Request&, const api::DescribeRouteTablesInput&) override;
    Result<api::DescribeSecurityGroupRulesOutput> describe_security_group_rules(
        wire::Request&, const api::DescribeSecurityGroupRulesInput&) override;
    Result<api::DescribeSecurityGroupsOutput> describe_security_groups(
        wire::Request&, const api::DescribeSecurityGroupsInput&) override;
    Result<api::DescribeSubnetsOutput> describe_subnets(
        wire::Request&, const api::DescribeSubnetsInput&) override;
    Result<api::DescribeTagsOutput> describe_tags(
        wire::Request&, const api::DescribeTagsInput&) override;
    Result<api::DescribeVolumesOutput> describe_volumes(
        wire::Request&, const api::DescribeVolumesInput&) override;
    Result<api::DescribeVpcAttributeOutput> describe_vpc_attribute(
        wire::Request&, const api::DescribeVpcAttributeInput&) override;
    Result<api::DescribeVpcEndpointServicesOutput> describe_vpc_endpoint_services(
        wire::Request&, const api::DescribeVpcEndpointServicesInput&) override;
    Result<api::DescribeVpcEndpointsOutput> describe_vpc_endpoints(
        wire::Request&, const api::DescribeVpcEndpointsInput&) override;
    Result<api::DescribeVpcsOutput> describe_vpcs(
        wire::Request&, const api::DescribeVpcsInput&) override;
    Result<api::DetachInternetGatewayOutput> detach_internet_gateway(
        wire::Request&, const api::DetachInternetGatewayInput&) override;
    Result<api::DisassociateAddressOutput> disassociate_address(
        wire::Request&, const api::DisassociateAddressInput&) override;
    Result<api::DisassociateIamInstanceProfileOutput> disassociate_iam_instance_profile(
        wire::Request&, const api::DisassociateIamInstanceProfileInput&) override;
    Result<api::DisassociateRouteTableOutput> disassociate_route_table(
        wire::Request&, const api::DisassociateRouteTableInput&) override;
    Result<api::GetConsoleOutputOutput> get_console_output(
        wire::Request&, const api::GetConsoleOutputInput&) override;
    Result<api::GetInstanceUefiDataOutput> get_instance_uefi_data(
        wire::Request&, const api::GetInstanceUefiDataInput&) override;
    Result<api::ModifyInstanceAttributeOutput> modify_instance_attribute(
        wire::Request&, const api::ModifyInstanceAttributeInput&) override;
    Result<api::ModifyInstanceMetadataOptionsOutput> modify_instance_metadata_options(
        wire::Request&, const api::ModifyInstanceMetadataOptionsInput&) override;
    Result<api::ModifyLaunchTemplateOutput> modify_launch_template(
        wire::Request&, const api::ModifyLaunchTemplateInput&) override;
    Result<api::ModifyNetworkInterfaceAttributeOutput> modify_network_interface_attribute(
        wire::Request&, const api::ModifyNetworkInterfaceAttributeInput&) override;
    Result<api::ModifySecurityGroupRulesOutput> modify_security_group_rules(
        wire::Request&, const api::ModifySecurityGroupRulesInput&) override;
    Result<api::ModifySubnetAttributeOutput> modify_subnet_attribute(
        wire::Request&, const api::ModifySubnetAttributeInput&) override;
    Result<api::ModifyVpcAttributeOutput> modify_vpc_attribute(
        wire::Request&, const api::ModifyVpcAttributeInput&) override;
    Result<api::ModifyVpcEndpointOutput> modify_vpc_endpoint(
        wire::Request&, const api::ModifyVpcEndpointInput&) override;
    Result<api::MonitorInstancesOutput> monitor_instances(
        wire::Request&, const api::MonitorInstancesInput&) override;
    Result<api::RebootInstancesOutput> reboot_instances(
        wire::Request&, const api::RebootInstancesInput&) override;
    Result<api::ReleaseAddressOutput> release_address(
        wire::Request&, const api::ReleaseAddressInput&) override;
    Result<api::ReplaceNetworkAclAssociationOutput> replace_network_acl_association(
        wire::Request&, const api::ReplaceNetworkAclAssociationInput&) override;
    Result<api::ReplaceNetworkAclEntryOutput> replace_network_acl_entry(
        wire::Request&, const api::ReplaceNetworkAclEntryInput&) override;
    Result<api::ReplaceRouteOutput> replace_route(
        wire::Request&, const api::ReplaceRouteInput&) override;
    Result<api::ReplaceRouteTableAssociationOutput> replace_route_table_association(
        wire::Request&, const api::ReplaceRouteTableAssociationInput&) override;
    Result<api::RevokeSecurityGroupEgressOutput> revoke_security_group_egress(
        wire::Request&, const api::RevokeSecurityGroupEgressInput&) override;
    Result<api::RevokeSecurityGroupIngressOutput> revoke_security_group_ingress(
        wire::Request&, const api::RevokeSecurityGroupIngressInput&) override;
    Result<api::RunInstancesOutput> run_instances(
        wire::Request&, const api::RunInstancesInput&) override;
    Result<api::StartInstancesOutput> start_instances(
        wire::Request&, const api::StartInstancesInput&) override;
    Result<api::StopInstancesOutput> stop_instances(
        wire::Request&, const api::StopInstancesInput&) override;
    Result<api::TerminateInstancesOutput> terminate_instances(
        wire::Request&, const api::TerminateInstancesInput&) override;
    Result<api::UnmonitorInstancesOutput> unmonitor_instances(
        wire::Request&, const api::UnmonitorInstancesInput&) override;
    Result<api::UpdateSecurityGroupRuleDescriptionsEgressOutput> update_security_group_rule_descriptions_egress(
        wire::Request&, const api::UpdateSecurityGroupRuleDescriptionsEgressInput&) override;
    Result<api::UpdateSecurityGroupRuleDescriptionsIngressOutput> update_security_group_rule_descriptions_ingress(
        wire::Request&, const api::UpdateSecurityGroupRuleDescriptionsIngressInput&) override;

private:
    std::string new_id(std::string_view prefix) { return services::new_id(parts_.random, prefix); }
    void tell(wire::Request& request, std::string subject, std::string text);

    ServiceParts parts_;
};

}  // namespace stormglass::ec2
