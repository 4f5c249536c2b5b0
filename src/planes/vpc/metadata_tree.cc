#include "planes/vpc/metadata_tree.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace stormglass::vpc {
namespace {

constexpr char meta[] = "meta-data/";

std::string in_quotes(std::string_view text) { return base::to_json_text(std::string(text)); }
std::string or_null(std::string_view text) { return text.empty() ? "null" : in_quotes(text); }

/// Leaves with nothing to say are not there at all.
void put(MetadataTree& tree, std::string path, const std::string& value) {
    if (!value.empty()) tree.emplace(meta + std::move(path), value);
}

std::string identity_document(const Config& config, const InstanceMetadata& instance) {
    return fmt::format(
        "{{\n  \"accountId\" : {},\n  \"architecture\" : {},\n  \"availabilityZone\" : {},\n"
        "  \"billingProducts\" : null,\n  \"devpayProductCodes\" : null,\n"
        "  \"marketplaceProductCodes\" : null,\n  \"imageId\" : {},\n  \"instanceId\" : {},\n"
        "  \"instanceType\" : {},\n  \"kernelId\" : null,\n  \"pendingTime\" : {},\n"
        "  \"privateIp\" : {},\n  \"ramdiskId\" : null,\n  \"region\" : {},\n"
        "  \"version\" : \"2017-09-30\"\n}}",
        in_quotes(config.account_id), in_quotes(instance.architecture),
        in_quotes(instance.availability_zone), in_quotes(instance.ami_id),
        in_quotes(instance.instance_id), in_quotes(instance.instance_type),
        or_null(instance.launch_time), in_quotes(instance.local_ipv4), in_quotes(config.region));
}

void put_role(MetadataTree& tree, const InstanceMetadata& instance) {
    if (instance.instance_profile_arn.empty()) return;
    const std::string updated =
        instance.credentials ? instance.credentials->last_updated : instance.launch_time;
    put(tree, "iam/info",
        fmt::format("{{\n  \"Code\" : \"Success\",\n  \"LastUpdated\" : {},\n"
                    "  \"InstanceProfileArn\" : {},\n  \"InstanceProfileId\" : {}\n}}",
                    in_quotes(updated), in_quotes(instance.instance_profile_arn),
                    in_quotes(instance.instance_profile_id)));
    if (instance.role_name.empty() || !instance.credentials) return;
    const RoleCredentials& keys = *instance.credentials;
    put(tree, "iam/security-credentials/" + instance.role_name,
        fmt::format("{{\n  \"Code\" : \"Success\",\n  \"LastUpdated\" : {},\n"
                    "  \"Type\" : \"AWS-HMAC\",\n  \"AccessKeyId\" : {},\n"
                    "  \"SecretAccessKey\" : {},\n  \"Token\" : {},\n  \"Expiration\" : {}\n}}",
                    in_quotes(keys.last_updated), in_quotes(keys.access_key_id),
                    in_quotes(keys.secret_access_key), in_quotes(keys.token),
                    in_quotes(keys.expiration)));
}

void put_interface(MetadataTree& tree, const Config& config, const InstanceMetadata& instance,
                   const InterfaceMetadata& from) {
    const std::string at = "network/interfaces/macs/" + from.mac + "/";
    const bool primary = from.device_number == 0;
    put(tree, at + "device-number", std::to_string(from.device_number));
    put(tree, at + "interface-id", from.interface_id);
    put(tree, at + "local-ipv4s", base::join(from.local_ipv4s, "\n"));
    if (primary) put(tree, at + "local-hostname", instance.local_hostname);
    put(tree, at + "mac", from.mac);
    put(tree, at + "owner-id", config.account_id);
    if (primary) put(tree, at + "public-hostname", instance.public_hostname);
    put(tree, at + "public-ipv4s", base::join(from.public_ipv4s, "\n"));
    if (!from.public_ipv4s.empty() && !from.local_ipv4s.empty()) {
        put(tree, at + "ipv4-associations/" + from.public_ipv4s.front(), from.local_ipv4s.front());
    }
    put(tree, at + "security-groups", base::join(from.security_groups, "\n"));
    put(tree, at + "security-group-ids", base::join(from.security_group_ids, "\n"));
    put(tree, at + "subnet-id", from.subnet_id);
    put(tree, at + "subnet-ipv4-cidr-block", from.subnet_cidr);
    put(tree, at + "vpc-id", from.vpc_id);
    if (from.vpc_cidrs.empty()) return;
    put(tree, at + "vpc-ipv4-cidr-block", from.vpc_cidrs.front());
    put(tree, at + "vpc-ipv4-cidr-blocks", base::join(from.vpc_cidrs, "\n"));
}

void put_instance(MetadataTree& tree, const InstanceMetadata& instance) {
    put(tree, "ami-id", instance.ami_id);
    put(tree, "ami-launch-index", std::to_string(instance.ami_launch_index));
    put(tree, "ami-manifest-path", "(unknown)");
    put(tree, "block-device-mapping/ami", "/dev/xvda");
    put(tree, "block-device-mapping/root", "/dev/xvda");
    put(tree, "events/maintenance/history", "[]");
    put(tree, "events/maintenance/scheduled", "[]");
    put(tree, "hostname", instance.local_hostname);
    put(tree, "instance-action", "none");
    put(tree, "instance-id", instance.instance_id);
    put(tree, "instance-life-cycle", instance.is_spot ? "spot" : "on-demand");
    put(tree, "instance-type", instance.instance_type);
    put(tree, "local-hostname", instance.local_hostname);
    put(tree, "local-ipv4", instance.local_ipv4);
    put(tree, "profile", "default-hvm");
    put(tree, "public-hostname", instance.public_hostname);
    put(tree, "public-ipv4", instance.public_ipv4);
    put(tree, "reservation-id", instance.reservation_id);
    put(tree, "security-groups", base::join(instance.security_groups, "\n"));
    put(tree, "autoscaling/target-lifecycle-state", instance.target_lifecycle_state);
    put(tree, "placement/availability-zone", instance.availability_zone);
    put(tree, "placement/availability-zone-id", instance.availability_zone_id);
}

/// What a Spot instance is told before EC2 takes it back.
void put_spot(MetadataTree& tree, const InstanceMetadata& instance) {
    if (!instance.rebalance_notice.empty()) {
        put(tree, "events/recommendations/rebalance",
            fmt::format("{{\"noticeTime\": {}}}", in_quotes(instance.rebalance_notice)));
    }
    if (instance.spot_ends.empty()) return;
    put(tree, "spot/instance-action",
        fmt::format("{{\"action\": \"terminate\", \"time\": {}}}", in_quotes(instance.spot_ends)));
    put(tree, "spot/termination-time", instance.spot_ends);
}

/// Children of the folder `prefix` (which ends in '/', or is the root).
std::string list_folder(const MetadataTree& tree, std::string_view prefix) {
    std::string list, last;
    for (auto at = tree.lower_bound(prefix); at != tree.end(); ++at) {
        const std::string_view path = at->first;
        if (!path.starts_with(prefix)) break;
        const std::string_view rest = path.substr(prefix.size());
        const std::size_t slash = rest.find('/');
        std::string name(rest.substr(0, slash));
        // The three top folders are listed without a slash, as AWS does.
        if (slash != std::string_view::npos && !prefix.empty()) name += '/';
        if (name == last) continue;
        last = name;
        if (!list.empty()) list += '\n';
        list += name;
    }
    return list;
}

}  // namespace

