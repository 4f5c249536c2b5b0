// Asks the VPC's resolver for a name's address, anew each time: what an application that survives a
// failover does.
#pragma once

#include <optional>
#include <string>

namespace stormglass::failover {

/// From 169.254.169.253, in this process's network namespace; nothing when there is no answer.
std::optional<std::string> resolve(const std::string& name);

}  // namespace stormglass::failover
