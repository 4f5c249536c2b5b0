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
policy::Subject subject_of(const std::string& service, const std::string& account) {
    policy::Subject subject;
    subject.account = account;
    if (service == "autoscaling.amazonaws.com") {
        const std::string role = "AWSServiceRoleForAutoScaling";
        subject.kind = policy::SubjectKind::role_session;
        subject.role_arn = fmt::format(
            "arn:aws:iam::{}:role/aws-service-role/autoscaling.amazonaws.com/{}", account, role);
        subject.arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/AutoScaling", account, role);
        return subject;
    }
    subject.kind = policy::SubjectKind::service;
    subject.name = service;
    subject.arn = service;
    return subject;
}

Result<void> check_right(policy::PolicyCache& policies, const wire::Request& request,
                         const Topic& topic, const ServiceNotice& notice) {
    const std::string account =
        notice.source_account.empty() ? request.account : notice.source_account;
    policy::Evaluation evaluation;
    evaluation.principal = subject_of(notice.service, account);
    evaluation.action = "SNS:Publish";
    evaluation.resource = topic.arn;
    evaluation.resource_account = topic.account;
    evaluation.context = {{"aws:SourceAccount", {account}},
                          {"aws:SourceOwner", {account}},
                          {"aws:SecureTransport", {"true"}}};
    if (!notice.source_arn.empty()) evaluation.context["aws:SourceArn"] = {notice.source_arn};
    evaluation.now = request.now;
    evaluation.resource_policy = TRY(policies.get(topic.policy, policy::PolicyKind::resource));
    if (evaluation.principal.kind == policy::SubjectKind::role_session) {
        evaluation.identity_policies.push_back(
            TRY(policies.get(linked_role_policy, policy::PolicyKind::identity)));
    }
    const auto decision = policy::evaluate(evaluation);
    if (decision.allowed()) return {};
    return api::authorization_error(policy::refusal_message(evaluation, decision));
}

}  // namespace

Result<void> Service::publish(wire::Request& request, const std::string& topic_arn,
                              const std::string& subject, const std::string& message) {
    const std::string source = source_of(request);
    if (!source.empty()) {
        const std::string service = (source == "rds" ? "events.rds" : source) + ".amazonaws.com";
        TRY(publish_as_service(request, {.topic_arn = topic_arn,
                                         .service = service,
                                         .source_arn = "",
                                         .source_account = "",
                                         .subject = subject,
                                         .message = message,
                                         .attributes = {}}));
        return {};
    }
    const Topic topic = TRY(find_topic(request.tx(), TRY(parse_arn("TopicArn", topic_arn))));
    TRY(ask(request, topic, "Publish"));
    Message made;
    made.subject = subject;
    made.text = message;
    TRY(accept(request, topic, std::move(made)));
    return {};
}

Result<std::string> Service::publish_as_service(wire::Request& request,
                                                const ServiceNotice& notice) {
    const Topic topic = TRY(find_topic(request.tx(), TRY(parse_arn("TopicArn", notice.topic_arn))));
    TRY(check_right(policies_, request, topic, notice));
    if (notice.message.empty()) return api::invalid_parameter("Invalid parameter: Empty message");
    if (notice.message.size() > message_bytes_max) {
        return api::invalid_parameter("Invalid parameter: Message too long");
    }
    Message message;
    message.subject = notice.subject.substr(0, subject_max);
    message.text = notice.message;
    for (const auto& [name, value] : notice.attributes)
        message.attributes[name] = {"String", value};
    return accept(request, topic, std::move(message));
}

}  // namespace stormglass::sns
