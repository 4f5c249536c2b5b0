// RunInstances: everything is checked and recorded here, nothing is started. The reconciler launches
// what is pending.
#include "base/strings.h"
#include "services/common/images.h"
#include "services/ec2/address_pool.h"
#include "services/ec2/input.h"
#include "services/ec2/instance_types.h"
#include "services/ec2/instances.h"
#include "services/ec2/interfaces.h"
#include "services/ec2/launch_templates.h"
#include "services/ec2/service.h"
#include "services/ec2/shape_json.h"
#include "services/ec2/spot.h"
#include "services/ec2/zone_power.h"

namespace stormglass::ec2 {
namespace {

constexpr std::size_t instances_max = 200;  // Of one account in one region.
constexpr std::int64_t launch_max = 100;    // In one call.
constexpr std::size_t user_data_max = 16384;
constexpr std::int64_t volume_gib_max = 16384;
constexpr std::string_view template_id_tag = "aws:ec2launchtemplate:id";
constexpr std::string_view template_version_tag = "aws:ec2launchtemplate:version";

/// The call's parameters over those of its launch template, and where they came from.
struct Merged {
    api::RunInstancesInput input;
    std::string template_id, template_version;
};

/// Members given in the call win, except that tags of both are kept.
Result<Merged> merge_template(wire::Request& request, const api::RunInstancesInput& given) {
    Merged merged{.input = given, .template_id = {}, .template_version = {}};
    if (!given.launch_template) return merged;
    const auto& wish = *given.launch_template;
    const auto known =
        TRY(find_template(request, {wish.launch_template_id, wish.launch_template_name}));
    const auto version = TRY(find_version(request, known, wish.version.value_or("")));
    const wire::Shape& shape = input_shape("RunInstances");
    const base::Json call = shape_to_json(shape, &given);
    base::Json all = version.data;
    all.update(call);
    base::Json tags = version.data.value("TagSpecifications", base::Json::array());
    for (const auto& one : call.value("TagSpecifications", base::Json::array())) {
        tags.push_back(one);
    }
    all["TagSpecifications"] = tags;
    // Groups beside interfaces are refused; the call's own choice replaces the template's other.
    if (call.contains("NetworkInterfaces")) all.erase("SecurityGroupIds");
    if (call.contains("SecurityGroupIds") && !call.contains("NetworkInterfaces")) {
        all.erase("NetworkInterfaces");
    }
    api::RunInstancesInput input;
    shape_from_json(shape, all, &input);
    merged.input = std::move(input);
    merged.template_id = known.id;
    merged.template_version = std::to_string(version.version);
    return merged;
}

Result<void> check_parameters(const api::RunInstancesInput& input) {
    TRY(check_input("RunInstances", &input,
                    {"BlockDeviceMappings", "ImageId", "InstanceType", "KeyName", "MaxCount",
                     "MinCount", "Monitoring", "Placement", "SecurityGroupIds", "SubnetId",
                     "UserData", "TagSpecifications", "LaunchTemplate", "CreditSpecification",
                     "MetadataOptions", "DisableApiStop", "DisableApiTermination",
                     "InstanceInitiatedShutdownBehavior", "PrivateIpAddress", "ClientToken",
                     "NetworkInterfaces", "IamInstanceProfile", "EbsOptimized",
                     "MaintenanceOptions", "PrivateDnsNameOptions", "InstanceMarketOptions",
                     "CapacityReservationSpecification"}));
    if (input.min_count < 1 || input.max_count < input.min_count || input.max_count > launch_max) {
        return aws_error("InvalidParameterValue",
                         fmt::format("Invalid value '{}' for minCount or '{}' for maxCount.",
                                     input.min_count, input.max_count));
    }
    if (input.placement) {
        TRY(check_nested("RunInstances", "Placement", &*input.placement,
                         {"AvailabilityZone", "Tenancy"}));
        if (input.placement->tenancy.value_or("default") != "default") {
            return unsupported("the tenancy " + *input.placement->tenancy);
        }
    }
    if (input.key_name && !input.key_name->empty()) {
        return aws_error("InvalidKeyPair.NotFound",
                         fmt::format("The key pair '{}' does not exist", *input.key_name));
    }
    return {};
}

Result<services::PublicImage> image_for(wire::Request& request,
                                        const std::optional<std::string>& id) {
    if (!id || id->empty()) {
        return aws_error("MissingParameter", "The request must contain the parameter ImageId");
    }
    if (!id->starts_with("ami-")) {
        return aws_error("InvalidAMIID.Malformed", fmt::format("Invalid id: \"{}\"", *id));
    }
    auto image = services::find_public_image(request.region, *id);
    if (image) return std::move(*image);
    return aws_error("InvalidAMIID.NotFound",
                     fmt::format("The image id '[{}]' does not exist", *id));
}

Result<std::string> user_data_of(const std::optional<std::string>& given) {
    if (!given || given->empty()) return std::string();
    const auto plain = base::base64_decode(*given);
    if (!plain) {
        return aws_error("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
    }
    if (plain->size() > user_data_max) {
        return aws_error("InvalidParameterValue", "User data is limited to 16384 bytes");
    }
    return *given;
}

Result<MetadataOptions> metadata_of(const std::optional<api::InstanceMetadataOptionsRequest>& given,
                                    const services::PublicImage& image) {
    MetadataOptions options;
    if (image.name.starts_with("al2023-")) {  // Its ImdsSupport is v2.0.
        options.tokens = "required";
        options.hop_limit = 2;
    }
    if (!given) return options;
    if (given->http_protocol_ipv6.value_or("disabled") != "disabled") {
        return unsupported("instance metadata over IPv6");
    }
    options.tokens = given->http_tokens.value_or(options.tokens);
    options.endpoint = given->http_endpoint.value_or(options.endpoint);
    options.tags = given->instance_metadata_tags.value_or(options.tags);
    options.hop_limit =
        static_cast<int>(given->http_put_response_hop_limit.value_or(options.hop_limit));
    return options;
}

/// The root volume; instances here have no other.
Result<Volume> root_volume(const wire::List<api::BlockDeviceMapping>& mappings,
                           const services::PublicImage& image) {
    Volume volume;
    volume.device = image.root_device;
    volume.size_gib = image.root_size_gib;
    volume.snapshot_id = "snap-0" + image.id.substr(5);
    for (const auto& mapping : mappings) {
        if (mapping.device_name != image.root_device || !mapping.ebs) {
            return unsupported(fmt::format("block devices besides the root device {} of the image",
                                           image.root_device));
        }
        const auto& ebs = *mapping.ebs;
        TRY(check_nested("RunInstances", "BlockDeviceMappings.Ebs", &ebs,
                         {"DeleteOnTermination", "Iops", "VolumeSize", "VolumeType", "KmsKeyId",
                          "Throughput", "Encrypted"}));
        volume.type = ebs.volume_type.value_or(volume.type);
        const auto size = ebs.volume_size.value_or(volume.size_gib);
        if (size < image.root_size_gib || size > volume_gib_max) {
            return aws_error("InvalidBlockDeviceMapping",
                             fmt::format("Volume of size {}GB is smaller than snapshot '{}', "
                                         "expect size >= {}GB", size, volume.snapshot_id,
                                         image.root_size_gib));
        }
        volume.size_gib = static_cast<int>(size);
        volume.iops = static_cast<int>(ebs.iops.value_or(volume.iops));
        volume.throughput = static_cast<int>(ebs.throughput.value_or(volume.throughput));
        volume.encrypted = ebs.encrypted.value_or(false);
        volume.kms_key_id = ebs.kms_key_id.value_or("");
        if (!ebs.delete_on_termination.value_or(true)) {
            return unsupported("volumes that outlive their instance");
        }
    }
    return volume;
}

/// Where the instances' one interface goes.
struct NetworkWish {
    Subnet subnet;
    std::vector<std::string> group_ids;
    std::string address, description;
    bool public_address = false, delete_on_termination = true;
    std::optional<Interface> existing;
};

Result<Subnet> subnet_for(wire::Request& request, const api::RunInstancesInput& input,
                          const std::optional<std::string>& subnet_id) {
    if (!subnet_id || subnet_id->empty()) {
        return aws_error("MissingInput",
                         "No subnets found for the default VPC: there is none; specify a subnet.");
    }
    Subnet subnet = TRY(need(request, subnets, *subnet_id));
    const std::string zone =
        input.placement ? input.placement->availability_zone.value_or("") : std::string();
    if (!zone.empty() && zone != subnet.zone) {
        return aws_error("InvalidParameterCombination",
                         fmt::format("The availability zone '{}' does not match the subnet '{}', "
                                     "which is in '{}'.", zone, subnet.id, subnet.zone));
    }
    return subnet;
}

Result<NetworkWish> existing_interface(wire::Request& request, const api::RunInstancesInput& input,
                                       const std::string& id) {
    NetworkWish wish;
    wish.existing = TRY(need(request, interfaces, id));
    if (!wish.existing->attachment_id.empty()) {
        return aws_error("InvalidNetworkInterface.InUse",
                         fmt::format("Interface: {} in use.", id));
    }
    if (input.max_count > 1) {
        return aws_error("InvalidParameterCombination",
                         "A network interface can be attached to one instance only");
    }
    wish.subnet = TRY(subnet_for(request, input, wish.existing->subnet_id));
    wish.delete_on_termination = false;
    return wish;
}

Result<NetworkWish> network_of(wire::Request& request, const api::RunInstancesInput& input) {
    NetworkWish wish;
    if (input.network_interfaces.empty()) {
        wish.subnet = TRY(subnet_for(request, input, input.subnet_id));
        wish.group_ids = input.security_group_ids;
        wish.address = input.private_ip_address.value_or("");
        wish.public_address = wish.subnet.map_public_ip;
    } else {
        const auto& one = input.network_interfaces.front();
        if (input.network_interfaces.size() > 1 || one.device_index.value_or(0) != 0) {
            return unsupported("instances with several network interfaces");
        }
        TRY(check_nested("RunInstances", "NetworkInterfaces", &one,
                         {"AssociatePublicIpAddress", "DeleteOnTermination", "Description",
                          "DeviceIndex", "Groups", "NetworkInterfaceId", "PrivateIpAddress",
                          "SubnetId", "InterfaceType", "NetworkCardIndex"}));
        if (one.interface_type.value_or("interface") != "interface") {
            return unsupported("interfaces of type " + *one.interface_type);
        }
        if (input.security_group_ids.given()) {
            return aws_error("InvalidParameterCombination",
                             "Network interfaces and an instance-level security groups may not be "
                             "specified on the same request");
        }
        if (one.network_interface_id) {
            return existing_interface(request, input, *one.network_interface_id);
        }
        wish.subnet =
            TRY(subnet_for(request, input, one.subnet_id ? one.subnet_id : input.subnet_id));
        wish.group_ids = one.groups;
        wish.address = one.private_ip_address.value_or("");
        wish.description = one.description.value_or("");
        wish.public_address = one.associate_public_ip_address.value_or(wish.subnet.map_public_ip);
        wish.delete_on_termination = one.delete_on_termination.value_or(true);
    }
    if (!wish.address.empty() && input.max_count > 1) {
        return aws_error("InvalidParameterCombination",
                         "A private IP address can be given to one instance only");
    }
    return wish;
}

/// All that the instances of one call have in common.
struct Launch {
    Instance model;
    Volume volume;
    NetworkWish network;
    Tags instance_tags, volume_tags, interface_tags;
};

Result<Interface> attach_interface(wire::Request& request, base::Random& random,
                                   const Launch& launch, const std::string& instance_id) {
    const NetworkWish& wish = launch.network;
    Interface made = wish.existing
                         ? *wish.existing
                         : TRY(make_interface(request, random,
                                              {.subnet = wish.subnet,
                                               .address = wish.address,
                                               .group_ids = wish.group_ids,
                                               .description = wish.description,
                                               .requester_id = {}}));
    made.attachment_id = services::new_id(random, "eni-attach");
    made.instance_id = instance_id;
    made.attached = request.now;
    made.delete_on_termination = wish.delete_on_termination;
    if (wish.public_address && made.public_address.empty()) {
        made.public_address = TRY(take_public_address(request, random, made.id));
    }
    if (wish.existing) {
        save(request, interfaces, made);
    } else {
        create(request, interfaces, made, launch.interface_tags);
    }
    return made;
}

Result<Instance> record_instance(wire::Request& request, base::Random& random,
                                 const Launch& launch, int index) {
    Instance instance = launch.model;
    instance.id = services::new_id(random, instances.prefix);
    instance.launch_index = index;
    instance.interface_id = TRY(attach_interface(request, random, launch, instance.id)).id;
    Volume volume = launch.volume;
    volume.id = services::new_id(random, volumes.prefix);
    volume.zone = instance.zone;
    volume.instance_id = instance.id;
    volume.created = request.now;
    create(request, volumes, volume, launch.volume_tags);
    instance.root_volume_id = volume.id;
    if (!instance.profile_arn.empty()) {
        instance.profile_association_id = services::new_id(random, "iip-assoc");
    }
    create(request, instances, instance, launch.instance_tags);
    return instance;
}

Result<Launch> prepare(wire::Request& request, iam::api::Api& iam, const Merged& merged) {
    const api::RunInstancesInput& input = merged.input;
    const auto image = TRY(image_for(request, input.image_id));
    const std::string type_name = input.instance_type.value_or("m1.small");
    const auto type = find_instance_type(type_name);
    if (!type) {
        return aws_error("InvalidParameterValue",
                         fmt::format("Stormglass does not offer the instance type {}", type_name));
    }
    Launch launch;
    launch.network = TRY(network_of(request, input));
    TRY(check_groups(request, launch.network.subnet.vpc_id, launch.network.group_ids));
    launch.volume = TRY(root_volume(input.block_device_mappings, image));
    Instance& model = launch.model;
    if (input.iam_instance_profile) {
        const auto profile = TRY(pass_profile(request, iam, input.iam_instance_profile->arn,
                                              input.iam_instance_profile->name));
        model.profile_arn = profile.arn;
        model.profile_id = profile.id;
    }
    model.image_id = image.id;
    model.type = type_name;
    model.vpc_id = launch.network.subnet.vpc_id;
    model.subnet_id = launch.network.subnet.id;
    model.zone = launch.network.subnet.zone;
    model.root_device = image.root_device;
    model.user_data = TRY(user_data_of(input.user_data));
    model.metadata = TRY(metadata_of(input.metadata_options, image));
    model.client_token = input.client_token.value_or("");
    model.shutdown_behavior = input.instance_initiated_shutdown_behavior.value_or("stop");
    model.monitoring = input.monitoring && input.monitoring->enabled;
    model.ebs_optimized = input.ebs_optimized.value_or(false);
    model.no_api_termination = input.disable_api_termination.value_or(false);
    model.no_api_stop = input.disable_api_stop.value_or(false);
    model.core_count = std::max(1, type->vcpus / type->threads_per_core);
    model.threads_per_core = type->threads_per_core;
    if (type->is_burstable()) {
        model.cpu_credits = type->name.starts_with("t2.") ? "standard" : "unlimited";
        if (input.credit_specification) {
            model.cpu_credits = input.credit_specification->cpu_credits;
        }
    }
    model.launched = model.created = request.now;
    const std::vector<std::string_view> types{"instance", "volume", "network-interface"};
    launch.instance_tags = TRY(tags_for(request, "instance", input.tag_specifications, types));
    launch.volume_tags = TRY(tags_for(request, "volume", input.tag_specifications, types));
    launch.interface_tags =
        TRY(tags_for(request, "network-interface", input.tag_specifications, types));
    if (!merged.template_id.empty()) {
        launch.instance_tags[std::string(template_id_tag)] = merged.template_id;
        launch.instance_tags[std::string(template_version_tag)] = merged.template_version;
    }
    return launch;
}

}  // namespace

Result<api::RunInstancesOutput> Service::run_instances(wire::Request& request,
                                                       const api::RunInstancesInput& input) {
    const Merged merged = TRY(merge_template(request, input));
    const auto known = TRY(all(request, instances));
    const std::string token = input.client_token.value_or("");
    std::vector<Instance> before;
    std::copy_if(known.begin(), known.end(), std::back_inserter(before),
                 [&](const Instance& one) { return !token.empty() && one.client_token == token; });
    if (!before.empty()) return describe_reservation(request, before);

    Launch launch = TRY(prepare(request, parts_.iam, merged));
    TRY(check_parameters(merged.input));  // Last, since a dry run ends here.
    TRY(check_capacity(request, launch.model.zone, launch.model.type));
    const auto living = static_cast<std::size_t>(
        std::count_if(known.begin(), known.end(),
                      [](const Instance& one) { return one.state != state::terminated; }));
    if (living + static_cast<std::size_t>(input.min_count) > instances_max) {
        return aws_error("InstanceLimitExceeded",
                         fmt::format("You have requested more instances than your current "
                                     "instance limit of {} allows.", instances_max));
    }
    TRY(read_market(merged.input, parts_.random, launch.model));
    launch.model.reservation_id = new_id("r");
    const auto room = static_cast<std::int64_t>(instances_max - living);
    std::vector<Instance> made;
    for (std::int64_t i = 0; i < std::min(input.max_count, room); ++i) {
        auto one = record_instance(request, parts_.random, launch, static_cast<int>(i));
        // Fewer than MaxCount will do, once MinCount are there.
        if (!one && i >= input.min_count) break;
        made.push_back(TRY(std::move(one)));
        tell(request, made.back().id,
             fmt::format("launch requested: {} in {}", made.back().type, made.back().zone));
    }
    return describe_reservation(request, made);
}

void Service::tell(wire::Request& request, std::string subject, std::string text) {
    parts_.timeline.add({.time = request.now,
                         .kind = "instance",
                         .subject = std::move(subject),
                         .text = std::move(text),
                         .region = request.region});
}

}  // namespace stormglass::ec2
