// What waits to be delivered. A message is written once, and a delivery for each subscriber, in the
// transaction that accepts it: what Publish has answered survives any crash. `Deliveries` takes
// them from here.
#pragma once

#include "base/random.h"
#include "services/sns/records.h"

namespace stormglass::sns {

inline constexpr char type_notification[] = "Notification";
inline constexpr char type_confirmation[] = "SubscriptionConfirmation";
inline constexpr char type_unsubscribed[] = "UnsubscribeConfirmation";

struct MessageAttribute {
    std::string type, value;  // The value of a Binary one in base64.
};
STORMGLASS_JSON(MessageAttribute, type, value)

struct Message {
    std::string id, type, topic_arn;
    std::string subject, text;
    bool per_protocol =
        false;  // `text` is a JSON object of texts by protocol (MessageStructure json).
    std::map<std::string, MessageAttribute> attributes;
    std::string token;  // Of the two kinds of confirmation.
    base::Time time{};
};
STORMGLASS_JSON(Message, id, type, topic_arn, subject, text, per_protocol, attributes, token, time)
/// Key: {id}. Goes with its last delivery.
inline constexpr store::Table<Message> messages{"sns/message"};

struct MessageUses {
    std::uint64_t count = 0;  // Deliveries that are not over.
};
STORMGLASS_JSON(MessageUses, count)
/// Key: {id of the message}.
inline constexpr store::Table<MessageUses> message_uses{"sns/message_uses"};

/// `protocol` and `endpoint` are as they were when the message was accepted.
struct Delivery {
    std::string id, message_id, subscription_arn, protocol, endpoint;
    int attempts = 0;  // Made so far.
    base::Time due{};
    base::Time accepted{};
};
STORMGLASS_JSON(Delivery, id, message_id, subscription_arn, protocol, endpoint, attempts, due,
                accepted)
/// Key: {due in milliseconds, id}: in the order in which they are to be tried.
inline constexpr store::Table<Delivery> deliveries{"sns/delivery"};

store::Parts key_of(const Delivery& delivery);

/// What became of a message when it was accepted.
struct Accepted {
    std::size_t queued = 0, filtered_out = 0, pending = 0;
};

/// Queues `message` for every confirmed subscription of the topic whose filter lets it through.
Result<Accepted> enqueue(store::Tx& tx, base::Random& random, const Topic& topic, Message message);
/// Queues a message of one of the kinds of confirmation; makes `subscription.token`, which the
/// caller stores.
Result<void> enqueue_confirmation(store::Tx& tx, base::Random& random, std::string_view type,
                                  Subscription& subscription, base::Time now);
/// The delivery is over, well or not.
Result<void> forget(store::Tx& tx, const Delivery& delivery);

}  // namespace stormglass::sns
