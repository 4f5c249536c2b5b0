// `stormglass status` for people.
#pragma once

#include <string>

#include "base/json.h"

namespace stormglass::app {

std::string status_text(const base::Json& status);

}  // namespace stormglass::app
