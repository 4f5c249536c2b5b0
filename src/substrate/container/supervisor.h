// Process 1 of an instance: runs the boot scripts, reaps every orphan, copies all output to the
// console, and ends the instance on SIGTERM.
#pragma once

#include <string>

#include "substrate/container/console.h"
#include "substrate/container/user_data.h"

namespace stormglass::substrate {

/// Blocks until the instance is shut down; returns its exit status.
int supervise(ConsoleLog& console, const BootPlan& plan, const std::string& instance_id);

}  // namespace stormglass::substrate
