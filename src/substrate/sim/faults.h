// How a simulation makes the substrate fail: every simulated call asks first.
#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"

namespace stormglass::substrate {

/// Given a call's name and its subject ("network.apply", "vpc-1"), says whether it fails now. An
/// empty function never fails anything. Called with no lock of ours held.
using FaultHook = std::function<Result<void>(std::string_view call, std::string_view subject)>;

}  // namespace stormglass::substrate
