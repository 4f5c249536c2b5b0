// The policy of a bucket.
#include "services/iam/policy/policy.h"
#include "base/strings.h"
#include "services/s3/access.h"
#include "services/s3/service.h"
#include "services/s3/settings.h"

namespace stormglass::s3 {
namespace {

constexpr std::size_t policy_bytes_max = 20 * 1024;

Unexpected malformed(const std::string& message) {
    return s3_error("MalformedPolicy", message, 400);
}

/// S3's own rules beyond the grammar: its actions only, and this bucket's resources only.
Result<void> check_policy(const Bucket& bucket, const std::string& text) {
    if (text.size() > policy_bytes_max) {
        return malformed("Policies must be valid JSON and the first byte must be '{'");
    }
    auto policy = policy::parse_policy(text, policy::PolicyKind::resource);
    if (!policy) {
        if (!base::parse_json(text)) {
            return malformed("This policy contains invalid Json");
        }
        return malformed(policy.error().message);
    }
    for (const auto& statement : (*policy)->statements) {
        for (const auto& action : statement.actions) {
            if (action != "*" && !action.starts_with("s3:")) {
                return malformed("Policy has invalid action");
            }
        }
        for (const auto& resource : statement.resources) {
            const std::string arn = bucket_arn(bucket.name);
            const bool own = resource == "*" || resource.starts_with(arn + "/") ||
                             base::wildcard_match(resource, arn);
            if (!own) return malformed("Policy has invalid resource");
        }
    }
    return {};
}

bool blocks_public_policy(const Bucket& bucket) {
    const auto found = bucket.settings.find(public_access_setting);
    if (found == bucket.settings.end()) return false;
    const auto block =
        from_setting<api::PublicAccessBlockConfiguration>("PutPublicAccessBlock", found->second);
    return block && block->block_public_policy.value_or(false);
}

}  // namespace

Result<api::GetBucketPolicyOutput> Service::get_bucket_policy(
    wire::Request& request, const api::GetBucketPolicyInput& input) {
    const Bucket bucket = TRY(open_bucket(request, request.tx(), {input.bucket, "s3:GetBucketPolicy",
                                                                  "", input.expected_bucket_owner}));
    if (bucket.policy.empty()) {
        return s3_error("NoSuchBucketPolicy", "The bucket policy does not exist", 404,
                        {{"BucketName", bucket.name}});
    }
    request.extras.headers.emplace_back("Content-Type", "application/json");
    return api::GetBucketPolicyOutput{bucket.policy};
}

Result<api::GetBucketPolicyStatusOutput> Service::get_bucket_policy_status(
    wire::Request& request, const api::GetBucketPolicyStatusInput& input) {
    const Bucket bucket =
        TRY(open_bucket(request, request.tx(), {input.bucket, "s3:GetBucketPolicyStatus", "",
                                                input.expected_bucket_owner}));
    if (bucket.policy.empty()) {
        return s3_error("NoSuchBucketPolicy", "The bucket policy does not exist", 404,
                        {{"BucketName", bucket.name}});
    }
    api::GetBucketPolicyStatusOutput output;
    output.policy_status.emplace().is_public = is_public_policy(bucket.policy);
    return output;
}

Result<api::PutBucketPolicyOutput> Service::put_bucket_policy(
    wire::Request& request, const api::PutBucketPolicyInput& input) {
    Bucket bucket = TRY(open_bucket(request, request.tx(), {input.bucket, "s3:PutBucketPolicy", "",
                                                            input.expected_bucket_owner}));
    TRY(check_policy(bucket, input.policy));
    if (blocks_public_policy(bucket) && is_public_policy(input.policy)) {
        return s3_error("AccessDenied",
                        fmt::format("User: {} is not authorized to perform: s3:PutBucketPolicy on "
                                    "resource: \"{}\" because public policies are prevented by the "
                                    "BlockPublicPolicy setting in S3 Block Public Access.",
                                    request.principal.arn, bucket_arn(bucket.name)), 403);
    }
    bucket.policy = input.policy;
    buckets.put(request.tx(), {bucket.name}, bucket);
    request.extras.status = 204;
    return api::PutBucketPolicyOutput{};
}

Result<api::DeleteBucketPolicyOutput> Service::delete_bucket_policy(
    wire::Request& request, const api::DeleteBucketPolicyInput& input) {
    Bucket bucket = TRY(open_bucket(request, request.tx(), {input.bucket, "s3:DeleteBucketPolicy", "",
                                                            input.expected_bucket_owner}));
    bucket.policy.clear();
    buckets.put(request.tx(), {bucket.name}, bucket);
    return api::DeleteBucketPolicyOutput{};
}

}  // namespace stormglass::s3
