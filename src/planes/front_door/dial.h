// Sockets made inside another network namespace: the calling thread steps in, makes one, steps out.
#pragma once

#include <string>

#include "base/file.h"
#include "base/result.h"

namespace stormglass::front_door {

struct DialFrom {
    std::string network_namespace;  // Path; empty = the thread's own.
    std::string source_address;     // Empty = the kernel's choice.
};

/// A non-blocking socket that connects to the IPv4 address from there.
Result<base::UniqueFd> dial(const DialFrom& from, const std::string& address, int port);

}  // namespace stormglass::front_door
