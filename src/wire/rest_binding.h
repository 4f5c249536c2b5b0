// What the rest protocols share: members that travel outside the body, as text in the path, the
// query string or a header.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/body/problems.h"

namespace stormglass::wire {

using QueryPairs = std::vector<std::pair<std::string, std::string>>;

/// The query string's pairs, decoded; a name without '=' has an empty value.
QueryPairs parse_query(std::string_view query);
/// Sets the member of the structure at `object` from its text. What the text is not (a number, a
/// time) and what is out of the model's bounds goes to `problems`.
Result<void> set_scalar(const Member& member, std::string_view text, void* object,
                        Problems& problems);

}  // namespace stormglass::wire
