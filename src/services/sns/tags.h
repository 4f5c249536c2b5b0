// Tags of topics.
#pragma once

#include <map>
#include <string>

#include "api/sns.h"

namespace stormglass::sns {

/// Adds to `tags`, checking SNS's rules.
Result<void> add_tags(std::map<std::string, std::string>& tags, const wire::List<api::Tag>& added);

}  // namespace stormglass::sns
