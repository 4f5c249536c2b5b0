// The door to the front door: `stormglass front-door --config FILE [--status FILE]`.
#pragma once

#include <string>

namespace stormglass::front_door {

struct Options {
    std::string config_path;
    std::string status_path;  // Empty = none.
    std::string log_level = "info";
};

/// Serves until SIGTERM or SIGINT. Returns the process's exit code: 0 after a signal, 1 when it
/// could not start (reason on stderr).
int run_front_door(const Options& options);

}  // namespace stormglass::front_door
