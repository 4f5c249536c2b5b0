// DescribeInstanceTypes and DescribeInstanceTypeOfferings.
#include "services/ec2/instance_types.h"

#include "services/common/zones.h"
#include "services/ec2/access.h"
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/service.h"

namespace stormglass::ec2 {
namespace {

constexpr FilterName type_filters[] = {
    {"auto-recovery-supported", "AutoRecoverySupported"},
    {"bare-metal", "BareMetal"},
    {"burstable-performance-supported", "BurstablePerformanceSupported"},
    {"current-generation", "CurrentGeneration"},
    {"free-tier-eligible", "FreeTierEligible"},
    {"hibernation-supported", "HibernationSupported"},
    {"hypervisor", "Hypervisor"},
    {"instance-storage-supported", "InstanceStorageSupported"},
    {"instance-type", "InstanceType"},
    {"memory-info.size-in-mib", "MemoryInfo.SizeInMiB"},
    {"network-info.network-performance", "NetworkInfo.NetworkPerformance"},
    {"processor-info.supported-architecture", "ProcessorInfo.SupportedArchitectures"},
    {"supported-boot-mode", "SupportedBootModes"},
    {"supported-root-device-type", "SupportedRootDeviceTypes"},
    {"supported-usage-class", "SupportedUsageClasses"},
    {"supported-virtualization-type", "SupportedVirtualizationTypes"},
    {"vcpu-info.default-vcpus", "VCpuInfo.DefaultVCpus"},
    {"vcpu-info.default-cores", "VCpuInfo.DefaultCores"},
    {"vcpu-info.default-threads-per-core", "VCpuInfo.DefaultThreadsPerCore"}};
constexpr FilterName offering_filters[] = {{"instance-type", "InstanceType"},
                                           {"location", "Location"}};

api::InstanceTypeInfo describe(const InstanceType& type) {
    const bool previous = type.name.starts_with("t2.");
    api::InstanceTypeInfo item;
    item.instance_type = std::string(type.name);
    item.current_generation = true;
    item.free_tier_eligible = type.name == "t2.micro" || type.name == "t3.micro";
    item.supported_usage_classes.push_back("on-demand");
    item.supported_root_device_types.push_back("ebs");
    item.supported_virtualization_types.push_back("hvm");
    item.bare_metal = false;
    item.hypervisor = previous ? "xen" : "nitro";
    api::ProcessorInfo processor;
    processor.supported_architectures.push_back("x86_64");
    item.processor_info = std::move(processor);
    api::VCpuInfo cpus;
    cpus.default_v_cpus = type.vcpus;
    cpus.default_cores = std::max(1, type.vcpus / type.threads_per_core);
    cpus.default_threads_per_core = type.threads_per_core;
    item.v_cpu_info = std::move(cpus);
    item.memory_info = api::MemoryInfo{.size_in_mi_b = type.memory_mib};
    item.instance_storage_supported = false;
    api::EbsInfo ebs;
    ebs.ebs_optimized_support = previous ? "unsupported" : "default";
    ebs.encryption_support = "supported";
    ebs.nvme_support = previous ? "unsupported" : "required";
    item.ebs_info = std::move(ebs);
    api::NetworkInfo network;
    network.network_performance = std::string(type.network);
    network.maximum_network_interfaces = type.interfaces;
    network.maximum_network_cards = 1;
    network.ipv4_addresses_per_interface = type.addresses_per_interface;
    network.ipv6_supported = false;
    network.ena_support = previous ? "unsupported" : "required";
    item.network_info = std::move(network);
    item.hibernation_supported = false;
    item.burstable_performance_supported = type.is_burstable();
    item.dedicated_hosts_supported = false;
    item.auto_recovery_supported = false;
    item.supported_boot_modes.push_back("legacy-bios");
    item.supported_boot_modes.push_back("uefi");
    return item;
}

}  // namespace

Result<api::DescribeInstanceTypesOutput> Service::describe_instance_types(
    wire::Request&, const api::DescribeInstanceTypesInput& input) {
    TRY(check_input("DescribeInstanceTypes", &input,
                    {"InstanceTypes", "Filters", "MaxResults", "NextToken"}));
    api::DescribeInstanceTypesOutput output;
    for (const auto& name : input.instance_types) {
        if (!find_instance_type(name)) {
            return aws_error("InvalidInstanceType",
                             fmt::format("The following supplied instance types do not exist: [{}]",
                                         name));
        }
    }
    const auto& names = input.instance_types;
    for (const auto& type : instance_types()) {
        if (!names.empty() && std::find(names.begin(), names.end(), type.name) == names.end()) {
            continue;
        }
        output.instance_types.push_back(describe(type));
    }
    output.next_token = TRY(narrow(output.instance_types, "DescribeInstanceTypes",
                                   "InstanceTypes", type_filters, input));
    return output;
}

Result<api::DescribeInstanceTypeOfferingsOutput> Service::describe_instance_type_offerings(
    wire::Request& request, const api::DescribeInstanceTypeOfferingsInput& input) {
    TRY(check_input("DescribeInstanceTypeOfferings", &input,
                    {"LocationType", "Filters", "MaxResults", "NextToken"}));
    const std::string kind = input.location_type.value_or("region");
    std::vector<std::string> places;
    if (kind == "region") places.push_back(request.region);
    for (const auto& zone : services::zones_of(request.region)) {
        if (kind == "availability-zone") places.push_back(zone.name);
        if (kind == "availability-zone-id") places.push_back(zone.id);
    }
    api::DescribeInstanceTypeOfferingsOutput output;
    for (const auto& type : instance_types()) {
        for (const auto& place : places) {
            output.instance_type_offerings.push_back({.instance_type = std::string(type.name),
                                                      .location_type = kind,
                                                      .location = place});
        }
    }
    output.next_token = TRY(narrow(output.instance_type_offerings,
                                   "DescribeInstanceTypeOfferings", "InstanceTypeOfferings",
                                   offering_filters, input));
    return output;
}

}  // namespace stormglass::ec2
