// What a token or a link does to a subscription.
#pragma once

#include "base/random.h"
#include "services/sns/records.h"

namespace stormglass::sns {

enum class Signed { no, yes };  // Whether the topic's owner signed the request.

struct Confirmation {
    std::string topic_arn, token;
    Signed by_owner = Signed::no;
    bool authenticate_on_unsubscribe = false;
};
/// The subscription, confirmed. Errors are SNS's for a topic or token that is unknown or has run
/// out.
Result<Subscription> confirm(store::Tx& tx, const Confirmation& wanted, base::Time now);
/// Ends a confirmed subscription and tells its endpoint, which may change its mind. Absent is fine.
Result<void> end_subscription(store::Tx& tx, base::Random& random, const Arn& arn, Signed by_owner,
                              base::Time now);

}  // namespace stormglass::sns
