// Sub-resources that are kept: versioning, encryption, lifecycle, ownership, public access.
#include "services/s3/settings.h"

#include <set>

#include "services/s3/access.h"
#include "services/s3/lifecycle_rules.h"
#include "services/s3/service.h"

namespace stormglass::s3 {
namespace {

constexpr const char* put_encryption = "PutBucketEncryption";
constexpr const char* put_lifecycle = "PutBucketLifecycleConfiguration";
constexpr const char* put_ownership = "PutBucketOwnershipControls";
constexpr const char* put_public_access = "PutPublicAccessBlock";
constexpr const char* default_minimum_size = "all_storage_classes_128K";
constexpr std::size_t rule_id_max = 255;

Unexpected malformed_xml() {
    return s3_error("MalformedXML",
                    "The XML you provided was not well-formed or did not validate against our "
                    "published schema", 400);
}

Unexpected not_there(const char* code, const char* message, const Bucket& bucket) {
    return s3_error(code, message, 404, {{"BucketName", bucket.name}});
}

api::ServerSideEncryptionConfiguration default_encryption() {
    api::ServerSideEncryptionConfiguration configuration;
    auto& rule = configuration.rules.emplace_back();
    rule.apply_server_side_encryption_by_default.emplace().sse_algorithm = "AES256";
    rule.bucket_key_enabled = false;
    return configuration;
}

Result<void> check_encryption(const api::ServerSideEncryptionConfiguration& configuration) {
    if (configuration.rules.size() != 1) return malformed_xml();
    const auto& rule = configuration.rules.front();
    if (!rule.apply_server_side_encryption_by_default) return {};
    const auto& by_default = *rule.apply_server_side_encryption_by_default;
    if (by_default.sse_algorithm.value_or("") != "AES256") {
        return unsupported("default encryption other than AES256 (SSE-S3)");
    }
    if (by_default.kms_master_key_id) {
        return s3_error("InvalidArgument",
                        "a KMSMasterKeyID is not applicable if the default sse algorithm is not "
                        "aws:kms or aws:kms:dsse", 400);
    }
    return {};
}

bool has_action(const api::LifecycleRule& rule) {
    return rule.expiration || rule.transitions.given() ||
           rule.noncurrent_version_transitions.given() || rule.noncurrent_version_expiration ||
           rule.abort_incomplete_multipart_upload;
}

Result<void> check_lifecycle(api::BucketLifecycleConfiguration& configuration,
                             base::Random& random) {
    std::set<std::string> ids;
    if (configuration.rules.empty()) return malformed_xml();
    for (auto& rule : configuration.rules) {
        if (!rule.id || rule.id->empty()) rule.id = random.uuid();
        if (rule.id->size() > rule_id_max) {
            return s3_error("InvalidArgument", "ID length should not exceed allowed limit of 255", 400);
        }
        if (!ids.insert(*rule.id).second) {
            return s3_error("InvalidArgument",
                            "Rule ID must be unique. Found same ID for more than one rule", 400);
        }
        if (!rule.status || (rule.prefix && rule.filter)) return malformed_xml();
        if (!has_action(rule)) {
            return s3_error("InvalidRequest", "At least one action needs to be specified in a rule",
                            400);
        }
        TRY(check_actions(rule));
        if (!rule.transitions.empty() || !rule.noncurrent_version_transitions.empty()) {
            return unsupported("lifecycle transitions: there is one storage class");
        }
    }
    return {};
}

/// Reads the bucket for a Put or Delete of a sub-resource.
Result<Bucket> for_change(wire::Request& request, const std::string& bucket, const char* action,
                          const std::optional<std::string>& owner) {
    return open_bucket(request, request.tx(), {bucket, action, "", owner});
}

void save(wire::Request& request, const Bucket& bucket) {
    buckets.put(request.tx(), {bucket.name}, bucket);
}

}  // namespace

bool restricts_public(const Bucket& bucket) {
    const auto found = bucket.settings.find(public_access_setting);
    if (found == bucket.settings.end()) return false;
    const auto block = from_setting<api::PublicAccessBlockConfiguration>(put_public_access, found->second);
    return block && block->restrict_public_buckets.value_or(false);
}

void set_defaults(Bucket& bucket, const std::string& object_ownership) {
    api::PublicAccessBlockConfiguration block;
    block.block_public_acls = block.ignore_public_acls = true;
    block.block_public_policy = block.restrict_public_buckets = true;
    bucket.settings[public_access_setting] = to_setting(put_public_access, block);
    api::OwnershipControls ownership;
    ownership.rules.emplace_back().object_ownership = object_ownership;
    bucket.settings[ownership_setting] = to_setting(put_ownership, ownership);
}

Result<api::GetBucketVersioningOutput> Service::get_bucket_versioning(
    wire::Request& request, const api::GetBucketVersioningInput& input) {
    const Bucket bucket = TRY(open_bucket(
        request, request.tx(), {input.bucket, "s3:GetBucketVersioning", "", input.expected_bucket_owner}));
    api::GetBucketVersioningOutput output;
    if (!bucket.versioning.empty()) output.status = bucket.versioning;
    return output;
}

Result<api::PutBucketVersioningOutput> Service::put_bucket_versioning(
    wire::Request& request, const api::PutBucketVersioningInput& input) {
    Bucket bucket = TRY(for_change(request, input.bucket, "s3:PutBucketVersioning",
                                   input.expected_bucket_owner));
    const auto& wanted = input.versioning_configuration;
    if (wanted.mfa_delete.value_or("Disabled") == "Enabled") return unsupported("MFA delete");
    if (!wanted.status) {
        return s3_error("IllegalVersioningConfigurationException",
                        "The Versioning element must be specified", 400);
    }
    if (*wanted.status != "Enabled" && *wanted.status != "Suspended") return malformed_xml();
    bucket.versioning = *wanted.status;
    save(request, bucket);
    return api::PutBucketVersioningOutput{};
}

Result<api::GetBucketEncryptionOutput> Service::get_bucket_encryption(
    wire::Request& request, const api::GetBucketEncryptionInput& input) {
    const Bucket bucket = TRY(open_bucket(request, request.tx(),
                                          {input.bucket, "s3:GetEncryptionConfiguration", "",
                                           input.expected_bucket_owner}));
    api::GetBucketEncryptionOutput output;
    const auto found = bucket.settings.find(encryption_setting);
    output.server_side_encryption_configuration =
        found == bucket.settings.end()
            ? default_encryption()
            : TRY(from_setting<api::ServerSideEncryptionConfiguration>(put_encryption, found->second));
    return output;
}

Result<api::PutBucketEncryptionOutput> Service::put_bucket_encryption(
    wire::Request& request, const api::PutBucketEncryptionInput& input) {
    Bucket bucket = TRY(for_change(request, input.bucket, "s3:PutEncryptionConfiguration",
                                   input.expected_bucket_owner));
    TRY(check_encryption(input.server_side_encryption_configuration));
    auto configuration = input.server_side_encryption_configuration;
    auto& key_enabled = configuration.rules.front().bucket_key_enabled;
    if (!key_enabled) key_enabled = false;
    bucket.settings[encryption_setting] = to_setting(put_encryption, configuration);
    save(request, bucket);
    return api::PutBucketEncryptionOutput{};
}

Result<api::DeleteBucketEncryptionOutput> Service::delete_bucket_encryption(
    wire::Request& request, const api::DeleteBucketEncryptionInput& input) {
    Bucket bucket = TRY(for_change(request, input.bucket, "s3:PutEncryptionConfiguration",
                                   input.expected_bucket_owner));
    bucket.settings.erase(encryption_setting);  // Back to AES256; nothing is ever unencrypted.
    save(request, bucket);
    return api::DeleteBucketEncryptionOutput{};
}

Result<api::GetBucketLifecycleConfigurationOutput> Service::get_bucket_lifecycle_configuration(
    wire::Request& request, const api::GetBucketLifecycleConfigurationInput& input) {
    const Bucket bucket = TRY(open_bucket(request, request.tx(),
                                          {input.bucket, "s3:GetLifecycleConfiguration", "",
                                           input.expected_bucket_owner}));
    const auto found = bucket.settings.find(lifecycle_setting);
    if (found == bucket.settings.end()) {
        return not_there("NoSuchLifecycleConfiguration",
                         "The lifecycle configuration does not exist", bucket);
    }
    api::GetBucketLifecycleConfigurationOutput output;
    output.rules =
        TRY(from_setting<api::BucketLifecycleConfiguration>(put_lifecycle, found->second)).rules;
    output.transition_default_minimum_object_size = bucket.lifecycle_minimum_size;
    return output;
}

Result<api::PutBucketLifecycleConfigurationOutput> Service::put_bucket_lifecycle_configuration(
    wire::Request& request, const api::PutBucketLifecycleConfigurationInput& input) {
    Bucket bucket = TRY(for_change(request, input.bucket, "s3:PutLifecycleConfiguration",
                                   input.expected_bucket_owner));
    if (!input.lifecycle_configuration) return malformed_xml();
    auto configuration = *input.lifecycle_configuration;
    TRY(check_lifecycle(configuration, random_));
    bucket.lifecycle_minimum_size =
        input.transition_default_minimum_object_size.value_or(default_minimum_size);
    bucket.settings[lifecycle_setting] = to_setting(put_lifecycle, configuration);
    save(request, bucket);
    api::PutBucketLifecycleConfigurationOutput output;
    output.transition_default_minimum_object_size = bucket.lifecycle_minimum_size;
    return output;
}

Result<api::DeleteBucketLifecycleOutput> Service::delete_bucket_lifecycle(
    wire::Request& request, const api::DeleteBucketLifecycleInput& input) {
    Bucket bucket = TRY(for_change(request, input.bucket, "s3:PutLifecycleConfiguration",
                                   input.expected_bucket_owner));
    bucket.settings.erase(lifecycle_setting);
    save(request, bucket);
    return api::DeleteBucketLifecycleOutput{};
}

Result<api::GetBucketOwnershipControlsOutput> Service::get_bucket_ownership_controls(
    wire::Request& request, const api::GetBucketOwnershipControlsInput& input) {
    const Bucket bucket = TRY(open_bucket(request, request.tx(),
                                          {input.bucket, "s3:GetBucketOwnershipControls", "",
                                           input.expected_bucket_owner}));
    const auto found = bucket.settings.find(ownership_setting);
    if (found == bucket.settings.end()) {
        return not_there("OwnershipControlsNotFoundError",
                         "The bucket ownership controls were not found", bucket);
    }
    api::GetBucketOwnershipControlsOutput output;
    output.ownership_controls = TRY(from_setting<api::OwnershipControls>(put_ownership, found->second));
    return output;
}

Result<api::PutBucketOwnershipControlsOutput> Service::put_bucket_ownership_controls(
    wire::Request& request, const api::PutBucketOwnershipControlsInput& input) {
    Bucket bucket = TRY(for_change(request, input.bucket, "s3:PutBucketOwnershipControls",
                                   input.expected_bucket_owner));
    if (input.ownership_controls.rules.size() != 1) return malformed_xml();
    bucket.settings[ownership_setting] = to_setting(put_ownership, input.ownership_controls);
    save(request, bucket);
    return api::PutBucketOwnershipControlsOutput{};
}

Result<api::DeleteBucketOwnershipControlsOutput> Service::delete_bucket_ownership_controls(
    wire::Request& request, const api::DeleteBucketOwnershipControlsInput& input) {
    Bucket bucket = TRY(for_change(request, input.bucket, "s3:PutBucketOwnershipControls",
                                   input.expected_bucket_owner));
    bucket.settings.erase(ownership_setting);
    save(request, bucket);
    return api::DeleteBucketOwnershipControlsOutput{};
}

Result<api::GetPublicAccessBlockOutput> Service::get_public_access_block(
    wire::Request& request, const api::GetPublicAccessBlockInput& input) {
    const Bucket bucket = TRY(open_bucket(request, request.tx(),
                                          {input.bucket, "s3:GetBucketPublicAccessBlock", "",
                                           input.expected_bucket_owner}));
    const auto found = bucket.settings.find(public_access_setting);
    if (found == bucket.settings.end()) {
        return not_there("NoSuchPublicAccessBlockConfiguration",
                         "The public access block configuration was not found", bucket);
    }
    api::GetPublicAccessBlockOutput output;
    output.public_access_block_configuration =
        TRY(from_setting<api::PublicAccessBlockConfiguration>(put_public_access, found->second));
    return output;
}

Result<api::PutPublicAccessBlockOutput> Service::put_public_access_block(
    wire::Request& request, const api::PutPublicAccessBlockInput& input) {
    Bucket bucket = TRY(for_change(request, input.bucket, "s3:PutBucketPublicAccessBlock",
                                   input.expected_bucket_owner));
    auto block = input.public_access_block_configuration;
    for (auto* flag : {&block.block_public_acls, &block.ignore_public_acls,
                       &block.block_public_policy, &block.restrict_public_buckets}) {
        *flag = flag->value_or(false);
    }
    bucket.settings[public_access_setting] = to_setting(put_public_access, block);
    save(request, bucket);
    return api::PutPublicAccessBlockOutput{};
}

Result<api::DeletePublicAccessBlockOutput> Service::delete_public_access_block(
    wire::Request& request, const api::DeletePublicAccessBlockInput& input) {
    Bucket bucket = TRY(for_change(request, input.bucket, "s3:PutBucketPublicAccessBlock",
                                   input.expected_bucket_owner));
    bucket.settings.erase(public_access_setting);
    save(request, bucket);
    return api::DeletePublicAccessBlockOutput{};
}

}  // namespace stormglass::s3
