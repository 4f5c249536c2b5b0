// Subscriptions: subscribe, confirm, list, unsubscribe.
#include "base/strings.h"
#include "services/common/ids.h"
#include "services/sns/access.h"
#include "services/sns/confirm.h"
#include "services/sns/service.h"
#include "services/sns/subscription_attributes.h"

namespace stormglass::sns {
namespace {

constexpr const char* pending_text = "pending confirmation";

Unexpected invalid(const std::string& what) {
    return api::invalid_parameter("Invalid parameter: " + what);
}

bool is_email(const std::string& text) {
    const auto at = text.find('@');
    return at != std::string::npos && at > 0 && at + 1 < text.size() &&
           text.find_first_of(" \t\r\n") == std::string::npos;
}

Result<void> check_endpoint(const std::string& protocol, const std::string& endpoint) {
    if (protocol == "email" || protocol == "email-json") {
        if (!is_email(endpoint)) return invalid("Email address");
        return {};
    }
    if (protocol == "http" || protocol == "https") {
        if (!endpoint.starts_with(protocol + "://")) {
            return invalid("Endpoint must match the specified protocol");
        }
        const bool plain =
            std::ranges::none_of(endpoint, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
        if (!plain || endpoint.size() == protocol.size() + 3) return invalid("Endpoint");
        return {};
    }
    static constexpr std::string_view known[] = {"sms", "sqs", "application", "lambda", "firehose"};
    if (std::ranges::find(known, protocol) == std::end(known)) {
        return invalid("Amazon SNS does not support this protocol string: " + protocol);
    }
    return invalid("Protocol Reason: Stormglass does not support protocol " + protocol);
}

api::Subscription listed(const Subscription& subscription) {
    api::Subscription shown;
    shown.subscription_arn = subscription.confirmed ? subscription.arn : "PendingConfirmation";
    shown.owner = subscription.owner;
    shown.protocol = subscription.protocol;
    shown.endpoint = subscription.endpoint;
    shown.topic_arn = subscription.topic_arn;
    return shown;
}

/// Whether what is asked for again is the same subscription; attributes left out do not differ.
Result<void> check_same(const Subscription& existing, const Subscription& wanted) {
    for (const auto& [name, value] : wanted.attributes) {
        const auto found = existing.attributes.find(name);
        if (found == existing.attributes.end() || found->second != value) {
            return invalid(
                "Attributes Reason: Subscription already exists with different attributes");
        }
    }
    return {};
}

template <class Output>
Result<Output> page_of_subscriptions(std::vector<Subscription> all,
                                     const std::optional<std::string>& token) {
    auto page = services::page_of(std::move(all), token.value_or(""), page_size);
    if (!page) return invalid("NextToken");
    Output output;
    for (const auto& one : page->items) output.subscriptions.push_back(listed(one));
    if (!page->next.empty()) output.next_token = page->next;
    return output;
}

}  // namespace

Result<api::SubscribeOutput> Service::subscribe(wire::Request& request,
                                                const api::SubscribeInput& input) {
    Subscription wanted;
    wanted.protocol = input.protocol;
    wanted.endpoint = input.endpoint.value_or("");
    const Topic topic =
        TRY(open_topic(request, "TopicArn", input.topic_arn, "Subscribe",
                       {{"sns:Protocol", {wanted.protocol}}, {"sns:Endpoint", {wanted.endpoint}}}));
    TRY(check_endpoint(wanted.protocol, wanted.endpoint));
    for (const auto& [name, value] : input.attributes) {
        auto set = set_subscription_attribute(wanted, name, value);
        if (!set) {
            // "Invalid parameter: X" of a single attribute is "Attributes Reason: X" here.
            std::string reason = set.error().message.substr(sizeof("Invalid parameter: ") - 1);
            return invalid("Attributes Reason: " + reason);
        }
    }
    const auto answer = [&](const Subscription& one) {
        const bool shown = one.confirmed || input.return_subscription_arn.value_or(false);
        return api::SubscribeOutput{shown ? one.arn : pending_text};
    };
    for (auto& existing : TRY(subscriptions_of(request.tx(), topic, request.now))) {
        if (existing.protocol != wanted.protocol || existing.endpoint != wanted.endpoint) continue;
        TRY(check_same(existing, wanted));
        if (existing.confirmed) return answer(existing);
        // Asked for again: another message with a new token, since the first may be lost.
        existing.created = request.now;
        TRY(enqueue_confirmation(request.tx(), random_, type_confirmation, existing, request.now));
        put_subscription(request.tx(), existing);
        return answer(existing);
    }
    wanted.id = random_.uuid();
    wanted.arn = topic.arn + ":" + wanted.id;
    wanted.topic_arn = topic.arn;
    wanted.owner = request.account;
    wanted.principal = request.principal.arn;
    wanted.created = request.now;
    TRY(enqueue_confirmation(request.tx(), random_, type_confirmation, wanted, request.now));
    put_subscription(request.tx(), wanted);
    timeline_.add(
        {request.now, "notification", topic.arn,
         fmt::format("{} {} subscribed; it is asked to confirm", wanted.protocol, wanted.endpoint),
         request.region});
    return answer(wanted);
}

Result<api::ConfirmSubscriptionOutput> Service::confirm_subscription(
    wire::Request& request, const api::ConfirmSubscriptionInput& input) {
    const std::string& token = input.token;
    const bool hex = token.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!hex) return api::invalid_parameter("Invalid token");
    const std::string wanted = base::to_lower(input.authenticate_on_unsubscribe.value_or(""));
    const auto confirmed = TRY(confirm(
        request.tx(), {input.topic_arn, token, Signed::yes, wanted == "true"}, request.now));
    timeline_.add(
        {request.now, "notification", confirmed.topic_arn,
         fmt::format("{} {} confirmed its subscription", confirmed.protocol, confirmed.endpoint),
         request.region});
    return api::ConfirmSubscriptionOutput{confirmed.arn};
}

Result<api::UnsubscribeOutput> Service::unsubscribe(wire::Request& request,
                                                    const api::UnsubscribeInput& input) {
    const Arn arn = TRY(parse_arn("SubscriptionArn", input.subscription_arn));
    TRY(end_subscription(request.tx(), random_, arn, Signed::yes, request.now));
    return api::UnsubscribeOutput{};
}

Result<api::ListSubscriptionsOutput> Service::list_subscriptions(
    wire::Request& request, const api::ListSubscriptionsInput& input) {
    std::vector<Subscription> all;
    for (const auto& topic : TRY(topics.all(request.tx(), {request.account, request.region}))) {
        for (auto& one : TRY(subscriptions_of(request.tx(), topic, request.now))) {
            all.push_back(std::move(one));
        }
    }
    return page_of_subscriptions<api::ListSubscriptionsOutput>(std::move(all), input.next_token);
}

Result<api::ListSubscriptionsByTopicOutput> Service::list_subscriptions_by_topic(
    wire::Request& request, const api::ListSubscriptionsByTopicInput& input) {
    const Topic topic =
        TRY(open_topic(request, "TopicArn", input.topic_arn, "ListSubscriptionsByTopic"));
    return page_of_subscriptions<api::ListSubscriptionsByTopicOutput>(
        TRY(subscriptions_of(request.tx(), topic, request.now)), input.next_token);
}

}  // namespace stormglass::sns
