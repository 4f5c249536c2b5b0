// The death of the daemon in the middle of whatever it does. Thrown by the hooks of the simulated
// substrate and store, caught by World alone, which drops all that was in memory. It is no
// std::exception, so that no adapter takes it for a library's.
#pragma once

namespace stormglass::sim {

struct Crash {};

}  // namespace stormglass::sim
