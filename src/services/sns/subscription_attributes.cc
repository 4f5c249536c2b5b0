#include "services/sns/subscription_attributes.h"

#include "services/sns/delivery_policy.h"
#include "services/sns/filter_policy.h"
#include "services/sns/service.h"

namespace stormglass::sns {
namespace {

Unexpected invalid(const std::string& what) {
    return api::invalid_parameter("Invalid parameter: " + what);
}

Result<void> check_filter_policy(const std::string& value) {
    const auto policy = FilterPolicy::parse(value);
    if (!policy) return invalid("FilterPolicy: " + policy.error().message);
    return {};
}

Result<void> check_value(const std::string& name, const std::string& value) {
    if (name == "RawMessageDelivery") {
        if (value != "true" && value != "false") {
            return invalid(fmt::format(
                "RawMessageDelivery: Invalid value [{}]. Must be true or false.", value));
        }
    } else if (name == "FilterPolicy") {
        if (!value.empty() && value != "{}") return check_filter_policy(value);
    } else if (name == "FilterPolicyScope") {
        if (value != "MessageAttributes" && value != "MessageBody") {
            return invalid(
                fmt::format("FilterPolicyScope: Invalid value [{}]. Please use either "
                            "MessageBody or MessageAttributes",
                            value));
        }
    } else if (name == "DeliveryPolicy") {
        if (value.empty()) return {};
        const auto checked = check_subscription_policy(value);
        if (!checked) return invalid("DeliveryPolicy: " + checked.error().message);
    } else if (name == "RedrivePolicy" || name == "SubscriptionRoleArn" || name == "ReplayPolicy") {
        return invalid(name + ": Stormglass does not support " + name);
    } else {
        return invalid("AttributeName");
    }
    return {};
}

}  // namespace

Result<void> set_subscription_attribute(Subscription& subscription, const std::string& name,
                                        const std::string& value) {
    TRY(check_value(name, value));
    if (name == "RawMessageDelivery" && value == "true" &&
        !subscription.protocol.starts_with("http")) {
        return invalid(fmt::format("Delivery protocol [{}] does not support raw message delivery.",
                                   subscription.protocol));
    }
    if (value.empty()) {
        subscription.attributes.erase(name);
    } else {
        subscription.attributes[name] = value;
    }
    return {};
}

Result<api::GetSubscriptionAttributesOutput> Service::get_subscription_attributes(
    wire::Request& request, const api::GetSubscriptionAttributesInput& input) {
    const Arn arn = TRY(parse_arn("SubscriptionArn", input.subscription_arn));
    const Subscription found = TRY(find_subscription(request.tx(), arn, request.now));
    auto shown = found.attributes;
    shown.try_emplace("RawMessageDelivery", "false");
    if (found.protocol.starts_with("http")) {
        const auto own = found.attributes.find("DeliveryPolicy");
        const auto topic = TRY(topics.get(request.tx(), {arn.account, arn.region, arn.topic}));
        const std::string of_topic = topic && topic->attributes.contains("DeliveryPolicy")
                                         ? topic->attributes.at("DeliveryPolicy")
                                         : std::string();
        const std::string text = own == found.attributes.end() ? std::string() : own->second;
        if (!text.empty()) shown["DeliveryPolicy"] = shown_subscription_policy(text);
        shown["EffectiveDeliveryPolicy"] = shown_effective_policy(of_topic, text);
    }
    if (shown.contains("FilterPolicy")) shown.try_emplace("FilterPolicyScope", "MessageAttributes");
    shown["ConfirmationWasAuthenticated"] = found.authenticated ? "true" : "false";
    shown["Endpoint"] = found.endpoint;
    shown["Owner"] = found.owner;
    shown["PendingConfirmation"] = found.confirmed ? "false" : "true";
    shown["Protocol"] = found.protocol;
    shown["SubscriptionArn"] = found.arn;
    shown["SubscriptionPrincipal"] = found.principal;
    shown["TopicArn"] = found.topic_arn;
    api::GetSubscriptionAttributesOutput output;
    output.attributes = shown;
    return output;
}

Result<api::SetSubscriptionAttributesOutput> Service::set_subscription_attributes(
    wire::Request& request, const api::SetSubscriptionAttributesInput& input) {
    const Arn arn = TRY(parse_arn("SubscriptionArn", input.subscription_arn));
    Subscription found = TRY(find_subscription(request.tx(), arn, request.now));
    TRY(set_subscription_attribute(found, input.attribute_name,
                                   input.attribute_value.value_or("")));
    subscriptions.put(request.tx(), {arn.account, arn.region, arn.topic, arn.subscription}, found);
    return api::SetSubscriptionAttributesOutput{};
}

}  // namespace stormglass::sns
