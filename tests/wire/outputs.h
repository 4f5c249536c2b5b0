// The services by name, for tests that go through all of them.
#pragma once

#include <memory>
#include <string_view>

#include "wire/operation.h"

namespace stormglass {

/// Null when there is no such service.
const wire::ServiceModel* model_of(std::string_view service);
/// An empty output of the operation, of its generated type; null when there is no such operation.
std::shared_ptr<void> make_output(std::string_view service, std::string_view operation);

}  // namespace stormglass
