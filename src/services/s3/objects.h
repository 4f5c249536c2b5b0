// Versions of objects: which is current, which one is meant, what conditions say of it.
#pragma once

#include <optional>
#include <string>

#include "api/s3.h"
#include "services/s3/access.h"
#include "services/s3/records.h"

namespace stormglass::s3 {

inline constexpr const char* null_version = "null";
inline constexpr std::size_t key_bytes_max = 1024;
inline constexpr std::uint64_t put_bytes_max = 5ULL << 30;

/// The newest version, a delete marker perhaps.
Result<std::optional<Version>> latest_version(store::Tx& tx, const std::string& bucket,
                                              const std::string& key);
Result<std::optional<Version>> version_by_id(store::Tx& tx, const std::string& bucket,
                                             const std::string& key, const std::string& version_id);
/// The object that a reader asks for, or the error that he gets.
Result<Version> need_object(wire::Request& request, store::Tx& tx, const Bucket& bucket,
                            const std::string& key, const std::optional<std::string>& version_id);
/// What x-amz-version-id says: nothing in buckets that never had versions.
std::optional<std::string> shown_version(const Bucket& bucket, const Version& version);
inline std::string quoted_etag(const std::string& etag) { return "\"" + etag + "\""; }

/// If-Match and If-None-Match of a write.
Result<void> check_write_conditions(const std::optional<Version>& current, const std::string& key,
                                    const std::optional<std::string>& if_match,
                                    const std::optional<std::string>& if_none_match);

/// If-Match, If-None-Match, If-Modified-Since and If-Unmodified-Since of a read (RFC 9110, 13.2.2).
struct ReadConditions {
    std::optional<std::string> if_match, if_none_match;
    std::optional<base::Time> if_modified_since, if_unmodified_since;
};
enum class ReadOutcome { go_on, not_modified, failed };
ReadOutcome check_read_conditions(const ReadConditions& conditions, const Version& version);
Unexpected precondition_failed(std::string_view condition);

/// Sets the member of `to` that holds this algorithm's checksum.
template <class T>
void set_checksum(T& to, const std::string& algorithm, const std::string& value) {
    if (algorithm == "CRC32") to.checksum_crc32 = value;
    if (algorithm == "CRC32C") to.checksum_crc32_c = value;
    if (algorithm == "CRC64NVME") to.checksum_crc64_nvme = value;
    if (algorithm == "SHA1") to.checksum_sha1 = value;
    if (algorithm == "SHA256") to.checksum_sha256 = value;
}
template <class T>
std::string get_checksum(const T& from, const std::string& algorithm) {
    if (algorithm == "CRC32") return from.checksum_crc32.value_or("");
    if (algorithm == "CRC32C") return from.checksum_crc32_c.value_or("");
    if (algorithm == "CRC64NVME") return from.checksum_crc64_nvme.value_or("");
    if (algorithm == "SHA1") return from.checksum_sha1.value_or("");
    if (algorithm == "SHA256") return from.checksum_sha256.value_or("");
    return {};
}

/// Refuses what changes behaviour on AWS and does nothing here: keys of the customer's own, KMS,
/// ACLs, Object Lock, archives.
template <class Input>
Result<void> check_supported(const Input& input) {
    if (input.sse_customer_algorithm || input.sse_customer_key) {
        return unsupported("encryption with customer-provided keys (SSE-C)");
    }
    const std::string encryption = input.server_side_encryption.value_or("AES256");
    if (encryption.starts_with("aws:") || input.ssekms_key_id) {
        return unsupported("encryption of objects with KMS keys (aws:kms); AES256 is");
    }
    if (encryption != "AES256") {
        return s3_error("InvalidEncryptionAlgorithmError",
                        "The Encryption request you specified is not valid. Supported value: AES256.",
                        400, {{"ArgumentName", "x-amz-server-side-encryption"},
                              {"ArgumentValue", encryption}});
    }
    const std::string acl = input.acl.value_or("private");
    if ((acl != "private" && acl != "bucket-owner-full-control") || input.grant_full_control ||
        input.grant_read || input.grant_read_acp || input.grant_write_acp) {
        return s3_error("AccessControlListNotSupported", "The bucket does not allow ACLs", 400);
    }
    if (input.object_lock_mode || input.object_lock_retain_until_date ||
        input.object_lock_legal_hold_status) {
        return s3_error("InvalidRequest", "Bucket is missing Object Lock Configuration", 400);
    }
    const std::string storage = input.storage_class.value_or("STANDARD");
    for (const char* known : {"STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING",
                              "REDUCED_REDUNDANCY", "GLACIER_IR"}) {
        if (storage == known) return {};
    }
    return s3_error("InvalidStorageClass", "The storage class you specified is not valid", 400,
                    {{"StorageClassRequested", storage}});
}

/// The headers that an object keeps, from a PutObject or CreateMultipartUpload or CopyObject.
template <class Input>
ObjectHeaders headers_of(const Input& input) {
    ObjectHeaders headers;
    headers.content_type = input.content_type.value_or("");
    headers.cache_control = input.cache_control.value_or("");
    headers.content_disposition = input.content_disposition.value_or("");
    headers.content_encoding = input.content_encoding.value_or("");
    headers.content_language = input.content_language.value_or("");
    headers.expires = input.expires.value_or("");
    headers.redirect = input.website_redirect_location.value_or("");
    headers.storage_class = input.storage_class.value_or("");
    headers.metadata = input.metadata;
    return headers;
}

}  // namespace stormglass::s3
