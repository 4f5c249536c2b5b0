// Sub-resources that are always as on a new bucket, since nothing here can set them: readers
// (Terraform reads them all) get AWS's own answers.
#include "services/s3/access.h"
#include "services/s3/objects.h"
#include "services/s3/service.h"

namespace stormglass::s3 {
namespace {

template <class Input>
Result<Bucket> open(wire::Request& request, const Input& input, const char* action) {
    return open_bucket(request, request.tx(), {input.bucket, action, "", input.expected_bucket_owner});
}

api::Grant full_control(const Bucket& bucket) {
    api::Grant grant;
    auto& grantee = grant.grantee.emplace();
    grantee.id = canonical_id(bucket.account);
    grantee.type = "CanonicalUser";
    grant.permission = "FULL_CONTROL";
    return grant;
}

}  // namespace

Result<api::GetBucketAccelerateConfigurationOutput> Service::get_bucket_accelerate_configuration(
    wire::Request& request, const api::GetBucketAccelerateConfigurationInput& input) {
    TRY(open(request, input, "s3:GetAccelerateConfiguration"));
    return api::GetBucketAccelerateConfigurationOutput{};
}

Result<api::GetBucketAclOutput> Service::get_bucket_acl(wire::Request& request,
                                                        const api::GetBucketAclInput& input) {
    const Bucket bucket = TRY(open(request, input, "s3:GetBucketAcl"));
    api::GetBucketAclOutput output;
    output.owner.emplace().id = canonical_id(bucket.account);
    output.grants.push_back(full_control(bucket));
    return output;
}

Result<api::GetObjectAclOutput> Service::get_object_acl(wire::Request& request,
                                                        const api::GetObjectAclInput& input) {
    const Bucket bucket = TRY(open_bucket(
        request, request.tx(), {input.bucket, input.version_id ? "s3:GetObjectVersionAcl" : "s3:GetObjectAcl",
                                input.key, input.expected_bucket_owner}));
    TRY(need_object(request, request.tx(), bucket, input.key, input.version_id));
    api::GetObjectAclOutput output;
    output.owner.emplace().id = canonical_id(bucket.account);
    output.grants.push_back(full_control(bucket));
    return output;
}

Result<api::GetBucketCorsOutput> Service::get_bucket_cors(wire::Request& request,
                                                          const api::GetBucketCorsInput& input) {
    const Bucket bucket = TRY(open(request, input, "s3:GetBucketCORS"));
    return s3_error("NoSuchCORSConfiguration", "The CORS configuration does not exist", 404,
                    {{"BucketName", bucket.name}});
}

Result<api::GetBucketLoggingOutput> Service::get_bucket_logging(
    wire::Request& request, const api::GetBucketLoggingInput& input) {
    TRY(open(request, input, "s3:GetBucketLogging"));
    return api::GetBucketLoggingOutput{};
}

Result<api::GetBucketReplicationOutput> Service::get_bucket_replication(
    wire::Request& request, const api::GetBucketReplicationInput& input) {
    const Bucket bucket = TRY(open(request, input, "s3:GetReplicationConfiguration"));
    return s3_error("ReplicationConfigurationNotFoundError",
                    "The replication configuration was not found", 404, {{"BucketName", bucket.name}});
}

Result<api::GetBucketRequestPaymentOutput> Service::get_bucket_request_payment(
    wire::Request& request, const api::GetBucketRequestPaymentInput& input) {
    TRY(open(request, input, "s3:GetBucketRequestPayment"));
    return api::GetBucketRequestPaymentOutput{"BucketOwner"};
}

Result<api::GetBucketWebsiteOutput> Service::get_bucket_website(
    wire::Request& request, const api::GetBucketWebsiteInput& input) {
    const Bucket bucket = TRY(open(request, input, "s3:GetBucketWebsite"));
    return s3_error("NoSuchWebsiteConfiguration",
                    "The specified bucket does not have a website configuration", 404,
                    {{"BucketName", bucket.name}});
}

Result<api::GetObjectLockConfigurationOutput> Service::get_object_lock_configuration(
    wire::Request& request, const api::GetObjectLockConfigurationInput& input) {
    const Bucket bucket = TRY(open(request, input, "s3:GetBucketObjectLockConfiguration"));
    return s3_error("ObjectLockConfigurationNotFoundError",
                    "Object Lock configuration does not exist for this bucket", 404,
                    {{"BucketName", bucket.name}});
}

Result<api::GetObjectLegalHoldOutput> Service::get_object_legal_hold(
    wire::Request& request, const api::GetObjectLegalHoldInput& input) {
    TRY(open_bucket(request, request.tx(), {input.bucket, "s3:GetObjectLegalHold", input.key,
                                            input.expected_bucket_owner}));
    return s3_error("InvalidRequest", "Bucket is missing Object Lock Configuration", 400);
}

Result<api::GetObjectRetentionOutput> Service::get_object_retention(
    wire::Request& request, const api::GetObjectRetentionInput& input) {
    TRY(open_bucket(request, request.tx(), {input.bucket, "s3:GetObjectRetention", input.key,
                                            input.expected_bucket_owner}));
    return s3_error("InvalidRequest", "Bucket is missing Object Lock Configuration", 400);
}

}  // namespace stormglass::s3
