// The policy of a topic: the default one, and the check of those that callers bring.
#pragma once

#include <string>

#include "base/result.h"
#include "services/sns/records.h"

namespace stormglass::sns {

std::string default_policy(const Topic& topic);
Result<void> check_policy(const std::string& text);

}  // namespace stormglass::sns
