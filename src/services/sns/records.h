// What SNS keeps: topics and subscriptions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "store/table.h"

namespace stormglass::sns {

/// AWS forgets a subscription that nobody confirmed.
inline constexpr std::chrono::hours pending_max{48};
inline constexpr std::size_t page_size = 100;

struct Topic {
    std::string account, region, name, arn;
    std::map<std::string, std::string> attributes;  // As set; what was never set is not here.
    std::string policy;
    std::map<std::string, std::string> tags;
    std::int64_t subscriptions_deleted = 0;
};
STORMGLASS_JSON(Topic, account, region, name, arn, attributes, policy, tags, subscriptions_deleted)
/// Key: {account, region, name}.
inline constexpr store::Table<Topic> topics{"sns/topic"};

struct Subscription {
    std::string id, arn, topic_arn, protocol, endpoint, owner, principal;
    std::map<std::string, std::string> attributes;
    base::Time created{};
    std::string token;  // Of the newest confirmation message.
    bool confirmed = false;
    bool authenticated = false;                // The confirmation was signed by the topic's owner.
    bool authenticate_on_unsubscribe = false;  // Who unsubscribes must sign.
};
STORMGLASS_JSON(Subscription, id, arn, topic_arn, protocol, endpoint, owner, principal, attributes,
                created, token, confirmed, authenticated, authenticate_on_unsubscribe)
/// Key: {account, region, name of the topic, id}.
inline constexpr store::Table<Subscription> subscriptions{"sns/subscription"};
/// Those that were unsubscribed, for as long as their token can bring them back. Same key.
inline constexpr store::Table<Subscription> unsubscribed{"sns/unsubscribed"};

/// "arn:aws:sns:REGION:ACCOUNT:TOPIC[:SUBSCRIPTION]" in parts.
struct Arn {
    std::string region, account, topic, subscription;
};
/// `member` names the input in AWS's error ("TopicArn").
Result<Arn> parse_arn(std::string_view member, const std::string& text);

Result<Topic> find_topic(store::Tx& tx, const Arn& arn);
void put_topic(store::Tx& tx, const Topic& topic);
void put_subscription(store::Tx& tx, const Subscription& subscription);
/// Whether it waited too long for its confirmation.
inline bool has_lapsed(const Subscription& one, base::Time now) {
    return !one.confirmed && one.created + pending_max <= now;
}
/// Those of a topic that have not run out at `now`.
Result<std::vector<Subscription>> subscriptions_of(store::Tx& tx, const Topic& topic,
                                                   base::Time now);
Result<Subscription> find_subscription(store::Tx& tx, const Arn& arn, base::Time now);

}  // namespace stormglass::sns
