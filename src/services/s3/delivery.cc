#include "services/s3/delivery.h"

#include <cstring>

#include "services/iam/policy/evaluate.h"
#include "services/s3/access.h"
#include "services/s3/settings.h"
#include "wire/request.h"

namespace stormglass::s3 {
namespace {

/// Deliveries give the bucket's owner everything, and some policies insist on the header.
constexpr const char* acl = "bucket-owner-full-control";

/// A body that is there already.
class TextBody final : public net::BodyReader {
public:
    explicit TextBody(std::string text) : text_(std::move(text)) {}
    Result<std::size_t> read(char* to, std::size_t size) override {
        const std::size_t part = std::min(size, text_.size() - at_);
        std::memcpy(to, text_.data() + at_, part);
        at_ += part;
        return part;
    }
    std::optional<std::uint64_t> content_length() const override { return text_.size(); }

private:
    const std::string text_;
    std::size_t at_ = 0;
};

/// The two names under which AWS's service writes: its principal, and the root of its own account.
std::vector<policy::Subject> subjects_of(const services::DeliverySender& sender) {
    std::vector<policy::Subject> subjects(1);
    subjects[0].kind = policy::SubjectKind::service;
    subjects[0].name = subjects[0].arn = sender.service;
    if (!sender.service_account.empty()) {
        auto& account = subjects.emplace_back();
        account.kind = policy::SubjectKind::root;
        account.account = account.user_id = sender.service_account;
        account.arn = "arn:aws:iam::" + sender.service_account + ":root";
    }
    return subjects;
}

policy::Context context_of(const services::DeliverySender& sender) {
    return {{"aws:securetransport", {"true"}},
            {"aws:requestedregion", {sender.region}},
            {"aws:sourceaccount", {sender.source_account}},
            {"aws:sourcearn", {sender.source_arn}},
            {"aws:viaawsservice", {"false"}},
            {"s3:tlsversion", {"1.3"}},
            {"s3:x-amz-acl", {acl}}};
}

}  // namespace

/// Allowed if the policy lets either name write and denies neither.
Result<void> Delivery::check_policy(const Bucket& bucket, const services::DeliverySender& sender,
                                    const std::string& key) const {
    const auto denied = [] { return s3_error("AccessDenied", "Access Denied", 403); };
    if (bucket.policy.empty()) return denied();
    const bool only_services = restricts_public(bucket) && is_public_policy(bucket.policy);
    policy::Evaluation evaluation;
    evaluation.action = "s3:PutObject";
    evaluation.resource = bucket_arn(bucket.name, key);
    evaluation.resource_account = bucket.account;
    evaluation.context = context_of(sender);
    evaluation.now = clock_.now();
    evaluation.resource_policy =
        TRY(policy::parse_policy(bucket.policy, policy::PolicyKind::resource));
    bool allowed = false;
    for (auto& subject : subjects_of(sender)) {
        const bool is_service = subject.kind == policy::SubjectKind::service;
        evaluation.principal = std::move(subject);
        const auto decision = policy::evaluate(evaluation);
        if (decision.explicit_deny()) return denied();
        allowed |= decision.allowed() && (is_service || !only_services);
    }
    if (!allowed) return denied();
    return {};
}

Result<void> Delivery::deliver(const services::DeliverySender& sender,
                               services::DeliveredObject object) {
    const auto bucket = TRY(buckets.get(*store_.read(), {object.bucket}));
    if (!bucket) {
        return s3_error("NoSuchBucket", "The specified bucket does not exist", 404,
                        {{"BucketName", object.bucket}});
    }
    if (bucket->region != sender.region) {
        return s3_error("WrongRegion", "The bucket is in " + bucket->region, 400);
    }
    TRY(check_policy(*bucket, sender, object.key));
    const auto request = wire::make_internal_request(store_, wire::TxMode::read, "delivery",
                                                     bucket->account, bucket->region, clock_.now());
    if (request == nullptr) return fail(Domain::store, "Busy", "no snapshot for a delivery");
    TextBody body(std::move(object.body));
    request->body = &body;
    api::PutObjectInput input;
    input.bucket = object.bucket;
    input.key = object.key;
    input.content_type = object.content_type;
    input.acl = acl;
    TRY(s3_.put_object(*request, input));
    return {};
}

}  // namespace stormglass::s3
