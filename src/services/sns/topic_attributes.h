// The attributes of a topic: which may be set, to what, and how all of them read back.
#pragma once

#include "services/sns/records.h"

namespace stormglass::sns {

/// Checks and sets one attribute of `topic`. Errors say "Invalid parameter: ...".
Result<void> set_attribute(Topic& topic, const std::string& name, const std::string& value);
/// Everything GetTopicAttributes shows.
struct SubscriptionCounts {
    std::size_t confirmed = 0, pending = 0;
};
std::map<std::string, std::string> shown_attributes(const Topic& topic,
                                                    const SubscriptionCounts& counts);

}  // namespace stormglass::sns