MetadataTree metadata_tree(const Config& config, const InstanceMetadata& instance) {
    MetadataTree tree;
    put_instance(tree, instance);
    put_spot(tree, instance);
    put_role(tree, instance);
    put(tree, "placement/region", config.region);
    put(tree, "services/domain", "amazonaws.com");
    put(tree, "services/partition", "aws");
    if (!instance.interfaces.empty()) put(tree, "mac", instance.interfaces.front().mac);
    for (const InterfaceMetadata& interface : instance.interfaces) {
        put_interface(tree, config, instance, interface);
    }
    if (!instance.public_key.empty()) put(tree, "public-keys/0/openssh-key", instance.public_key);
    if (instance.tags_enabled) {
        // An empty value is a value here: the tag is there.
        for (const auto& [key, value] : instance.tags) {
            tree.emplace(meta + ("tags/instance/" + key), value);
        }
    }
    tree.emplace("dynamic/instance-identity/document", identity_document(config, instance));
    if (instance.user_data_base64) {
        auto data = base::base64_decode(*instance.user_data_base64);
        if (data) tree.emplace("user-data", std::move(*data));
    }
    return tree;
}

std::optional<std::string> read_metadata(const MetadataTree& tree, std::string_view path) {
    if (const auto leaf = tree.find(path); leaf != tree.end()) return leaf->second;
    std::string folder(path);
    if (!folder.empty() && !folder.ends_with('/')) folder += '/';
    std::string list = list_folder(tree, folder);
    if (list.empty()) return std::nullopt;
    return list;
}

}  // namespace stormglass::vpc
