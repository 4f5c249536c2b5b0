// Making, finding and deleting buckets.
#include <algorithm>

#include "base/strings.h"
#include "services/common/zones.h"
#include "services/s3/access.h"
#include "services/s3/service.h"
#include "services/s3/settings.h"
#include "services/s3/tags.h"

namespace stormglass::s3 {
namespace {

constexpr std::size_t name_min = 3, name_max = 63;
constexpr std::int64_t buckets_page = 10'000;

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool looks_like_address(const std::string& name) {
    const auto fields = base::split(name, '.');
    return fields.size() == 4 && std::all_of(fields.begin(), fields.end(), [](const auto& field) {
        return !field.empty() && std::all_of(field.begin(), field.end(),
                                             [](char c) { return c >= '0' && c <= '9'; });
    });
}

bool is_bucket_name(const std::string& name) {
    if (name.size() < name_min || name.size() > name_max || !is_alnum(name.front()) ||
        !is_alnum(name.back()) || looks_like_address(name) ||
        name.find("..") != std::string::npos) {
        return false;
    }
    for (const char* prefix : {"xn--", "sthree-", "amzn-s3-demo-"}) {
        if (name.starts_with(prefix)) return false;
    }
    for (const char* suffix : {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}) {
        if (name.ends_with(suffix)) return false;
    }
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return is_alnum(c) || c == '.' || c == '-'; });
}

/// Where a new bucket goes; the endpoint is that of the region the request was signed for.
Result<std::string> region_of_new(const std::string& endpoint,
                                  const std::optional<std::string>& constraint) {
    const auto incompatible = [](std::string_view which) {
        return s3_error("IllegalLocationConstraintException",
                        fmt::format("The {} location constraint is incompatible for the region "
                                    "specific endpoint this request was sent to.", which), 400);
    };
    if (!constraint) {
        if (endpoint != "us-east-1") return incompatible("unspecified");
        return endpoint;
    }
    const std::string wanted = *constraint == "EU" ? "eu-west-1" : *constraint;
    if (endpoint != "us-east-1" && wanted != endpoint) return incompatible(wanted);
    if (!services::is_region(wanted) || wanted == "us-east-1") {
        return s3_error("InvalidLocationConstraint",
                        "The specified location-constraint is not valid", 400,
                        {{"LocationConstraint", wanted}});
    }
    return wanted;
}

Result<void> check_create(const api::CreateBucketInput& input) {
    if (!is_bucket_name(input.bucket)) {
        return s3_error("InvalidBucketName", "The specified bucket is not valid.", 400,
                        {{"BucketName", input.bucket}});
    }
    if (input.object_lock_enabled_for_bucket.value_or(false)) return unsupported("Object Lock");
    if (input.bucket_namespace && *input.bucket_namespace != "global") {
        return unsupported("bucket namespaces");
    }
    const auto& configuration = input.create_bucket_configuration;
    if (configuration && (configuration->location || configuration->bucket)) {
        return unsupported("directory buckets");
    }
    if (input.acl.value_or("private") != "private" || input.grant_full_control ||
        input.grant_read || input.grant_read_acp || input.grant_write || input.grant_write_acp) {
        return s3_error("InvalidBucketAclWithObjectOwnership",
                        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced "
                        "setting", 400);
    }
    return {};
}

Result<void> check_taken(wire::Request& request, const Bucket& there) {
    if (there.account != request.account) {
        return s3_error("BucketAlreadyExists",
                        "The requested bucket name is not available. The bucket namespace is "
                        "shared by all users of the system. Please select a different name and try "
                        "again.", 409, {{"BucketName", there.name}});
    }
    if (there.region == "us-east-1" && request.region == "us-east-1") return {};
    return s3_error("BucketAlreadyOwnedByYou",
                    "Your previous request to create the named bucket succeeded and you already "
                    "own it.", 409, {{"BucketName", there.name}});
}

}  // namespace

Result<api::CreateBucketOutput> Service::create_bucket(wire::Request& request,
                                                       const api::CreateBucketInput& input) {
    if (request.principal.kind == wire::PrincipalKind::anonymous && !request.is_internal()) {
        return s3_error("AccessDenied", "Access Denied", 403);
    }
    TRY(request.authorize({.action = "s3:CreateBucket", .resource = bucket_arn(input.bucket)}));
    TRY(check_create(input));
    const auto& configuration = input.create_bucket_configuration;
    Bucket bucket;
    bucket.region = TRY(region_of_new(
        request.region, configuration ? configuration->location_constraint : std::nullopt));
    api::CreateBucketOutput output;
    output.location = bucket.region == "us-east-1"
                          ? "/" + input.bucket
                          : "http://" + input.bucket + ".s3.amazonaws.com/";
    output.bucket_arn = bucket_arn(input.bucket);
    if (const auto there = TRY(buckets.get(request.tx(), {input.bucket}))) {
        TRY(check_taken(request, *there));
        return output;
    }
    bucket.name = input.bucket;
    bucket.account = request.account;
    bucket.created = request.now;
    set_defaults(bucket, input.object_ownership.value_or("BucketOwnerEnforced"));
    if (configuration) bucket.tags = TRY(read_tags(configuration->tags, bucket_tags_max));
    buckets.put(request.tx(), {bucket.name}, bucket);
    return output;
}

