// /proc, /sys, /dev and /run of an instance.
#pragma once

#include <string>

#include "base/result.h"

namespace stormglass::substrate {

/// A /proc of the caller's pid namespace without what tells about, or changes, the host.
Result<void> mount_proc(const std::string& root);
/// A read-only /sys of the caller's network namespace.
Result<void> mount_sys(const std::string& root);
/// A few harmless devices, pts, shm and mqueue.
Result<void> mount_dev(const std::string& root);
Result<void> mount_run(const std::string& root);

}  // namespace stormglass::substrate
