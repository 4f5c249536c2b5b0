// A terminal of an instance's own, and the relay between it and the operator's.
#pragma once

#include <sys/types.h>

#include "base/file.h"

namespace stormglass::substrate {

struct Terminal {
    base::UniqueFd master, slave;
};

/// Made in the devpts of the instance whose init is `init_pid`, so that `tty` inside names it.
Result<Terminal> open_terminal(int init_pid);
/// Copies keys to the master and output from it until `child` ends; the operator's terminal is raw
/// meanwhile, and its size is passed on. Returns the wait status of `child`.
int relay_terminal(const base::UniqueFd& master, pid_t child);

}  // namespace stormglass::substrate
