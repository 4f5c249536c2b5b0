// Expressions applied to items.
#pragma once

#include <vector>

#include "services/dynamodb/expression.h"

namespace stormglass::dynamodb {

/// The value at the path, or null.
const Value* find_path(const Item& item, const Path& path);
bool holds(const Node& condition, const Item& item);
/// Only what the paths name.
Item project(const Item& item, const std::vector<Path>& paths);
Result<void> apply_update(const std::vector<UpdateClause>& clauses, Item& item);

}  // namespace stormglass::dynamodb
