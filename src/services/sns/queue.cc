#include "services/sns/queue.h"

#include <fmt/format.h>

#include "services/sns/filter_policy.h"

namespace stormglass::sns {
namespace {

constexpr std::size_t token_digits = 226;  // As long as AWS's.

void put_delivery(store::Tx& tx, base::Random& random, const Message& message,
                  const Subscription& to) {
    const Delivery delivery{random.uuid(), message.id,     to.arn,       to.protocol,
                            to.endpoint,   /*attempts=*/0, message.time, message.time};
    deliveries.put(tx, key_of(delivery), delivery);
}

/// A policy that no longer reads lets nothing through: it was checked when it was set.
Result<bool> lets_through(const Subscription& subscription, const Message& message) {
    const auto text = subscription.attributes.find("FilterPolicy");
    if (text == subscription.attributes.end()) return true;
    const auto scope = subscription.attributes.find("FilterPolicyScope");
    const bool body = scope != subscription.attributes.end() && scope->second == "MessageBody";
    const auto policy = TRY(FilterPolicy::parse(text->second));
    return body ? policy.matches_body(message.text) : policy.matches_attributes(message.attributes);
}

}  // namespace

store::Parts key_of(const Delivery& delivery) {
    return {fmt::format("{:016}", delivery.due.time_since_epoch().count()), delivery.id};
}

Result<Accepted> enqueue(store::Tx& tx, base::Random& random, const Topic& topic, Message message) {
    Accepted accepted;
    for (const auto& one : TRY(subscriptions_of(tx, topic, message.time))) {
        if (!one.confirmed) {
            ++accepted.pending;
        } else if (!TRY(lets_through(one, message))) {
            ++accepted.filtered_out;
        } else {
            put_delivery(tx, random, message, one);
            ++accepted.queued;
        }
    }
    if (accepted.queued > 0) {
        messages.put(tx, {message.id}, message);
        message_uses.put(tx, {message.id}, {accepted.queued});
    }
    return accepted;
}

Result<void> enqueue_confirmation(store::Tx& tx, base::Random& random, std::string_view type,
                                  Subscription& subscription, base::Time now) {
    subscription.token = random.hex(token_digits);
    Message message;
    message.id = random.uuid();
    message.type = type;
    message.topic_arn = subscription.topic_arn;
    message.token = subscription.token;
    message.time = now;
    message.text =
        type == type_confirmation
            ? fmt::format(
                  "You have chosen to subscribe to the topic {}.\nTo confirm the subscription, "
                  "visit the SubscribeURL included in this message.",
                  subscription.topic_arn)
            : fmt::format(
                  "You have chosen to deactivate subscription {}.\nTo cancel this operation and "
                  "restore the subscription, visit the SubscribeURL included in this message.",
                  subscription.arn);
    messages.put(tx, {message.id}, message);
    message_uses.put(tx, {message.id}, {1});
    put_delivery(tx, random, message, subscription);
    return {};
}

Result<void> forget(store::Tx& tx, const Delivery& delivery) {
    deliveries.erase(tx, key_of(delivery));
    const auto uses = TRY(message_uses.get(tx, {delivery.message_id}));
    if (uses && uses->count > 1) {
        message_uses.put(tx, {delivery.message_id}, {uses->count - 1});
        return {};
    }
    message_uses.erase(tx, {delivery.message_id});
    messages.erase(tx, {delivery.message_id});
    return {};
}

}  // namespace stormglass::sns
