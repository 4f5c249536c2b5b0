// CopyObject: the bytes are read and encrypted anew, outside of any lock.
#include "base/strings.h"
#include "services/s3/copy_source.h"
#include "services/s3/service.h"
#include "services/s3/tags.h"

namespace stormglass::s3 {
namespace {

Result<void> check_copy(const api::CopyObjectInput& input, const Version& source,
                        const std::string& source_bucket) {
    TRY(check_supported(input));
    if (source.size > put_bytes_max) {
        return s3_error("InvalidRequest",
                        "The specified copy source is larger than the maximum allowable size for a "
                        "copy source: 5368709120", 400);
    }
    const bool same = source_bucket == input.bucket && source.key == input.key;
    const bool changes = input.metadata_directive.value_or("COPY") == "REPLACE" ||
                         input.storage_class || input.website_redirect_location ||
                         input.server_side_encryption || input.tagging_directive ||
                         input.checksum_algorithm;
    if (same && !changes) {
        return s3_error("InvalidRequest",
                        "This copy request is illegal because it is trying to copy an object to "
                        "itself without changing the object's metadata, storage class, website "
                        "redirect location or encryption attributes.", 400);
    }
    return {};
}

Result<ObjectHeaders> copied_headers(const api::CopyObjectInput& input, const Version& source) {
    ObjectHeaders headers = source.headers;
    if (input.metadata_directive.value_or("COPY") == "REPLACE") {
        headers = headers_of(input);
        if (headers.content_type.empty()) headers.content_type = "binary/octet-stream";
    } else {
        headers.redirect = input.website_redirect_location.value_or("");
        headers.storage_class = input.storage_class.value_or("");
    }
    headers.tags = source.headers.tags;
    if (input.tagging_directive.value_or("COPY") == "REPLACE") {
        headers.tags = TRY(read_tag_header(input.tagging.value_or("")));
    }
    return headers;
}

}  // namespace

Result<CopySource> open_copy_source(wire::Request& request, const std::string& header,
                                    const ReadConditions& conditions,
                                    const std::optional<std::string>& expected_owner) {
    std::string_view text(header);
    std::optional<std::string> version_id;
    if (const auto mark = text.find("?versionId="); mark != std::string_view::npos) {
        version_id = std::string(text.substr(mark + 11));
        text = text.substr(0, mark);
    }
    std::string path = base::uri_decode(text);
    if (path.starts_with('/')) path.erase(0, 1);
    const auto slash = path.find('/');
    if (slash == std::string::npos || slash + 1 == path.size()) {
        return s3_error("InvalidArgument", "Invalid copy source object key", 400,
                        {{"ArgumentName", "x-amz-copy-source"},
                         {"ArgumentValue", "x-amz-copy-source"}});
    }
    const std::string key = path.substr(slash + 1);
    CopySource source;
    source.bucket = TRY(open_bucket(
        request, request.tx(),
        {path.substr(0, slash), version_id ? "s3:GetObjectVersion" : "s3:GetObject", key, expected_owner}));
    source.version = TRY(need_object(request, request.tx(), source.bucket, key, version_id));
    if (check_read_conditions(conditions, source.version) != ReadOutcome::go_on) {
        return precondition_failed(conditions.if_match ? "x-amz-copy-source-If-Match"
                                                       : "x-amz-copy-source-If-None-Match");
    }
    return source;
}

Result<api::CopyObjectOutput> Service::copy_object(wire::Request& request,
                                                   const api::CopyObjectInput& input) {
    TRY(request.begin(wire::TxMode::read));
    TRY(open_bucket(request, request.tx(),
                    {input.bucket, "s3:PutObject", input.key, input.expected_bucket_owner}));
    const auto [from, source] = TRY(open_copy_source(request, input.copy_source, copy_conditions(input),
                                                     input.expected_source_bucket_owner));
    TRY(check_copy(input, source, from.name));
    Version version;
    version.key = input.key;
    version.headers = TRY(copied_headers(input, source));
    TRY(request.commit());
    std::string algorithm = input.checksum_algorithm.value_or(source.checksum.algorithm);
    if (algorithm.empty()) algorithm = "CRC64NVME";
    ReceivedBody body =
        TRY(copy_bytes(request, source, {0, source.size, false}, {}, algorithm));
    version.size = body.finished.blob.size;
    version.etag = body.md5;
    version.checksum = body.checksum;
    version.data_key = body.key.wrapped;
    version.blobs = {body.finished.blob};
    version.modified = request.now;

    TRY(request.begin(wire::TxMode::write));
    const auto bucket = TRY(buckets.get(request.tx(), {input.bucket}));
    if (!bucket) {
        return s3_error("NoSuchBucket", "The specified bucket does not exist", 404,
                        {{"BucketName", input.bucket}});
    }
    TRY(check_write_conditions(TRY(latest_version(request.tx(), bucket->name, input.key)), input.key,
                               input.if_match, input.if_none_match));
    std::string version_id;
    const auto dead = TRY(add_version(request.tx(), *bucket, std::move(version),
                                      body.finished.bytes, &version_id));
    TRY(notify(request, *bucket, {"ObjectCreated:Copy", input.key, body.finished.blob.size, body.md5,
                                  bucket->versioning.empty() ? "" : version_id}));
    body.writer->keep();
    TRY(request.commit());
    blobs_.remove(dead);

    api::CopyObjectOutput output;
    auto& result = output.copy_object_result.emplace();
    result.e_tag = quoted_etag(body.md5);
    result.last_modified = request.now;
    set_checksum(result, body.checksum.algorithm, body.checksum.value);
    result.checksum_type = body.checksum.type;
    output.copy_source_version_id = shown_version(from, source);
    if (!bucket->versioning.empty()) output.version_id = version_id;
    output.server_side_encryption = "AES256";
    return output;
}

}  // namespace stormglass::s3