Result<api::DeleteBucketOutput> Service::delete_bucket(wire::Request& request,
                                                       const api::DeleteBucketInput& input) {
    TRY(request.begin(wire::TxMode::write));
    store::Tx& tx = request.tx();
    const Bucket bucket = TRY(open_bucket(
        request, tx, {input.bucket, "s3:DeleteBucket", "", input.expected_bucket_owner}));
    bool empty = true;
    TRY(versions.scan(tx, {bucket.name}, [&](Version&) {
        empty = false;
        return store::Step::stop;
    }));
    if (!empty) {
        return s3_error("BucketNotEmpty",
                        bucket.versioning.empty()
                            ? "The bucket you tried to delete is not empty"
                            : "The bucket you tried to delete is not empty. You must delete all "
                              "versions in the bucket.",
                        409, {{"BucketName", bucket.name}});
    }
    std::vector<Blob> dead;
    TRY(parts.scan(tx, {bucket.name}, [&](UploadedPart& part) { dead.push_back(part.blob); }));
    for (const Blob& blob : dead) tx.erase(bytes_key(blob.id));
    TRY(parts.erase_all(tx, {bucket.name}));
    TRY(uploads.erase_all(tx, {bucket.name}));
    buckets.erase(tx, {bucket.name});
    TRY(request.commit());
    blobs_.remove(dead);
    return api::DeleteBucketOutput{};
}

Result<api::HeadBucketOutput> Service::head_bucket(wire::Request& request,
                                                   const api::HeadBucketInput& input) {
    const Bucket bucket = TRY(open_bucket(
        request, request.tx(), {input.bucket, "s3:ListBucket", "", input.expected_bucket_owner}));
    api::HeadBucketOutput output;
    output.bucket_region = bucket.region;
    output.bucket_arn = bucket_arn(bucket.name);
    output.access_point_alias = false;
    return output;
}

Result<api::GetBucketLocationOutput> Service::get_bucket_location(
    wire::Request& request, const api::GetBucketLocationInput& input) {
    const Bucket bucket =
        TRY(open_bucket(request, request.tx(), {input.bucket, "s3:GetBucketLocation", "",
                                                input.expected_bucket_owner}));
    api::GetBucketLocationOutput output;
    if (bucket.region != "us-east-1") output.location_constraint = bucket.region;
    return output;
}

Result<api::ListBucketsOutput> Service::list_buckets(wire::Request& request,
                                                     const api::ListBucketsInput& input) {
    if (request.principal.kind == wire::PrincipalKind::anonymous && !request.is_internal()) {
        return s3_error("AccessDenied", "Access Denied", 403);
    }
    TRY(request.authorize({.action = "s3:ListAllMyBuckets", .resource = "arn:aws:s3:::*"}));
    api::ListBucketsOutput output;
    output.buckets.present = true;
    output.owner.emplace().id = canonical_id(request.account);
    output.prefix = input.prefix;
    const auto page = static_cast<std::size_t>(input.max_buckets.value_or(buckets_page));
    const std::string after =
        base::base64_decode(input.continuation_token.value_or("")).value_or("");
    TRY(buckets.scan(request.tx(), {}, [&](Bucket& bucket) {
        if (bucket.account != request.account || !bucket.name.starts_with(input.prefix.value_or("")) ||
            bucket.name <= after || (input.bucket_region && *input.bucket_region != bucket.region)) {
            return store::Step::next;
        }
        if (output.buckets.size() == page) {
            output.continuation_token = base::base64_encode(*output.buckets.back().name);
            return store::Step::stop;
        }
        auto& shown = output.buckets.emplace_back();
        shown.name = bucket.name;
        shown.creation_date = bucket.created;
        const bool paginated = input.max_buckets || input.prefix || input.continuation_token ||
                               input.bucket_region;
        if (paginated) shown.bucket_region = bucket.region;
        shown.bucket_arn = bucket_arn(bucket.name);
        return store::Step::next;
    }));
    return output;
}

}  // namespace stormglass::s3
