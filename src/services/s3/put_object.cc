// PutObject: asks, streams the body in outside of any lock, then makes it visible at once.
#include "base/strings.h"
#include "services/s3/objects.h"
#include "services/s3/service.h"
#include "services/s3/tags.h"

namespace stormglass::s3 {
namespace {

constexpr std::size_t metadata_bytes_max = 2048;
/// What S3 computes where the client chose nothing.
constexpr const char* default_algorithm = "CRC64NVME";

Result<void> check_put(const api::PutObjectInput& input) {
    TRY(check_supported(input));
    if (input.write_offset_bytes) return unsupported("appending to objects");
    if (input.key.size() > key_bytes_max) {
        return s3_error("KeyTooLongError", "Your key is too long", 400,
                        {{"MaxSizeAllowed", std::to_string(key_bytes_max)},
                         {"Size", std::to_string(input.key.size())}});
    }
    std::size_t metadata = 0;
    for (const auto& [name, value] : input.metadata) metadata += name.size() + value.size();
    if (metadata > metadata_bytes_max) {
        return s3_error("MetadataTooLarge",
                        "Your metadata headers exceed the maximum allowed metadata size", 400,
                        {{"MaxSizeAllowed", std::to_string(metadata_bytes_max)},
                         {"Size", std::to_string(metadata)}});
    }
    return {};
}

std::map<std::string, std::vector<std::string>> put_context(const api::PutObjectInput& input) {
    std::map<std::string, std::vector<std::string>> context;
    const auto add = [&](const char* key, const std::optional<std::string>& value) {
        if (value) context[key] = {*value};
    };
    add("s3:x-amz-server-side-encryption", input.server_side_encryption);
    add("s3:x-amz-acl", input.acl);
    add("s3:x-amz-storage-class", input.storage_class);
    add("s3:if-none-match", input.if_none_match);
    add("s3:if-match", input.if_match);
    return context;
}

}  // namespace

Result<api::PutObjectOutput> Service::put_object(wire::Request& request,
                                                 const api::PutObjectInput& input) {
    TRY(request.begin(wire::TxMode::read));
    {
        const auto bucket = TRY(parsed_buckets_.get(request.tx(), {input.bucket}));
        if (!bucket) return no_such_bucket(input.bucket);
        TRY(enter(request, *bucket, {input.bucket, "s3:PutObject", input.key,
                                     input.expected_bucket_owner, put_context(input)}));
        if (input.tagging) TRY(ask(request, *bucket, "s3:PutObjectTagging", input.key));
        TRY(check_put(input));
        // An early answer spares the client the upload; it is asked again when it counts.
        if (input.if_match || input.if_none_match) {
            TRY(check_write_conditions(TRY(latest_version(request.tx(), bucket->name, input.key)),
                                       input.key, input.if_match, input.if_none_match));
        }
    }
    Version version;
    version.key = input.key;
    version.headers = headers_of(input);
    if (version.headers.content_type.empty()) {
        version.headers.content_type = "binary/octet-stream";
    }
    if (input.tagging) version.headers.tags = TRY(read_tag_header(*input.tagging));
    TRY(request.commit());  // Ends the read: no snapshot is held while the client sends.
    ReceivedBody body =
        TRY(receive(request, {}, default_algorithm, put_bytes_max, input.content_md5));
    version.size = body.finished.blob.size;
    version.etag = body.md5;
    version.checksum = body.checksum;
    version.data_key = body.key.wrapped;
    version.blobs = {body.finished.blob};
    version.modified = request.now;

    TRY(request.begin(wire::TxMode::write));
    const auto bucket = TRY(parsed_buckets_.get(request.tx(), {input.bucket}));
    if (!bucket) return no_such_bucket(input.bucket);
    if (input.if_match || input.if_none_match) {
        TRY(check_write_conditions(TRY(latest_version(request.tx(), bucket->name, input.key)),
                                   input.key, input.if_match, input.if_none_match));
    }
    std::string version_id;
    const auto dead = TRY(add_version(request.tx(), *bucket, std::move(version),
                                      body.finished.bytes, &version_id));
    TRY(notify(request, *bucket, {"ObjectCreated:Put", input.key, body.finished.blob.size, body.md5,
                                  bucket->versioning.empty() ? "" : version_id}));
    body.writer->keep();  // From here on a failed commit leaves a file that the sweep finds.
    TRY(request.commit());
    blobs_.remove(dead);

    api::PutObjectOutput output;
    output.e_tag = quoted_etag(body.md5);
    output.server_side_encryption = "AES256";
    if (!bucket->versioning.empty()) output.version_id = version_id;
    set_checksum(output, body.checksum.algorithm, body.checksum.value);
    output.checksum_type = body.checksum.type;
    return output;
}

}  // namespace stormglass::s3
