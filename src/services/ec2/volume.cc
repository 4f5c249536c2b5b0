// Volumes: the root volume of each instance, shown as AWS shows it. What is real of it is the size
// limit of the instance's writable layer. Key pairs, of which there are none, are here too.
#include "services/common/zones.h"
#include "services/ec2/access.h"
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/service.h"

namespace stormglass::ec2 {
namespace {

constexpr FilterName volume_filters[] = {
    {"attachment.attach-time", "Attachments.AttachTime"},
    {"attachment.delete-on-termination", "Attachments.DeleteOnTermination"},
    {"attachment.device", "Attachments.Device"},
    {"attachment.instance-id", "Attachments.InstanceId"},
    {"attachment.status", "Attachments.State"},
    {"availability-zone", "AvailabilityZone"},
    {"availability-zone-id", "AvailabilityZoneId"},
    {"create-time", "CreateTime"},
    {"encrypted", "Encrypted"},
    {"multi-attach-enabled", "MultiAttachEnabled"},
    {"size", "Size"},
    {"snapshot-id", "SnapshotId"},
    {"status", "State"},
    {"volume-id", "VolumeId"},
    {"volume-type", "VolumeType"}};
constexpr FilterName key_filters[] = {{"fingerprint", "KeyFingerprint"},
                                      {"key-name", "KeyName"},
                                      {"key-pair-id", "KeyPairId"}};

Result<api::Volume> describe(wire::Request& request, const Volume& volume) {
    api::Volume item;
    item.volume_id = volume.id;
    item.availability_zone = volume.zone;
    for (const auto& zone : services::zones_of(request.region)) {
        if (zone.name == volume.zone) item.availability_zone_id = zone.id;
    }
    item.volume_type = volume.type;
    item.size = volume.size_gib;
    if (volume.type != "standard") item.iops = volume.iops;
    if (volume.type == "gp3") item.throughput = volume.throughput;
    item.snapshot_id = volume.snapshot_id;
    item.encrypted = volume.encrypted;
    if (!volume.kms_key_id.empty()) item.kms_key_id = volume.kms_key_id;
    item.multi_attach_enabled = false;
    item.create_time = volume.created;
    item.state = volume.instance_id.empty() ? "available" : "in-use";
    item.tags = TRY(tag_list(request, volume.id));
    item.attachments.present = true;
    if (volume.instance_id.empty()) return item;
    api::VolumeAttachment attachment;
    attachment.volume_id = volume.id;
    attachment.instance_id = volume.instance_id;
    attachment.device = volume.device;
    attachment.state = "attached";
    attachment.attach_time = volume.created;
    attachment.delete_on_termination = volume.delete_on_termination;
    item.attachments.push_back(std::move(attachment));
    return item;
}

}  // namespace

Result<api::DescribeVolumesOutput> Service::describe_volumes(
    wire::Request& request, const api::DescribeVolumesInput& input) {
    TRY(check_input("DescribeVolumes", &input,
                    {"VolumeIds", "IncludeManagedResources", "Filters", "NextToken",
                     "MaxResults"}));
    api::DescribeVolumesOutput output;
    for (const auto& one : TRY(select(request, volumes, input.volume_ids))) {
        output.volumes.push_back(TRY(describe(request, one)));
    }
    output.next_token =
        TRY(narrow(output.volumes, "DescribeVolumes", "Volumes", volume_filters, input));
    return output;
}

Result<api::DescribeKeyPairsOutput> Service::describe_key_pairs(
    wire::Request&, const api::DescribeKeyPairsInput& input) {
    TRY(check_input("DescribeKeyPairs", &input,
                    {"KeyNames", "KeyPairIds", "Filters", "IncludePublicKey"}));
    for (const auto* names : {&input.key_names, &input.key_pair_ids}) {
        if (names->empty()) continue;
        return aws_error("InvalidKeyPair.NotFound",
                         fmt::format("The key pair '{}' does not exist", names->front()));
    }
    api::DescribeKeyPairsOutput output;
    TRY(keep_matching(output.key_pairs, "DescribeKeyPairs", "KeyPairs", key_filters,
                      input.filters));
    return output;
}

}  // namespace stormglass::ec2
