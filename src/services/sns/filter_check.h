// The check of a filter policy's form, when it is set.
#pragma once

#include "base/json.h"

namespace stormglass::sns {

/// Errors are texts that belong behind "FilterPolicy: ".
Result<void> check_filter(const base::Json& policy);
/// A "$or" that means alternatives: a list of at least two objects.
bool is_alternatives(const std::string& key, const base::Json& value);

}  // namespace stormglass::sns
