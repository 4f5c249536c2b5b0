#include "services/s3/access.h"

#include "base/crypto.h"
#include "base/strings.h"
#include "services/iam/policy/policy.h"
#include "services/s3/settings.h"
#include "wire/body/xml.h"

namespace stormglass::s3 {
namespace {

/// The region a bucket is asked for in must be its own, as on AWS's regional endpoints.
Result<void> check_region(wire::Request& request, const Bucket& bucket) {
    const bool is_signed = request.http != nullptr &&
                           request.principal.kind != wire::PrincipalKind::anonymous;
    if (!is_signed || request.region == bucket.region ||
        std::string_view(request.operation->name) == "GetBucketLocation") {
        return {};
    }
    request.extras.headers.emplace_back("x-amz-bucket-region", bucket.region);
    return s3_error("AuthorizationHeaderMalformed",
                    fmt::format("The authorization header is malformed; the region '{}' is wrong; "
                                "expecting '{}'", request.region, bucket.region),
                    400, {{"Region", bucket.region}});
}

/// The owner's root may always repair a policy that locks everybody out.
bool is_repair(const wire::Request& request, const Bucket& bucket, const std::string& action) {
    return request.principal.kind == wire::PrincipalKind::root &&
           request.principal.account == bucket.account &&
           (action == "s3:PutBucketPolicy" || action == "s3:GetBucketPolicy" ||
            action == "s3:DeleteBucketPolicy");
}

}  // namespace

Unexpected s3_error(std::string code, std::string message, int status, Details details) {
    std::string text;
    for (const auto& [name, value] : details) {
        text += fmt::format("<{}>", name);
        wire::body::append_xml_text(text, value);
        text += fmt::format("</{}>", name);
    }
    return Unexpected(Error{Domain::aws, std::move(code), std::move(message), status, std::move(text)});
}

Unexpected unsupported(std::string_view what) {
    return s3_error("NotImplemented", fmt::format("Stormglass does not support {}", what), 400);
}

Unexpected no_such_key(const std::string& key) {
    return s3_error("NoSuchKey", "The specified key does not exist.", 404, {{"Key", key}});
}

std::string bucket_arn(const std::string& bucket, const std::string& key) {
    return key.empty() ? "arn:aws:s3:::" + bucket : "arn:aws:s3:::" + bucket + "/" + key;
}

std::string canonical_id(const std::string& account) {
    return base::hex_encode(base::sha256("canonical user " + account));
}

bool is_public_policy(const std::string& document) {
    if (document.empty()) return false;
    const auto policy = policy::parse_policy(document, policy::PolicyKind::resource);
    if (!policy) return false;
    for (const auto& statement : (*policy)->statements) {
        if (statement.effect != policy::Effect::allow || !statement.conditions.empty()) continue;
        if (statement.principal_sense == policy::Sense::all_but) return true;
        for (const auto& principal : statement.principals) {
            if (principal.type == policy::PrincipalType::any || principal.value == "*") return true;
        }
    }
    return false;
}

Result<void> ask(wire::Request& request, const Bucket& bucket, const std::string& action,
                 const std::string& key, std::map<std::string, std::vector<std::string>> context) {
    const bool stranger = request.principal.account != bucket.account;
    if (stranger && !request.is_internal() && restricts_public(bucket) &&
        is_public_policy(bucket.policy)) {
        request.mark_authorized();
        return s3_error("AccessDenied", "Access Denied", 403);
    }
    return request.authorize({.action = action,
                              .resource = bucket_arn(bucket.name, key),
                              .context = std::move(context),
                              .resource_policy = is_repair(request, bucket, action) ? std::string{}
                                                                                    : bucket.policy,
                              .mode = wire::PolicyMode::identity_or_resource,
                              .resource_account = bucket.account});
}

Unexpected no_such_bucket(const std::string& name) {
    return s3_error("NoSuchBucket", "The specified bucket does not exist", 404, {{"BucketName", name}});
}

Result<void> enter(wire::Request& request, const Bucket& bucket, const Wanted& wanted) {
    TRY(check_region(request, bucket));
    if (wanted.expected_owner && *wanted.expected_owner != bucket.account) {
        return s3_error("AccessDenied", "Access Denied", 403);
    }
    return ask(request, bucket, wanted.action, wanted.key, wanted.context);
}

Result<Bucket> open_bucket(wire::Request& request, store::Tx& tx, const Wanted& wanted) {
    auto bucket = TRY(buckets.get(tx, {wanted.bucket}));
    if (!bucket) return no_such_bucket(wanted.bucket);
    TRY(enter(request, *bucket, wanted));
    return std::move(*bucket);
}

Unexpected missing_object(wire::Request& request, const Bucket& bucket, const std::string& key) {
    if (const auto may = ask(request, bucket, "s3:ListBucket", ""); !may) {
        return Unexpected(may.error());
    }
    return no_such_key(key);
}

}  // namespace stormglass::s3
