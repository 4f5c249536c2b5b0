// The models of all services, for coverage.
#pragma once

#include <vector>

#include "wire/operation.h"

namespace stormglass::app {

/// Sorted by name.
const std::vector<const wire::ServiceModel*>& all_models();

}  // namespace stormglass::app
