// DeleteObject and DeleteObjects: a marker in buckets with versions, the bytes otherwise.
#include "services/s3/objects.h"
#include "services/s3/service.h"

namespace stormglass::s3 {
namespace {

constexpr std::size_t delete_max = 1000;

void erase_version(store::Tx& tx, const Bucket& bucket, const Version& version,
                   std::vector<Blob>& dead) {
    versions.erase(tx, {bucket.name, version.key, version.sort});
    for (const Blob& blob : version.blobs) {
        if (blob.in_store) {
            tx.erase(bytes_key(blob.id));
        } else {
            dead.push_back(blob);
        }
    }
}

}  // namespace

Result<api::DeletedObject> Service::delete_one(wire::Request& request, const Bucket& bucket,
                                               const std::string& key,
                                               const std::optional<std::string>& version_id,
                                               std::vector<Blob>& dead) {
    store::Tx& tx = request.tx();
    api::DeletedObject deleted;
    deleted.key = key;
    // Only lifecycle rules delete without a caller.
    const std::string family = request.is_internal() ? "LifecycleExpiration:" : "ObjectRemoved:";
    if (version_id) {
        const auto version = TRY(version_by_id(tx, bucket.name, key, *version_id));
        deleted.version_id = *version_id;
        if (!version) return deleted;  // Gone already is as good.
        erase_version(tx, bucket, *version, dead);
        TRY(notify(request, bucket, {family + "Delete", key, {}, "", *version_id}));
        if (version->delete_marker) {
            deleted.delete_marker = true;
            deleted.delete_marker_version_id = version->version_id;
        }
        return deleted;
    }
    if (bucket.versioning.empty()) {
        if (const auto version = TRY(latest_version(tx, bucket.name, key))) {
            erase_version(tx, bucket, *version, dead);
            TRY(notify(request, bucket, {family + "Delete", key, {}, "", ""}));
        }
        return deleted;
    }
    Version marker;
    marker.key = key;
    marker.delete_marker = true;
    marker.modified = request.now;
    std::string id;
    auto replaced = TRY(add_version(tx, bucket, std::move(marker), {}, &id));
    dead.insert(dead.end(), replaced.begin(), replaced.end());
    deleted.delete_marker = true;
    deleted.delete_marker_version_id = id;
    TRY(notify(request, bucket, {family + "DeleteMarkerCreated", key, {}, "", id}));
    return deleted;
}

Result<api::DeleteObjectOutput> Service::delete_object(wire::Request& request,
                                                       const api::DeleteObjectInput& input) {
    TRY(request.begin(wire::TxMode::write));
    const Bucket bucket = TRY(open_bucket(
        request, request.tx(),
        {input.bucket, input.version_id ? "s3:DeleteObjectVersion" : "s3:DeleteObject", input.key,
         input.expected_bucket_owner}));
    if (input.if_match_last_modified_time || input.if_match_size) {
        return s3_error("NotImplemented",
                        "A header you provided implies functionality that is not implemented", 501);
    }
    if (input.if_match) {
        const auto current = input.version_id
                                 ? TRY(version_by_id(request.tx(), bucket.name, input.key, *input.version_id))
                                 : TRY(latest_version(request.tx(), bucket.name, input.key));
        TRY(check_write_conditions(current, input.key, input.if_match, std::nullopt));
    }
    std::vector<Blob> dead;
    const auto deleted = TRY(delete_one(request, bucket, input.key, input.version_id, dead));
    TRY(request.commit());
    blobs_.remove(dead);
    api::DeleteObjectOutput output;
    output.delete_marker = deleted.delete_marker;
    output.version_id = deleted.delete_marker_version_id ? deleted.delete_marker_version_id
                                                         : deleted.version_id;
    return output;
}

Result<api::DeleteObjectsOutput> Service::delete_objects(wire::Request& request,
                                                         const api::DeleteObjectsInput& input) {
    TRY(request.begin(wire::TxMode::write));
    const auto bucket = TRY(buckets.get(request.tx(), {input.bucket}));
    if (!bucket) {
        return s3_error("NoSuchBucket", "The specified bucket does not exist", 404,
                        {{"BucketName", input.bucket}});
    }
    if (input.delete_.objects.empty() || input.delete_.objects.size() > delete_max) {
        return s3_error("MalformedXML",
                        "The XML you provided was not well-formed or did not validate against our "
                        "published schema", 400);
    }
    api::DeleteObjectsOutput output;
    std::vector<Blob> dead;
    for (const auto& object : input.delete_.objects) {
        auto one = [&]() -> Result<api::DeletedObject> {
            TRY(open_bucket(request, request.tx(),
                            {input.bucket,
                             object.version_id ? "s3:DeleteObjectVersion" : "s3:DeleteObject",
                             object.key, input.expected_bucket_owner}));
            if (object.e_tag) {
                const auto current = TRY(latest_version(request.tx(), bucket->name, object.key));
                TRY(check_write_conditions(current, object.key, object.e_tag, std::nullopt));
            }
            return delete_one(request, *bucket, object.key, object.version_id, dead);
        }();
        if (!one) {
            if (one.error().domain != Domain::aws) return Unexpected(one.error());
            if (one.error().code == "AuthorizationHeaderMalformed") return Unexpected(one.error());
            auto& error = output.errors.emplace_back();
            error.key = object.key;
            error.version_id = object.version_id;
            error.code = one.error().code;
            error.message = one.error().message;
        } else if (!input.delete_.quiet.value_or(false)) {
            output.deleted.push_back(std::move(*one));
        }
    }
    TRY(request.commit());
    blobs_.remove(dead);
    return output;
}

}  // namespace stormglass::s3
