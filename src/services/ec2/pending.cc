// Operations of the list that have no handler in this build: each says so.
#include "services/ec2/access.h"
#include "services/ec2/service.h"

namespace stormglass::ec2 {

Result<api::AllocateAddressOutput> Service::allocate_address(wire::Request&, const api::AllocateAddressInput&) { return unsupported("AllocateAddress"); }
Result<api::AssociateAddressOutput> Service::associate_address(wire::Request&, const api::AssociateAddressInput&) { return unsupported("AssociateAddress"); }
Result<api::AssociateIamInstanceProfileOutput> Service::associate_iam_instance_profile(wire::Request&, const api::AssociateIamInstanceProfileInput&) { return unsupported("AssociateIamInstanceProfile"); }
Result<api::CreateLaunchTemplateOutput> Service::create_launch_template(wire::Request&, const api::CreateLaunchTemplateInput&) { return unsupported("CreateLaunchTemplate"); }
Result<api::CreateLaunchTemplateVersionOutput> Service::create_launch_template_version(wire::Request&, const api::CreateLaunchTemplateVersionInput&) { return unsupported("CreateLaunchTemplateVersion"); }
Result<api::CreateNatGatewayOutput> Service::create_nat_gateway(wire::Request&, const api::CreateNatGatewayInput&) { return unsupported("CreateNatGateway"); }
Result<api::CreateNetworkInterfaceOutput> Service::create_network_interface(wire::Request&, const api::CreateNetworkInterfaceInput&) { return unsupported("CreateNetworkInterface"); }
Result<api::DeleteLaunchTemplateOutput> Service::delete_launch_template(wire::Request&, const api::DeleteLaunchTemplateInput&) { return unsupported("DeleteLaunchTemplate"); }
Result<api::DeleteLaunchTemplateVersionsOutput> Service::delete_launch_template_versions(wire::Request&, const api::DeleteLaunchTemplateVersionsInput&) { return unsupported("DeleteLaunchTemplateVersions"); }
Result<api::DeleteNatGatewayOutput> Service::delete_nat_gateway(wire::Request&, const api::DeleteNatGatewayInput&) { return unsupported("DeleteNatGateway"); }
Result<api::DeleteNetworkInterfaceOutput> Service::delete_network_interface(wire::Request&, const api::DeleteNetworkInterfaceInput&) { return unsupported("DeleteNetworkInterface"); }
Result<api::DescribeAddressesOutput> Service::describe_addresses(wire::Request&, const api::DescribeAddressesInput&) { return unsupported("DescribeAddresses"); }
Result<api::DescribeAddressesAttributeOutput> Service::describe_addresses_attribute(wire::Request&, const api::DescribeAddressesAttributeInput&) { return unsupported("DescribeAddressesAttribute"); }
Result<api::DescribeIamInstanceProfileAssociationsOutput> Service::describe_iam_instance_profile_associations(wire::Request&, const api::DescribeIamInstanceProfileAssociationsInput&) { return unsupported("DescribeIamInstanceProfileAssociations"); }
Result<api::DescribeImagesOutput> Service::describe_images(wire::Request&, const api::DescribeImagesInput&) { return unsupported("DescribeImages"); }
Result<api::DescribeInstanceAttributeOutput> Service::describe_instance_attribute(wire::Request&, const api::DescribeInstanceAttributeInput&) { return unsupported("DescribeInstanceAttribute"); }
Result<api::DescribeInstanceCreditSpecificationsOutput> Service::describe_instance_credit_specifications(wire::Request&, const api::DescribeInstanceCreditSpecificationsInput&) { return unsupported("DescribeInstanceCreditSpecifications"); }
Result<api::DescribeInstanceStatusOutput> Service::describe_instance_status(wire::Request&, const api::DescribeInstanceStatusInput&) { return unsupported("DescribeInstanceStatus"); }
Result<api::DescribeInstanceTypeOfferingsOutput> Service::describe_instance_type_offerings(wire::Request&, const api::DescribeInstanceTypeOfferingsInput&) { return unsupported("DescribeInstanceTypeOfferings"); }
Result<api::DescribeInstanceTypesOutput> Service::describe_instance_types(wire::Request&, const api::DescribeInstanceTypesInput&) { return unsupported("DescribeInstanceTypes"); }
Result<api::DescribeInstancesOutput> Service::describe_instances(wire::Request&, const api::DescribeInstancesInput&) { return unsupported("DescribeInstances"); }
Result<api::DescribeKeyPairsOutput> Service::describe_key_pairs(wire::Request&, const api::DescribeKeyPairsInput&) { return unsupported("DescribeKeyPairs"); }
Result<api::DescribeLaunchTemplateVersionsOutput> Service::describe_launch_template_versions(wire::Request&, const api::DescribeLaunchTemplateVersionsInput&) { return unsupported("DescribeLaunchTemplateVersions"); }
Result<api::DescribeLaunchTemplatesOutput> Service::describe_launch_templates(wire::Request&, const api::DescribeLaunchTemplatesInput&) { return unsupported("DescribeLaunchTemplates"); }
Result<api::DescribeNatGatewaysOutput> Service::describe_nat_gateways(wire::Request&, const api::DescribeNatGatewaysInput&) { return unsupported("DescribeNatGateways"); }
Result<api::DescribeNetworkInterfacesOutput> Service::describe_network_interfaces(wire::Request&, const api::DescribeNetworkInterfacesInput&) { return unsupported("DescribeNetworkInterfaces"); }
Result<api::DescribeVolumesOutput> Service::describe_volumes(wire::Request&, const api::DescribeVolumesInput&) { return unsupported("DescribeVolumes"); }
Result<api::DisassociateAddressOutput> Service::disassociate_address(wire::Request&, const api::DisassociateAddressInput&) { return unsupported("DisassociateAddress"); }
Result<api::DisassociateIamInstanceProfileOutput> Service::disassociate_iam_instance_profile(wire::Request&, const api::DisassociateIamInstanceProfileInput&) { return unsupported("DisassociateIamInstanceProfile"); }
Result<api::GetConsoleOutputOutput> Service::get_console_output(wire::Request&, const api::GetConsoleOutputInput&) { return unsupported("GetConsoleOutput"); }
Result<api::GetInstanceUefiDataOutput> Service::get_instance_uefi_data(wire::Request&, const api::GetInstanceUefiDataInput&) { return unsupported("GetInstanceUefiData"); }
Result<api::GetLaunchTemplateDataOutput> Service::get_launch_template_data(wire::Request&, const api::GetLaunchTemplateDataInput&) { return unsupported("GetLaunchTemplateData"); }
Result<api::ModifyInstanceAttributeOutput> Service::modify_instance_attribute(wire::Request&, const api::ModifyInstanceAttributeInput&) { return unsupported("ModifyInstanceAttribute"); }
Result<api::ModifyInstanceMetadataOptionsOutput> Service::modify_instance_metadata_options(wire::Request&, const api::ModifyInstanceMetadataOptionsInput&) { return unsupported("ModifyInstanceMetadataOptions"); }
Result<api::ModifyLaunchTemplateOutput> Service::modify_launch_template(wire::Request&, const api::ModifyLaunchTemplateInput&) { return unsupported("ModifyLaunchTemplate"); }
Result<api::ModifyNetworkInterfaceAttributeOutput> Service::modify_network_interface_attribute(wire::Request&, const api::ModifyNetworkInterfaceAttributeInput&) { return unsupported("ModifyNetworkInterfaceAttribute"); }
Result<api::MonitorInstancesOutput> Service::monitor_instances(wire::Request&, const api::MonitorInstancesInput&) { return unsupported("MonitorInstances"); }
Result<api::RebootInstancesOutput> Service::reboot_instances(wire::Request&, const api::RebootInstancesInput&) { return unsupported("RebootInstances"); }
Result<api::ReleaseAddressOutput> Service::release_address(wire::Request&, const api::ReleaseAddressInput&) { return unsupported("ReleaseAddress"); }
Result<api::RunInstancesOutput> Service::run_instances(wire::Request&, const api::RunInstancesInput&) { return unsupported("RunInstances"); }
Result<api::StartInstancesOutput> Service::start_instances(wire::Request&, const api::StartInstancesInput&) { return unsupported("StartInstances"); }
Result<api::StopInstancesOutput> Service::stop_instances(wire::Request&, const api::StopInstancesInput&) { return unsupported("StopInstances"); }
Result<api::TerminateInstancesOutput> Service::terminate_instances(wire::Request&, const api::TerminateInstancesInput&) { return unsupported("TerminateInstances"); }
Result<api::UnmonitorInstancesOutput> Service::unmonitor_instances(wire::Request&, const api::UnmonitorInstancesInput&) { return unsupported("UnmonitorInstances"); }

}  // namespace stormglass::ec2
