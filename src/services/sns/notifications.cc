// Publishing on behalf of services: by the topic's policy, each service as the principal that AWS
// publishes as.
#include "services/iam/policy/evaluate.h"
#include "services/sns/access.h"
#include "services/sns/published.h"
#include "services/sns/service.h"

namespace stormglass::sns {
namespace {

constexpr std::string_view linked_role_policy =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:Publish","Resource":"*"}]})";

/// "autoscaling": from whom the notification comes; empty when it is the caller's own.
std::string source_of(const wire::Request& request) {
    if (!request.via_service.empty()) return request.via_service;
    if (request.principal.kind != wire::PrincipalKind::service) return {};
    return request.principal.name.substr(0, request.principal.name.find('.'));
}

/// Auto Scaling publishes by its service-linked role, which may publish anywhere in the account;
/// the others as service principals, which have only what the topic grants.
policy::Subject subject_of(const std::string& source, const std::string& account) {
    policy::Subject subject;
    subject.account = account;
    if (source == "autoscaling") {
        const std::string role = "AWSServiceRoleForAutoScaling";
        subject.kind = policy::SubjectKind::role_session;
        subject.role_arn = fmt::format(
            "arn:aws:iam::{}:role/aws-service-role/autoscaling.amazonaws.com/{}", account, role);
        subject.arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/AutoScaling", account, role);
        return subject;
    }
    subject.kind = policy::SubjectKind::service;
    subject.name = (source == "rds" ? "events.rds" : source) + ".amazonaws.com";
    subject.arn = subject.name;
    return subject;
}

}  // namespace

Result<void> Service::publish(wire::Request& request, const std::string& topic_arn,
                              const std::string& subject, const std::string& message) {
    const Topic topic = TRY(find_topic(request.tx(), TRY(parse_arn("TopicArn", topic_arn))));
    const std::string source = source_of(request);
    if (source.empty()) {
        TRY(ask(request, topic, "Publish"));
    } else {
        policy::Evaluation evaluation;
        evaluation.principal = subject_of(source, request.account);
        evaluation.action = "SNS:Publish";
        evaluation.resource = topic.arn;
        evaluation.resource_account = topic.account;
        evaluation.context = {{"aws:SourceAccount", {request.account}},
                              {"aws:SourceOwner", {request.account}},
                              {"aws:SecureTransport", {"true"}}};
        evaluation.now = request.now;
        evaluation.resource_policy = TRY(policies_.get(topic.policy, policy::PolicyKind::resource));
        if (evaluation.principal.kind == policy::SubjectKind::role_session) {
            evaluation.identity_policies.push_back(
                TRY(policies_.get(linked_role_policy, policy::PolicyKind::identity)));
        }
        const auto decision = policy::evaluate(evaluation);
        if (!decision.allowed()) {
            return api::authorization_error(policy::refusal_message(evaluation, decision));
        }
    }
    const auto pending = TRY(subscriptions_of(request.tx(), topic, request.now));
    timeline_.add(
        published_event(topic, pending.size(), subject.empty() ? message : subject, request.now));
    return {};
}

}  // namespace stormglass::sns
