// The daemon's end of the status pipe of boot_config.h.
#pragma once

#include "base/result.h"

namespace stormglass::substrate {

/// Waits until the init has reported both its pid and that its root is built; returns the pid, as
/// the daemon's pid namespace numbers it. What the init reports as an error is the error.
Result<int> await_ready(int status_fd);

}  // namespace stormglass::substrate
