#include "services/sns/records.h"

#include "api/sns.h"
#include "base/strings.h"

namespace stormglass::sns {
namespace {

constexpr std::size_t topic_parts = 6, subscription_parts = 7;

}  // namespace

Result<Arn> parse_arn(std::string_view member, const std::string& text) {
    const auto parts = base::split(text, ':');
    if (parts.size() < topic_parts) {
        return api::invalid_parameter(fmt::format(
            "Invalid parameter: {} Reason: An ARN must have at least 6 elements, not {}", member,
            parts.size()));
    }
    if (parts[0] != "arn" || parts[2] != "sns" || parts.size() > subscription_parts) {
        return api::invalid_parameter(fmt::format("Invalid parameter: {}", member));
    }
    Arn arn{parts[3], parts[4], parts[5], {}};
    if (parts.size() == subscription_parts) arn.subscription = parts[6];
    return arn;
}

Result<Topic> find_topic(store::Tx& tx, const Arn& arn) {
    auto topic = TRY(topics.get(tx, {arn.account, arn.region, arn.topic}));
    if (!topic || !arn.subscription.empty()) return api::not_found("Topic does not exist");
    return std::move(*topic);
}

void put_topic(store::Tx& tx, const Topic& topic) {
    topics.put(tx, {topic.account, topic.region, topic.name}, topic);
}

void put_subscription(store::Tx& tx, const Subscription& subscription) {
    const auto arn = parse_arn("SubscriptionArn", subscription.arn);
    if (!arn) return;  // Not of our making.
    subscriptions.put(tx, {arn->account, arn->region, arn->topic, arn->subscription}, subscription);
}

Result<std::vector<Subscription>> subscriptions_of(store::Tx& tx, const Topic& topic,
                                                   base::Time now) {
    auto all = TRY(subscriptions.all(tx, {topic.account, topic.region, topic.name}));
    std::erase_if(all, [&](const Subscription& one) { return has_lapsed(one, now); });
    return all;
}

Result<Subscription> find_subscription(store::Tx& tx, const Arn& arn, base::Time now) {
    auto found = TRY(subscriptions.get(tx, {arn.account, arn.region, arn.topic, arn.subscription}));
    if (!found || has_lapsed(*found, now)) {
        return api::not_found("Subscription does not exist");
    }
    return std::move(*found);
}

}  // namespace stormglass::sns
