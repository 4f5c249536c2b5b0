#include "services/s3/tags.h"

#include "base/strings.h"
#include "services/s3/access.h"
#include "services/s3/objects.h"
#include "services/s3/service.h"

namespace stormglass::s3 {
namespace {

constexpr std::size_t tag_key_max = 128, tag_value_max = 256;

}  // namespace

Result<std::map<std::string, std::string>> read_tags(const wire::List<api::Tag>& tags,
                                                     std::size_t most) {
    std::map<std::string, std::string> read;
    if (tags.size() > most) {
        return most == object_tags_max
                   ? s3_error("BadRequest", "Object tags cannot be greater than 10", 400)
                   : s3_error("BadRequest", "Bucket tag count cannot be greater than 50", 400);
    }
    for (const auto& tag : tags) {
        const std::string key = tag.key.value_or(""), value = tag.value.value_or("");
        if (key.empty() || key.size() > tag_key_max) {
            return s3_error("InvalidTag", "The TagKey you have provided is invalid", 400,
                            {{"TagKey", key}});
        }
        if (value.size() > tag_value_max) {
            return s3_error("InvalidTag", "The TagValue you have provided is invalid", 400,
                            {{"TagKey", key}, {"TagValue", value}});
        }
        if (key.starts_with("aws:")) {
            return s3_error("InvalidTag", "System tags cannot be added/updated by requester", 400,
                            {{"TagKey", key}});
        }
        if (!read.emplace(key, value).second) {
            return s3_error("InvalidTag", "Cannot provide multiple Tags with the same key", 400,
                            {{"TagKey", key}});
        }
    }
    return read;
}

Result<std::map<std::string, std::string>> read_tag_header(const std::string& header) {
    wire::List<api::Tag> tags;
    for (const auto& pair : base::split(header, '&')) {
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        auto& tag = tags.emplace_back();
        tag.key = base::uri_decode(pair.substr(0, equals), base::Plus::space);
        if (equals != std::string::npos) {
            tag.value = base::uri_decode(pair.substr(equals + 1), base::Plus::space);
        }
    }
    return read_tags(tags, object_tags_max);
}

wire::List<api::Tag> write_tags(const std::map<std::string, std::string>& tags) {
    wire::List<api::Tag> list;
    list.present = true;
    for (const auto& [key, value] : tags) {
        auto& tag = list.emplace_back();
        tag.key = key;
        tag.value = value;
    }
    return list;
}

Result<api::GetBucketTaggingOutput> Service::get_bucket_tagging(
    wire::Request& request, const api::GetBucketTaggingInput& input) {
    const Bucket bucket = TRY(open_bucket(request, request.tx(), {input.bucket, "s3:GetBucketTagging",
                                                                  "", input.expected_bucket_owner}));
    if (bucket.tags.empty()) {
        return s3_error("NoSuchTagSet", "The TagSet does not exist", 404,
                        {{"BucketName", bucket.name}});
    }
    api::GetBucketTaggingOutput output;
    output.tag_set = write_tags(bucket.tags);
    return output;
}

Result<api::PutBucketTaggingOutput> Service::put_bucket_tagging(
    wire::Request& request, const api::PutBucketTaggingInput& input) {
    Bucket bucket = TRY(open_bucket(request, request.tx(), {input.bucket, "s3:PutBucketTagging", "",
                                                            input.expected_bucket_owner}));
    bucket.tags = TRY(read_tags(input.tagging.tag_set, bucket_tags_max));
    buckets.put(request.tx(), {bucket.name}, bucket);
    request.extras.status = 204;
    return api::PutBucketTaggingOutput{};
}

Result<api::DeleteBucketTaggingOutput> Service::delete_bucket_tagging(
    wire::Request& request, const api::DeleteBucketTaggingInput& input) {
    Bucket bucket = TRY(open_bucket(request, request.tx(), {input.bucket, "s3:PutBucketTagging", "",
                                                            input.expected_bucket_owner}));
    bucket.tags.clear();
    buckets.put(request.tx(), {bucket.name}, bucket);
    return api::DeleteBucketTaggingOutput{};
}

Result<api::GetObjectTaggingOutput> Service::get_object_tagging(
    wire::Request& request, const api::GetObjectTaggingInput& input) {
    const Bucket bucket = TRY(open_bucket(
        request, request.tx(),
        {input.bucket, input.version_id ? "s3:GetObjectVersionTagging" : "s3:GetObjectTagging",
         input.key, input.expected_bucket_owner}));
    const Version version = TRY(need_object(request, request.tx(), bucket, input.key, input.version_id));
    api::GetObjectTaggingOutput output;
    output.tag_set = write_tags(version.headers.tags);
    output.version_id = shown_version(bucket, version);
    return output;
}

Result<api::PutObjectTaggingOutput> Service::put_object_tagging(
    wire::Request& request, const api::PutObjectTaggingInput& input) {
    const Bucket bucket = TRY(open_bucket(
        request, request.tx(),
        {input.bucket, input.version_id ? "s3:PutObjectVersionTagging" : "s3:PutObjectTagging",
         input.key, input.expected_bucket_owner}));
    Version version = TRY(need_object(request, request.tx(), bucket, input.key, input.version_id));
    version.headers.tags = TRY(read_tags(input.tagging.tag_set, object_tags_max));
    versions.put(request.tx(), {bucket.name, version.key, version.sort}, version);
    TRY(notify(request, bucket, {"ObjectTagging:Put", version.key, {}, version.etag,
                                 shown_version(bucket, version).value_or("")}));
    return api::PutObjectTaggingOutput{shown_version(bucket, version)};
}

Result<api::DeleteObjectTaggingOutput> Service::delete_object_tagging(
    wire::Request& request, const api::DeleteObjectTaggingInput& input) {
    const Bucket bucket = TRY(open_bucket(
        request, request.tx(),
        {input.bucket, input.version_id ? "s3:DeleteObjectVersionTagging" : "s3:DeleteObjectTagging",
         input.key, input.expected_bucket_owner}));
    Version version = TRY(need_object(request, request.tx(), bucket, input.key, input.version_id));
    version.headers.tags.clear();
    versions.put(request.tx(), {bucket.name, version.key, version.sort}, version);
    TRY(notify(request, bucket, {"ObjectTagging:Delete", version.key, {}, version.etag,
                                 shown_version(bucket, version).value_or("")}));
    return api::DeleteObjectTaggingOutput{shown_version(bucket, version)};
}

}  // namespace stormglass::s3
