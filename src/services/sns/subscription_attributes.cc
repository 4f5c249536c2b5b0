#include "services/sns/subscription_attributes.h"

#include "services/sns/service.h"

namespace stormglass::sns {
namespace {

constexpr std::size_t filter_keys_max = 5;

Unexpected invalid(const std::string& what) {
    return api::invalid_parameter("Invalid parameter: " + what);
}

Result<void> check_filter_policy(const std::string& value) {
    const auto json = base::parse_json(value);
    if (!json || !json->is_object()) return invalid("FilterPolicy: failed to parse JSON.");
    if (json->size() > filter_keys_max) {
        return invalid("FilterPolicy: Filter policy can not have more than 5 keys");
    }
    for (const auto& [key, rules] : json->items()) {
        if (!rules.is_object() && !rules.is_array()) {
            return invalid(fmt::format("FilterPolicy: \"{}\" must be an object or an array", key));
        }
    }
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
        const auto json = base::parse_json(value);
        if (!value.empty() && (!json || !json->is_object())) {
            return invalid("DeliveryPolicy: failed to parse JSON.");
        }
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
    if (shown.contains("FilterPolicy")) shown.try_emplace("FilterPolicyScope", "MessageAttributes");
    shown["ConfirmationWasAuthenticated"] = "false";
    shown["Endpoint"] = found.endpoint;
    shown["Owner"] = found.owner;
    shown["PendingConfirmation"] = "true";
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
