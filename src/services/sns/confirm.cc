#include "services/sns/confirm.h"

#include "api/sns.h"
#include "services/sns/queue.h"

namespace stormglass::sns {
namespace {

Unexpected invalid(const std::string& what) {
    return api::invalid_parameter("Invalid parameter: " + what);
}

Result<std::optional<Subscription>> find_by_token(store::Tx& tx,
                                                  const store::Table<Subscription>& table,
                                                  const Topic& topic, const std::string& token) {
    std::optional<Subscription> found;
    TRY(table.scan(tx, {topic.account, topic.region, topic.name}, [&](Subscription& one) {
        if (one.token != token) return store::Step::next;
        found = std::move(one);
        return store::Step::stop;
    }));
    return found;
}

}  // namespace

Result<Subscription> confirm(store::Tx& tx, const Confirmation& wanted, base::Time now) {
    const Arn arn = TRY(parse_arn("TopicArn", wanted.topic_arn));
    const auto topic = find_topic(tx, arn);
    if (!topic || wanted.token.empty()) return invalid("Token");
    auto found = TRY(find_by_token(tx, subscriptions, *topic, wanted.token));
    if (!found) {  // Perhaps one that was unsubscribed and comes back.
        found = TRY(find_by_token(tx, unsubscribed, *topic, wanted.token));
        if (!found || found->created + pending_max <= now) return invalid("Token");
        unsubscribed.erase(tx, {topic->account, topic->region, topic->name, found->id});
    }
    if (has_lapsed(*found, now)) return invalid("Token");
    if (found->confirmed && found->authenticate_on_unsubscribe && wanted.by_owner == Signed::no) {
        return std::move(*found);
    }
    found->confirmed = true;
    found->authenticated = found->authenticated || wanted.by_owner == Signed::yes;
    if (wanted.by_owner == Signed::yes) {
        found->authenticate_on_unsubscribe = wanted.authenticate_on_unsubscribe;
    }
    put_subscription(tx, *found);
    return std::move(*found);
}

Result<void> end_subscription(store::Tx& tx, base::Random& random, const Arn& arn, Signed by_owner,
                              base::Time now) {
    auto found = find_subscription(tx, arn, now);
    if (!found) return {};
    if (!found->confirmed) {
        return invalid("Cannot unsubscribe a subscription that is pending confirmation");
    }
    if (found->authenticate_on_unsubscribe && by_owner == Signed::no) {
        return api::authorization_error(
            "The unsubscribe request must be signed by the topic or subscription owner");
    }
    const store::Parts key{arn.account, arn.region, arn.topic, arn.subscription};
    subscriptions.erase(tx, key);
    auto topic = TRY(topics.get(tx, {arn.account, arn.region, arn.topic}));
    if (topic) {
        ++topic->subscriptions_deleted;
        put_topic(tx, *topic);
    }
    if (!found->protocol.starts_with("http")) return {};
    TRY(enqueue_confirmation(tx, random, type_unsubscribed, *found, now));
    found->created = now;  // From now on counts how long the token lives.
    found->confirmed = false;
    unsubscribed.put(tx, key, *found);
    return {};
}

}  // namespace stormglass::sns
