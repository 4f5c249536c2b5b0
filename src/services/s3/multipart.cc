// Uploads in parts: begun, listed, aborted. Parts are blobs of their own under the upload's key.
#include "services/s3/multipart.h"

#include "base/strings.h"
#include "services/s3/copy_source.h"
#include "services/s3/service.h"
#include "services/s3/tags.h"

namespace stormglass::s3 {
namespace {

constexpr std::size_t upload_id_length = 64;
constexpr std::int64_t part_number_max = 10'000;
constexpr std::int64_t page_max = 1000;
constexpr const char* default_algorithm = "CRC64NVME";

Result<void> check_part_number(std::int64_t number) {
    if (number >= 1 && number <= part_number_max) return {};
    return s3_error("InvalidArgument",
                    "Part number must be an integer between 1 and 10000, inclusive", 400,
                    {{"ArgumentName", "partNumber"}, {"ArgumentValue", std::to_string(number)}});
}

/// Which kind of checksum the whole object will have; CRC64NVME knows only one.
Result<std::string> checksum_type_of(const std::string& algorithm,
                                     const std::optional<std::string>& wanted) {
    if (algorithm.empty()) return std::string{};
    const std::string natural = algorithm == "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE";
    const std::string type = wanted.value_or(natural);
    const bool fits = type == "FULL_OBJECT" ? is_crc(algorithm) : algorithm != "CRC64NVME";
    if (fits) return type;
    return s3_error("InvalidRequest",
                    fmt::format("The {} checksum type cannot be used with the {} checksum algorithm.",
                                type, base::to_lower(algorithm)), 400);
}

}  // namespace

Unexpected no_such_upload(const std::string& id) {
    return s3_error("NoSuchUpload",
                    "The specified upload does not exist. The upload ID may be invalid, or the upload "
                    "may have been aborted or completed.", 404, {{"UploadId", id}});
}

Result<Upload> need_upload(store::Tx& tx, const std::string& bucket, const std::string& key,
                           const std::string& id) {
    auto upload = TRY(uploads.get(tx, {bucket, key, id}));
    if (!upload) return no_such_upload(id);
    return std::move(*upload);
}

Result<void> forget_upload(store::Tx& tx, const std::string& bucket, const Upload& upload,
                           const std::set<std::string>& kept, std::vector<Blob>& dead) {
    TRY(parts.scan(tx, {bucket, upload.id}, [&](UploadedPart& part) {
        if (kept.contains(part.blob.id)) return;
        if (part.blob.in_store) tx.erase(bytes_key(part.blob.id));
        dead.push_back(part.blob);
    }));
    TRY(parts.erase_all(tx, {bucket, upload.id}));
    uploads.erase(tx, {bucket, upload.key, upload.id});
    return {};
}

Result<api::CreateMultipartUploadOutput> Service::create_multipart_upload(
    wire::Request& request, const api::CreateMultipartUploadInput& input) {
    const Bucket bucket = TRY(open_bucket(
        request, request.tx(), {input.bucket, "s3:PutObject", input.key, input.expected_bucket_owner}));
    TRY(check_supported(input));
    Upload upload;
    upload.key = input.key;
    upload.id = random_.hex(upload_id_length);
    upload.started = request.now;
    upload.checksum_algorithm = input.checksum_algorithm.value_or("");
    if (!upload.checksum_algorithm.empty() && make_digest(upload.checksum_algorithm) == nullptr) {
        return unsupported("checksums of kind " + upload.checksum_algorithm);
    }
    upload.checksum_type = TRY(checksum_type_of(upload.checksum_algorithm, input.checksum_type));
    upload.headers = headers_of(input);
    if (upload.headers.content_type.empty()) upload.headers.content_type = "binary/octet-stream";
    if (input.tagging) {
        TRY(ask(request, bucket, "s3:PutObjectTagging", input.key));
        upload.headers.tags = TRY(read_tag_header(*input.tagging));
    }
    upload.data_key = TRY(blobs_.new_data_key()).wrapped;
    uploads.put(request.tx(), {bucket.name, upload.key, upload.id}, upload);
    api::CreateMultipartUploadOutput output;
    output.bucket = bucket.name;
    output.key = upload.key;
    output.upload_id = upload.id;
    output.server_side_encryption = "AES256";
    if (!upload.checksum_algorithm.empty()) {
        output.checksum_algorithm = upload.checksum_algorithm;
        output.checksum_type = upload.checksum_type;
    }
    return output;
}

Result<void> Service::store_part(wire::Request& request, const std::string& bucket,
                                 const Upload& upload, std::int64_t number, ReceivedBody& body) {
    TRY(request.begin(wire::TxMode::write));
    store::Tx& tx = request.tx();
    TRY(need_upload(tx, bucket, upload.key, upload.id));
    const std::string place = store::ordered(static_cast<std::uint64_t>(number));
    std::vector<Blob> dead;
    if (const auto before = TRY(parts.get(tx, {bucket, upload.id, place}))) {
        if (before->blob.in_store) tx.erase(bytes_key(before->blob.id));
        dead.push_back(before->blob);
    }
    UploadedPart part{number, body.finished.blob, body.md5, request.now, body.checksum};
    if (part.blob.in_store) tx.put(bytes_key(part.blob.id), body.finished.bytes);
    parts.put(tx, {bucket, upload.id, place}, part);
    body.writer->keep();
    TRY(request.commit());
    blobs_.remove(dead);
    return {};
}

Result<api::UploadPartOutput> Service::upload_part(wire::Request& request,
                                                   const api::UploadPartInput& input) {
    TRY(request.begin(wire::TxMode::read));
    const Bucket bucket = TRY(open_bucket(
        request, request.tx(), {input.bucket, "s3:PutObject", input.key, input.expected_bucket_owner}));
    TRY(check_part_number(input.part_number));
    if (input.sse_customer_algorithm) return unsupported("encryption with customer-provided keys");
    const Upload upload = TRY(need_upload(request.tx(), bucket.name, input.key, input.upload_id));
    TRY(request.commit());
    const std::string wanted =
        upload.checksum_algorithm.empty() ? default_algorithm : upload.checksum_algorithm;
    ReceivedBody body = TRY(receive(request, TRY(blobs_.open_data_key(upload.data_key)), wanted,
                                    put_bytes_max, input.content_md5));
    if (!upload.checksum_algorithm.empty() && body.checksum.algorithm != upload.checksum_algorithm) {
        return s3_error("InvalidRequest",
                        fmt::format("Checksum Type mismatch occurred, expected checksum Type: {}, "
                                    "actual checksum Type: {}",
                                    base::to_lower(upload.checksum_algorithm),
                                    base::to_lower(body.checksum.algorithm)), 400);
    }
    TRY(store_part(request, bucket.name, upload, input.part_number, body));
    api::UploadPartOutput output;
    output.e_tag = quoted_etag(body.md5);
    output.server_side_encryption = "AES256";
    set_checksum(output, body.checksum.algorithm, body.checksum.value);
    return output;
}

Result<api::UploadPartCopyOutput> Service::upload_part_copy(wire::Request& request,
                                                            const api::UploadPartCopyInput& input) {
    TRY(request.begin(wire::TxMode::read));
    const Bucket bucket = TRY(open_bucket(
        request, request.tx(), {input.bucket, "s3:PutObject", input.key, input.expected_bucket_owner}));
    TRY(check_part_number(input.part_number));
    if (input.sse_customer_algorithm || input.copy_source_sse_customer_algorithm) {
        return unsupported("encryption with customer-provided keys");
    }
    const Upload upload = TRY(need_upload(request.tx(), bucket.name, input.key, input.upload_id));
    const auto [from, source] = TRY(open_copy_source(request, input.copy_source, copy_conditions(input),
                                                     input.expected_source_bucket_owner));
    ByteRange range{0, source.size, false};
    if (input.copy_source_range) {
        unsigned long long first = 0, last = 0;
        if (std::sscanf(input.copy_source_range->c_str(), "bytes=%llu-%llu", &first, &last) != 2 ||
            last < first || last >= source.size) {
            return s3_error("InvalidArgument",
                            "Range specified is not valid for source object of size: " +
                                std::to_string(source.size), 400);
        }
        range = {first, last - first + 1, true};
    }
    TRY(request.commit());
    const std::string algorithm =
        upload.checksum_algorithm.empty() ? default_algorithm : upload.checksum_algorithm;
    ReceivedBody body = TRY(copy_bytes(request, source, range,
                                       TRY(blobs_.open_data_key(upload.data_key)), algorithm));
    TRY(store_part(request, bucket.name, upload, input.part_number, body));
    api::UploadPartCopyOutput output;
    auto& result = output.copy_part_result.emplace();
    result.e_tag = quoted_etag(body.md5);
    result.last_modified = request.now;
    set_checksum(result, body.checksum.algorithm, body.checksum.value);
    output.copy_source_version_id = shown_version(from, source);
    output.server_side_encryption = "AES256";
    return output;
}

Result<api::AbortMultipartUploadOutput> Service::abort_multipart_upload(
    wire::Request& request, const api::AbortMultipartUploadInput& input) {
    TRY(request.begin(wire::TxMode::write));
    const Bucket bucket =
        TRY(open_bucket(request, request.tx(), {input.bucket, "s3:AbortMultipartUpload", input.key,
                                                input.expected_bucket_owner}));
    const Upload upload = TRY(need_upload(request.tx(), bucket.name, input.key, input.upload_id));
    std::vector<Blob> dead;
    TRY(forget_upload(request.tx(), bucket.name, upload, {}, dead));
    TRY(request.commit());
    blobs_.remove(dead);
    return api::AbortMultipartUploadOutput{};
}

Result<api::ListPartsOutput> Service::list_parts(wire::Request& request,
                                                 const api::ListPartsInput& input) {
    const Bucket bucket =
        TRY(open_bucket(request, request.tx(), {input.bucket, "s3:ListMultipartUploadParts", input.key,
                                                input.expected_bucket_owner}));
    const Upload upload = TRY(need_upload(request.tx(), bucket.name, input.key, input.upload_id));
    const auto most = std::min(input.max_parts.value_or(page_max), page_max);
    const auto after = input.part_number_marker.value_or(0);
    api::ListPartsOutput output;
    output.is_truncated = false;
    TRY(parts.scan(request.tx(), {bucket.name, upload.id}, [&](UploadedPart& part) {
        if (part.number <= after) return store::Step::next;
        if (static_cast<std::int64_t>(output.parts.size()) == most) {
            output.is_truncated = true;
            return store::Step::stop;
        }
        auto& shown = output.parts.emplace_back();
        shown.part_number = part.number;
        shown.last_modified = part.modified;
        shown.e_tag = quoted_etag(part.etag);
        shown.size = static_cast<std::int64_t>(part.blob.size);
        if (!upload.checksum_algorithm.empty()) {
            set_checksum(shown, part.checksum.algorithm, part.checksum.value);
        }
        return store::Step::next;
    }));
    output.bucket = bucket.name;
    output.key = upload.key;
    output.upload_id = upload.id;
    output.part_number_marker = after;
    output.next_part_number_marker = output.parts.empty() ? after : *output.parts.back().part_number;
    output.max_parts = most;
    output.storage_class = upload.headers.storage_class.empty() ? "STANDARD" : upload.headers.storage_class;
    output.owner.emplace().id = canonical_id(bucket.account);
    output.initiator.emplace().id = canonical_id(bucket.account);
    if (!upload.checksum_algorithm.empty()) {
        output.checksum_algorithm = upload.checksum_algorithm;
        output.checksum_type = upload.checksum_type;
    }
    return output;
}

Result<api::ListMultipartUploadsOutput> Service::list_multipart_uploads(
    wire::Request& request, const api::ListMultipartUploadsInput& input) {
    const Bucket bucket =
        TRY(open_bucket(request, request.tx(), {input.bucket, "s3:ListBucketMultipartUploads", "",
                                                input.expected_bucket_owner}));
    const auto encode = [&](const std::string& key) {
        return input.encoding_type ? base::uri_encode(key, base::Slash::keep) : key;
    };
    const auto most = std::min(input.max_uploads.value_or(page_max), page_max);
    const std::string prefix = input.prefix.value_or(""), delimiter = input.delimiter.value_or("");
    const std::string after = input.key_marker.value_or(""), after_id = input.upload_id_marker.value_or("");
    api::ListMultipartUploadsOutput output;
    output.is_truncated = false;
    std::string last_key, last_id;
    TRY(uploads.scan(request.tx(), {bucket.name}, [&](Upload& upload) {
        const bool seen = upload.key < after || (upload.key == after && upload.id <= after_id) ||
                          (!after.empty() && upload.key == after && after_id.empty());
        if (seen || !upload.key.starts_with(prefix)) return store::Step::next;
        const auto cut = delimiter.empty() ? std::string::npos : upload.key.find(delimiter, prefix.size());
        const std::string common =
            cut == std::string::npos ? std::string{} : upload.key.substr(0, cut + delimiter.size());
        if (!common.empty() && (common == last_key || common == after)) return store::Step::next;
        if (static_cast<std::int64_t>(output.uploads.size() + output.common_prefixes.size()) == most) {
            output.is_truncated = true;
            return store::Step::stop;
        }
        last_key = common.empty() ? upload.key : common;
        last_id = common.empty() ? upload.id : std::string{};
        if (!common.empty()) {
            output.common_prefixes.emplace_back().prefix = encode(common);
            return store::Step::next;
        }
        auto& shown = output.uploads.emplace_back();
        shown.key = encode(upload.key);
        shown.upload_id = upload.id;
        shown.initiated = upload.started;
        shown.storage_class = upload.headers.storage_class.empty() ? "STANDARD" : upload.headers.storage_class;
        shown.owner.emplace().id = canonical_id(bucket.account);
        shown.initiator.emplace().id = canonical_id(bucket.account);
        if (!upload.checksum_algorithm.empty()) {
            shown.checksum_algorithm = upload.checksum_algorithm;
            shown.checksum_type = upload.checksum_type;
        }
        return store::Step::next;
    }));
    output.bucket = bucket.name;
    output.key_marker = encode(after);
    output.upload_id_marker = after_id;
    output.prefix = encode(prefix);
    if (!delimiter.empty()) output.delimiter = encode(delimiter);
    output.max_uploads = most;
    output.encoding_type = input.encoding_type;
    if (*output.is_truncated) {
        output.next_key_marker = encode(last_key);
        output.next_upload_id_marker = last_id;
    }
    return output;
}

}  // namespace stormglass::s3
