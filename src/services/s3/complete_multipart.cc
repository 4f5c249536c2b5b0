// CompleteMultipartUpload: the parts become the object as they lie, no byte is written again.
#include "base/crypto.h"
#include "base/strings.h"
#include "services/s3/multipart.h"
#include "services/s3/service.h"

namespace stormglass::s3 {
namespace {

constexpr std::uint64_t part_bytes_min = 5 << 20;

/// The parts that the client names, in his order, each as he says.
Result<std::vector<UploadedPart>> chosen_parts(store::Tx& tx, const std::string& bucket,
                                               const Upload& upload,
                                               const wire::List<api::CompletedPart>& named) {
    if (named.empty()) {
        return s3_error("MalformedXML",
                        "The XML you provided was not well-formed or did not validate against our "
                        "published schema", 400);
    }
    std::vector<UploadedPart> chosen;
    for (const auto& wanted : named) {
        const std::int64_t number = wanted.part_number.value_or(0);
        if (!chosen.empty() && number <= chosen.back().number) {
            return s3_error("InvalidPartOrder",
                            "The list of parts was not in ascending order. Parts must be ordered by "
                            "part number.", 400, {{"UploadId", upload.id}});
        }
        auto part = TRY(parts.get(
            tx, {bucket, upload.id, store::ordered(static_cast<std::uint64_t>(number))}));
        std::string etag = wanted.e_tag.value_or("");
        if (etag.starts_with('"') && etag.ends_with('"') && etag.size() >= 2) {
            etag = etag.substr(1, etag.size() - 2);
        }
        const bool right = part && part->etag == etag;
        const std::string sum = get_checksum(wanted, upload.checksum_algorithm);
        if (!right || (!sum.empty() && sum != part->checksum.value)) {
            return s3_error("InvalidPart",
                            "One or more of the specified parts could not be found.  The part may not "
                            "have been uploaded, or the specified entity tag may not match the part's "
                            "entity tag.", 400,
                            {{"UploadId", upload.id}, {"PartNumber", std::to_string(number)}, {"ETag", etag}});
        }
        chosen.push_back(std::move(*part));
    }
    for (std::size_t i = 0; i + 1 < chosen.size(); ++i) {
        if (chosen[i].blob.size >= part_bytes_min) continue;
        return s3_error("EntityTooSmall",
                        "Your proposed upload is smaller than the minimum allowed size", 400,
                        {{"ProposedSize", std::to_string(chosen[i].blob.size)},
                         {"MinSizeAllowed", std::to_string(part_bytes_min)},
                         {"PartNumber", std::to_string(chosen[i].number)}, {"ETag", chosen[i].etag}});
    }
    return chosen;
}

/// MD5 of the parts' MD5s, and how many there are.
std::string etag_of(const std::vector<UploadedPart>& chosen) {
    std::string all;
    for (const auto& part : chosen) all += base::hex_decode(part.etag).value_or("");
    return fmt::format("{}-{}", base::hex_encode(base::md5(all)), chosen.size());
}

Checksum checksum_of(const Upload& upload, const std::vector<UploadedPart>& chosen) {
    // A client that chose nothing gets the CRC64NVME of the whole; parts then all have one.
    const std::string algorithm =
        upload.checksum_algorithm.empty() ? "CRC64NVME" : upload.checksum_algorithm;
    const bool whole = upload.checksum_type.empty() || upload.checksum_type == "FULL_OBJECT";
    std::string combined;
    for (const auto& part : chosen) {
        if (part.checksum.algorithm != algorithm) return {};
        const std::string raw = base::base64_decode(part.checksum.value).value_or("");
        if (whole) {
            combined = combined.empty() ? raw : combine_crc(algorithm, combined, raw, part.blob.size);
        } else {
            combined += raw;
        }
    }
    if (whole) return {algorithm, base::base64_encode(combined), "FULL_OBJECT"};
    const auto digest = make_digest(algorithm);
    digest->update(combined);
    return {algorithm, fmt::format("{}-{}", base::base64_encode(digest->finish()), chosen.size()),
            "COMPOSITE"};
}

}  // namespace

Result<api::CompleteMultipartUploadOutput> Service::complete_multipart_upload(
    wire::Request& request, const api::CompleteMultipartUploadInput& input) {
    TRY(request.begin(wire::TxMode::write));
    store::Tx& tx = request.tx();
    const Bucket bucket = TRY(open_bucket(
        request, tx, {input.bucket, "s3:PutObject", input.key, input.expected_bucket_owner}));
    const Upload upload = TRY(need_upload(tx, bucket.name, input.key, input.upload_id));
    const auto named = input.multipart_upload.value_or(api::CompletedMultipartUpload{}).parts;
    const auto chosen = TRY(chosen_parts(tx, bucket.name, upload, named));
    if (input.if_match || input.if_none_match) {
        TRY(check_write_conditions(TRY(latest_version(tx, bucket.name, input.key)), input.key,
                                   input.if_match, input.if_none_match));
    }
    Version version;
    version.key = upload.key;
    version.modified = request.now;
    version.etag = etag_of(chosen);
    version.data_key = upload.data_key;
    version.multipart = true;
    version.headers = upload.headers;
    version.checksum = checksum_of(upload, chosen);
    std::set<std::string> kept;
    for (const auto& part : chosen) {
        version.size += part.blob.size;
        version.blobs.push_back(part.blob);
        kept.insert(part.blob.id);
        if (!upload.checksum_algorithm.empty()) version.part_checksums.push_back(part.checksum.value);
    }
    const std::string sent = get_checksum(input, version.checksum.algorithm);
    const bool size_differs =
        input.mpu_object_size && static_cast<std::uint64_t>(*input.mpu_object_size) != version.size;
    if (size_differs || (!sent.empty() && sent != version.checksum.value)) {
        return s3_error("BadDigest",
                        fmt::format("The {} you specified did not match the calculated checksum.",
                                    size_differs ? "size" : version.checksum.algorithm), 400);
    }
    const auto etag = version.etag;
    const auto size = version.size;
    const auto checksum = version.checksum;
    std::vector<Blob> dead;
    TRY(forget_upload(tx, bucket.name, upload, kept, dead));
    std::string bytes;
    if (version.blobs.size() == 1 && version.blobs.front().in_store) {
        bytes = TRY(tx.get(bytes_key(version.blobs.front().id))).value_or("");
    }
    std::string version_id;
    const auto replaced = TRY(add_version(tx, bucket, std::move(version), bytes, &version_id));
    TRY(notify(request, bucket, {"ObjectCreated:CompleteMultipartUpload", input.key, size, etag,
                                 bucket.versioning.empty() ? "" : version_id}));
    TRY(request.commit());
    blobs_.remove(dead);
    blobs_.remove(replaced);

    api::CompleteMultipartUploadOutput output;
    output.location = fmt::format("http://{}.s3.{}.amazonaws.com/{}", bucket.name, bucket.region,
                                  base::uri_encode(input.key));
    output.bucket = bucket.name;
    output.key = input.key;
    output.e_tag = quoted_etag(etag);
    if (!bucket.versioning.empty()) output.version_id = version_id;
    output.server_side_encryption = "AES256";
    set_checksum(output, checksum.algorithm, checksum.value);
    if (!checksum.type.empty()) output.checksum_type = checksum.type;
    return output;
}

}  // namespace stormglass::s3
