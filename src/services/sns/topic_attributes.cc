#include "services/sns/topic_attributes.h"

#include "api/sns.h"
#include "base/strings.h"
#include "services/sns/access.h"
#include "services/sns/delivery_policy.h"
#include "services/sns/service.h"
#include "services/sns/topic_policy.h"

namespace stormglass::sns {
namespace {

constexpr std::size_t display_name_max = 100;
constexpr long long sample_rate_max = 100;
constexpr std::string_view delivery_protocols[] = {"HTTP", "Firehose", "Lambda", "Application",
                                                   "SQS"};
Unexpected invalid(const std::string& what) {
    return api::invalid_parameter("Invalid parameter: " + what);
}

/// "HTTP" of "HTTPSuccessFeedbackSampleRate" with kind "SuccessFeedbackSampleRate".
bool is_feedback(std::string_view name, std::string_view kind) {
    if (!name.ends_with(kind)) return false;
    name.remove_suffix(kind.size());
    return std::ranges::find(delivery_protocols, name) != std::end(delivery_protocols);
}

Result<void> check_delivery_policy(const std::string& value) {
    const auto checked = check_topic_policy(value);
    if (!checked) return invalid("DeliveryPolicy: " + checked.error().message);
    return {};
}

Result<void> check_sample_rate(const std::string& name, const std::string& value) {
    const auto rate = base::parse_integer(value);
    if (!rate || *rate < 0 || *rate > sample_rate_max) {
        return invalid(fmt::format("{}: must be between 0 and 100", name));
    }
    return {};
}

Result<void> check_value(const std::string& name, const std::string& value) {
    if (name == "DisplayName") {
        if (value.size() > display_name_max) return invalid("DisplayName");
    } else if (name == "DeliveryPolicy") {
        if (!value.empty()) return check_delivery_policy(value);
    } else if (name == "SignatureVersion") {
        if (value != "1" && value != "2") return invalid("SignatureVersion");
    } else if (name == "TracingConfig") {
        if (value == "Active") {
            return invalid("TracingConfig Reason: Stormglass does not support Active tracing");
        }
        if (value != "PassThrough") return invalid("TracingConfig");
    } else if (is_feedback(name, "SuccessFeedbackSampleRate")) {
        return check_sample_rate(name, value);
    } else if (is_feedback(name, "SuccessFeedbackRoleArn") ||
               is_feedback(name, "FailureFeedbackRoleArn")) {
        if (!value.empty()) {
            return invalid(name + " Reason: Stormglass does not support delivery status logging");
        }
    } else if (name != "KmsMasterKeyId") {
        return invalid("AttributeName");
    }
    return {};
}

std::string effective_delivery(const Topic& topic) {
    const auto own = topic.attributes.find("DeliveryPolicy");
    return shown_topic_policy(own == topic.attributes.end() ? std::string() : own->second);
}

}  // namespace

Result<void> set_attribute(Topic& topic, const std::string& name, const std::string& value) {
    if (name == "Policy") {
        TRY(check_policy(value));
        topic.policy = value;
        return {};
    }
    TRY(check_value(name, value));
    if (value.empty()) {
        topic.attributes.erase(name);
    } else {
        topic.attributes[name] = value;
    }
    return {};
}

std::map<std::string, std::string> shown_attributes(const Topic& topic,
                                                    const SubscriptionCounts& counts) {
    auto shown = topic.attributes;
    shown.try_emplace("DisplayName", "");
    shown["EffectiveDeliveryPolicy"] = effective_delivery(topic);
    shown["Owner"] = topic.account;
    shown["Policy"] = topic.policy;
    shown["SubscriptionsConfirmed"] = std::to_string(counts.confirmed);
    shown["SubscriptionsDeleted"] = std::to_string(topic.subscriptions_deleted);
    shown["SubscriptionsPending"] = std::to_string(counts.pending);
    shown["TopicArn"] = topic.arn;
    return shown;
}

Result<api::GetTopicAttributesOutput> Service::get_topic_attributes(
    wire::Request& request, const api::GetTopicAttributesInput& input) {
    const Topic topic = TRY(open_topic(request, "TopicArn", input.topic_arn, "GetTopicAttributes"));
    SubscriptionCounts counts;
    for (const auto& one : TRY(subscriptions_of(request.tx(), topic, request.now))) {
        ++(one.confirmed ? counts.confirmed : counts.pending);
    }
    api::GetTopicAttributesOutput output;
    output.attributes = shown_attributes(topic, counts);
    return output;
}

Result<api::SetTopicAttributesOutput> Service::set_topic_attributes(
    wire::Request& request, const api::SetTopicAttributesInput& input) {
    Topic topic = TRY(open_topic(request, "TopicArn", input.topic_arn, "SetTopicAttributes"));
    TRY(set_attribute(topic, input.attribute_name, input.attribute_value.value_or("")));
    put_topic(request.tx(), topic);
    return api::SetTopicAttributesOutput{};
}

}  // namespace stormglass::sns
