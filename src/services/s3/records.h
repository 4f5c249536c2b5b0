// What S3 keeps in the store: buckets, the versions of objects, uploads in parts.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "store/table.h"

namespace stormglass::s3 {

/// A run of an object's bytes. Short ones lie in the store itself (sealed like every value there),
/// others in a file of their own under objects/, encrypted.
struct Blob {
    std::string id;
    std::uint64_t size = 0;
    bool in_store = false;
};
STORMGLASS_JSON(Blob, id, size, in_store)

struct Bucket {
    std::string name, account, region;
    base::Time created{};
    std::string versioning;  // "", "Enabled", "Suspended"
    std::string policy;
    std::map<std::string, std::string> tags;
    /// Sub-resources as sent, JSON by the model's names: "encryption", "lifecycle", "ownership",
    /// "public-access", "cors".
    std::map<std::string, std::string> settings;
    std::string lifecycle_minimum_size;
};
STORMGLASS_JSON(Bucket, name, account, region, created, versioning, policy, tags, settings,
                lifecycle_minimum_size)

/// Headers that an object gives back as it got them; shared by objects and uploads.
struct ObjectHeaders {
    std::string content_type, cache_control, content_disposition, content_encoding,
        content_language, expires, redirect, storage_class;
    std::map<std::string, std::string> metadata;
    std::map<std::string, std::string> tags;
};
STORMGLASS_JSON(ObjectHeaders, content_type, cache_control, content_disposition, content_encoding,
                content_language, expires, redirect, storage_class, metadata, tags)

struct Checksum {
    std::string algorithm;  // "CRC32", ...; empty: none.
    std::string value;      // Base64; composite ones end in "-PARTS".
    std::string type;       // "FULL_OBJECT", "COMPOSITE"
};
STORMGLASS_JSON(Checksum, algorithm, value, type)

struct Version {
    std::string key, version_id;  // "null" for what was written without versioning.
    std::string sort;             // Newest first.
    bool delete_marker = false;
    base::Time modified{};
    std::uint64_t size = 0;
    std::string etag;  // Without quotes.
    std::string data_key;  // Wrapped, hex; of the blobs that are files.
    std::vector<Blob> blobs;
    std::vector<std::string> part_checksums;  // Of an object uploaded in parts; may be empty.
    bool multipart = false;
    Checksum checksum;
    ObjectHeaders headers;
};
STORMGLASS_JSON(Version, key, version_id, sort, delete_marker, modified, size, etag, data_key, blobs,
                part_checksums, multipart, checksum, headers)

struct Upload {
    std::string key, id;
    base::Time started{};
    std::string data_key;
    std::string checksum_algorithm, checksum_type;
    ObjectHeaders headers;
};
STORMGLASS_JSON(Upload, key, id, started, data_key, checksum_algorithm, checksum_type, headers)

struct UploadedPart {
    std::int64_t number = 0;
    Blob blob;
    std::string etag;
    base::Time modified{};
    Checksum checksum;
};
STORMGLASS_JSON(UploadedPart, number, blob, etag, modified, checksum)

inline constexpr store::Table<Bucket> buckets{"s3/bucket"};       // {name}
inline constexpr store::Table<Version> versions{"s3/version"};    // {bucket, key, sort}
inline constexpr store::Table<Upload> uploads{"s3/upload"};       // {bucket, key, id}
inline constexpr store::Table<UploadedPart> parts{"s3/part"};     // {bucket, upload id, number}
/// Where the bytes of a blob in the store lie.
inline std::string bytes_key(const std::string& blob_id) { return store::key({"s3/bytes", blob_id}); }

}  // namespace stormglass::s3
