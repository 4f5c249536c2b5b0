// Attributes of instances, read and changed one by one; console output; metadata options.
#include "base/strings.h"
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/instance_types.h"
#include "services/ec2/instances.h"
#include "services/ec2/interfaces.h"
#include "services/ec2/service.h"

namespace stormglass::ec2 {
namespace {

constexpr FilterName credit_filters[] = {{"instance-id", "InstanceId"}};

Result<Instance> need_instance(wire::Request& request, const std::string& id) {
    auto found = TRY(need_instances(request, {id}));
    return std::move(found.front());
}

Result<void> need_stopped(const Instance& instance, std::string_view attribute) {
    if (instance.state == state::stopped) return {};
    return aws_error("IncorrectInstanceState",
                     fmt::format("The instance '{}' is not in the 'stopped' state; its {} cannot "
                                 "be changed now.", instance.id, attribute));
}

/// The older form: Attribute and Value.
Result<void> modify_by_name(wire::Request& request, Instance& instance, const std::string& name,
                            const std::string& value) {
    const bool on = value == "true";
    if (name == "disableApiTermination") {
        instance.no_api_termination = on;
    } else if (name == "disableApiStop") {
        instance.no_api_stop = on;
    } else if (name == "instanceInitiatedShutdownBehavior") {
        instance.shutdown_behavior = value;
    } else if (name == "ebsOptimized") {
        instance.ebs_optimized = on;
    } else if (name == "instanceType" || name == "userData") {
        TRY(need_stopped(instance, name));
        if (name == "userData") instance.user_data = value;
        if (name == "instanceType") {
            if (!find_instance_type(value)) return unsupported("the instance type " + value);
            instance.type = value;
        }
    } else {
        return unsupported("changing the attribute " + name);
    }
    save(request, instances, instance);
    return {};
}

Result<void> modify_interface(wire::Request& request, const Instance& instance,
                              const api::ModifyInstanceAttributeInput& input) {
    if (!input.groups.given() && !input.source_dest_check) return {};
    Interface interface = TRY(need(request, interfaces, instance.interface_id));
    if (input.groups.given()) {
        interface.group_ids = TRY(check_groups(request, instance.vpc_id, input.groups));
    }
    if (input.source_dest_check) {
        interface.source_dest_check = input.source_dest_check->value.value_or(true);
    }
    save(request, interfaces, interface);
    return {};
}

Result<void> modify_record(Instance& instance, const api::ModifyInstanceAttributeInput& input) {
    if (input.disable_api_termination) {
        instance.no_api_termination = input.disable_api_termination->value.value_or(false);
    }
    if (input.disable_api_stop) {
        instance.no_api_stop = input.disable_api_stop->value.value_or(false);
    }
    if (input.ebs_optimized) instance.ebs_optimized = input.ebs_optimized->value.value_or(false);
    if (input.instance_initiated_shutdown_behavior) {
        instance.shutdown_behavior =
            input.instance_initiated_shutdown_behavior->value.value_or("stop");
    }
    if (input.user_data) {
        TRY(need_stopped(instance, "userData"));
        // A blob: the wire has undone its base64.
        instance.user_data = base::base64_encode(input.user_data->value.value_or(""));
    }
    if (input.instance_type) {
        TRY(need_stopped(instance, "instanceType"));
        const std::string name = input.instance_type->value.value_or("");
        const auto type = find_instance_type(name);
        if (!type) return unsupported("the instance type " + name);
        instance.type = name;
        instance.core_count = std::max(1, type->vcpus / type->threads_per_core);
        instance.threads_per_core = type->threads_per_core;
    }
    return {};
}

Result<void> modify_volumes(wire::Request& request, const Instance& instance,
                            const api::ModifyInstanceAttributeInput& input) {
    for (const auto& mapping : input.block_device_mappings) {
        auto volume = TRY(find(request, volumes, instance.root_volume_id));
        if (!volume || mapping.device_name != volume->device || !mapping.ebs) {
            return aws_error("InvalidInstanceAttributeValue",
                             fmt::format("No device is currently mapped at {}",
                                         mapping.device_name.value_or("")));
        }
        if (!mapping.ebs->delete_on_termination.value_or(true)) {
            return unsupported("volumes that outlive their instance");
        }
    }
    return {};
}

}  // namespace

Result<api::DescribeInstanceAttributeOutput> Service::describe_instance_attribute(
    wire::Request& request, const api::DescribeInstanceAttributeInput& input) {
    TRY(check_input("DescribeInstanceAttribute", &input, {"InstanceId", "Attribute"}));
    const Instance instance = TRY(need_instance(request, input.instance_id));
    const api::Instance shown = TRY(describe(request, instance));
    const std::string& name = input.attribute;
    api::DescribeInstanceAttributeOutput output;
    output.instance_id = instance.id;
    if (name == "disableApiTermination") {
        output.disable_api_termination = api::AttributeBooleanValue{instance.no_api_termination};
    } else if (name == "disableApiStop") {
        output.disable_api_stop = api::AttributeBooleanValue{instance.no_api_stop};
    } else if (name == "instanceInitiatedShutdownBehavior") {
        output.instance_initiated_shutdown_behavior =
            api::AttributeValue{instance.shutdown_behavior};
    } else if (name == "instanceType") {
        output.instance_type = api::AttributeValue{instance.type};
    } else if (name == "userData") {
        output.user_data = api::AttributeValue{};
        if (!instance.user_data.empty()) output.user_data->value = instance.user_data;
    } else if (name == "rootDeviceName") {
        output.root_device_name = api::AttributeValue{instance.root_device};
    } else if (name == "blockDeviceMapping") {
        output.block_device_mappings = shown.block_device_mappings;
    } else if (name == "groupSet") {
        output.groups = shown.security_groups;
    } else if (name == "ebsOptimized") {
        output.ebs_optimized = api::AttributeBooleanValue{instance.ebs_optimized};
    } else if (name == "sourceDestCheck") {
        output.source_dest_check = api::AttributeBooleanValue{shown.source_dest_check};
    } else if (name == "enaSupport") {
        output.ena_support = api::AttributeBooleanValue{true};
    } else if (name == "enclaveOptions") {
        output.enclave_options = api::EnclaveOptions{.enabled = false};
    } else if (name == "productCodes") {
        output.product_codes.present = true;
    } else if (name != "kernel" && name != "ramdisk" && name != "sriovNetSupport") {
        return aws_error("InvalidParameterValue",
                         fmt::format("Value ({}) for parameter attribute is invalid. Unknown "
                                     "attribute.", name));
    }
    return output;
}

Result<api::ModifyInstanceAttributeOutput> Service::modify_instance_attribute(
    wire::Request& request, const api::ModifyInstanceAttributeInput& input) {
    TRY(check_input("ModifyInstanceAttribute", &input,
                    {"SourceDestCheck", "DisableApiStop", "InstanceId", "Attribute", "Value",
                     "BlockDeviceMappings", "DisableApiTermination", "InstanceType", "UserData",
                     "InstanceInitiatedShutdownBehavior", "Groups", "EbsOptimized"}));
    Instance instance = TRY(need_instance(request, input.instance_id));
    if (input.attribute && input.value) {
        TRY(modify_by_name(request, instance, *input.attribute, *input.value));
        return {};
    }
    TRY(modify_interface(request, instance, input));
    TRY(modify_volumes(request, instance, input));
    TRY(modify_record(instance, input));
    save(request, instances, instance);
    return {};
}

Result<api::ModifyInstanceMetadataOptionsOutput> Service::modify_instance_metadata_options(
    wire::Request& request, const api::ModifyInstanceMetadataOptionsInput& input) {
    TRY(check_input("ModifyInstanceMetadataOptions", &input,
                    {"InstanceId", "HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint",
                     "InstanceMetadataTags", "HttpProtocolIpv6"}));
    if (input.http_protocol_ipv6.value_or("disabled") != "disabled") {
        return unsupported("instance metadata over IPv6");
    }
    Instance instance = TRY(need_instance(request, input.instance_id));
    MetadataOptions& options = instance.metadata;
    options.tokens = input.http_tokens.value_or(options.tokens);
    options.endpoint = input.http_endpoint.value_or(options.endpoint);
    options.tags = input.instance_metadata_tags.value_or(options.tags);
    options.hop_limit =
        static_cast<int>(input.http_put_response_hop_limit.value_or(options.hop_limit));
    save(request, instances, instance);
    api::ModifyInstanceMetadataOptionsOutput output;
    output.instance_id = instance.id;
    output.instance_metadata_options = TRY(describe(request, instance)).metadata_options;
    output.instance_metadata_options->state = "pending";
    return output;
}

Result<api::DescribeInstanceCreditSpecificationsOutput>
Service::describe_instance_credit_specifications(
    wire::Request& request, const api::DescribeInstanceCreditSpecificationsInput& input) {
    TRY(check_input("DescribeInstanceCreditSpecifications", &input,
                    {"Filters", "InstanceIds", "MaxResults", "NextToken"}));
    const auto found = input.instance_ids.empty()
                           ? TRY(all(request, instances))
                           : TRY(need_instances(request, input.instance_ids));
    api::DescribeInstanceCreditSpecificationsOutput output;
    for (const auto& one : found) {
        if (one.cpu_credits.empty() || one.state == state::terminated) continue;
        output.instance_credit_specifications.push_back(
            {.instance_id = one.id, .cpu_credits = one.cpu_credits});
    }
    output.next_token = TRY(narrow(output.instance_credit_specifications,
                                   "DescribeInstanceCreditSpecifications",
                                   "InstanceCreditSpecifications", credit_filters, input));
    return output;
}

Result<api::GetConsoleOutputOutput> Service::get_console_output(
    wire::Request& request, const api::GetConsoleOutputInput& input) {
    TRY(check_input("GetConsoleOutput", &input, {"InstanceId", "Latest"}));
    const Instance instance = TRY(need_instance(request, input.instance_id));
    api::GetConsoleOutputOutput output;
    output.instance_id = instance.id;
    output.timestamp = request.now;
    if (instance.state != state::pending && parts_.console) {
        output.output = base::base64_encode(TRY(parts_.console(instance.id)));
    }
    return output;
}

}  // namespace stormglass::ec2
