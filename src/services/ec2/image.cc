// Images: the public ones of services/common/images.h. Each is the host's root folder.
#include "services/common/images.h"
#include "base/strings.h"
#include "services/ec2/access.h"
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/service.h"

namespace stormglass::ec2 {
namespace {

constexpr FilterName image_filters[] = {
    {"architecture", "Architecture"},
    {"block-device-mapping.delete-on-termination", "BlockDeviceMappings.Ebs.DeleteOnTermination"},
    {"block-device-mapping.device-name", "BlockDeviceMappings.DeviceName"},
    {"block-device-mapping.encrypted", "BlockDeviceMappings.Ebs.Encrypted"},
    {"block-device-mapping.volume-size", "BlockDeviceMappings.Ebs.VolumeSize"},
    {"block-device-mapping.volume-type", "BlockDeviceMappings.Ebs.VolumeType"},
    {"boot-mode", "BootMode"},
    {"creation-date", "CreationDate"},
    {"description", "Description"},
    {"ena-support", "EnaSupport"},
    {"hypervisor", "Hypervisor"},
    {"image-id", "ImageId"},
    {"image-type", "ImageType"},
    {"is-public", "Public"},
    {"name", "Name"},
    {"owner-alias", "ImageOwnerAlias"},
    {"owner-id", "OwnerId"},
    {"platform-details", "PlatformDetails"},
    {"root-device-name", "RootDeviceName"},
    {"root-device-type", "RootDeviceType"},
    {"state", "State"},
    {"virtualization-type", "VirtualizationType"}};

api::BlockDeviceMapping root_mapping(const services::PublicImage& image) {
    api::BlockDeviceMapping mapping;
    mapping.device_name = image.root_device;
    api::EbsBlockDevice volume;
    volume.delete_on_termination = true;
    volume.encrypted = false;
    volume.volume_size = image.root_size_gib;
    volume.volume_type = "gp3";
    volume.iops = 3000;
    volume.throughput = 125;
    volume.snapshot_id = "snap-0" + image.id.substr(5);
    mapping.ebs = std::move(volume);
    return mapping;
}

api::Image describe(const services::PublicImage& image) {
    api::Image item;
    item.image_id = image.id;
    item.name = image.name;
    item.description = image.description;
    item.image_location = (image.owner_alias.empty() ? image.owner_id : image.owner_alias) + "/" +
                          image.name;
    item.owner_id = image.owner_id;
    if (!image.owner_alias.empty()) item.image_owner_alias = image.owner_alias;
    item.architecture = "x86_64";
    item.creation_date = image.created;
    item.public_ = true;
    item.image_type = "machine";
    item.platform_details = "Linux/UNIX";
    item.usage_operation = "RunInstances";
    item.state = "available";
    item.ena_support = true;
    item.hypervisor = "xen";
    item.root_device_name = image.root_device;
    item.root_device_type = "ebs";
    item.sriov_net_support = "simple";
    item.virtualization_type = "hvm";
    item.boot_mode = "uefi-preferred";
    if (image.name.starts_with("al2023-")) item.imds_support = "v2.0";
    item.block_device_mappings.push_back(root_mapping(image));
    item.tags.present = item.product_codes.present = true;
    return item;
}

bool owned(const api::Image& image, const std::vector<std::string>& owners) {
    return owners.empty() || std::any_of(owners.begin(), owners.end(), [&](const auto& owner) {
        return image.owner_id == owner || image.image_owner_alias == owner;
    });
}

}  // namespace

Result<api::DescribeImagesOutput> Service::describe_images(wire::Request& request,
                                                           const api::DescribeImagesInput& input) {
    TRY(check_input("DescribeImages", &input,
                    {"ExecutableUsers", "ImageIds", "Owners", "IncludeDeprecated",
                     "IncludeDisabled", "MaxResults", "NextToken", "Filters"}));
    api::DescribeImagesOutput output;
    const auto& ids = input.image_ids;
    for (const auto& id : ids) {
        if (!services::find_public_image(request.region, id)) {
            return aws_error("InvalidAMIID.NotFound",
                             fmt::format("The image id '[{}]' does not exist", id));
        }
    }
    for (const auto& image : services::public_images(request.region)) {
        if (!ids.empty() && std::find(ids.begin(), ids.end(), image.id) == ids.end()) continue;
        auto item = describe(image);
        if (owned(item, input.owners)) output.images.push_back(std::move(item));
    }
    output.next_token =
        TRY(narrow(output.images, "DescribeImages", "Images", image_filters, input));
    return output;
}

Result<api::GetInstanceUefiDataOutput> Service::get_instance_uefi_data(
    wire::Request& request, const api::GetInstanceUefiDataInput& input) {
    TRY(check_input("GetInstanceUefiData", &input, {"InstanceId"}));
    // Terraform asks with the id of an image; AWS refuses that too, and Terraform goes on.
    TRY(need(request, instances, input.instance_id));
    return unsupported("UEFI variables of instances");
}

}  // namespace stormglass::ec2
