// The attributes of a subscription.
#pragma once

#include "services/sns/records.h"

namespace stormglass::sns {

/// Checks and sets one. Errors begin with "Invalid parameter: ".
Result<void> set_subscription_attribute(Subscription& subscription, const std::string& name,
                                        const std::string& value);

}  // namespace stormglass::sns
