// What root in an instance may not do: it is the host's root with most of its powers taken away.
// Applies to the calling thread and what it starts; cannot be undone.
#pragma once

#include "base/result.h"

namespace stormglass::substrate {

/// Drops all capabilities but a container's usual ones, from every set and the bounding set.
Result<void> drop_capabilities();
/// Refuses system calls that reach the kernel's shared parts (modules, mounts, namespaces, keys,
/// BPF, clocks, reboot...) with EPERM. Call it before drop_capabilities(): it needs SYS_ADMIN, so
/// that it need not set no_new_privs, which would break sudo.
Result<void> restrict_system_calls();
/// Both, in that order, and hides /proc/PID of the caller from the instance.
Result<void> confine();

}  // namespace stormglass::substrate
