// The door to a balancer node: `stormglass lb --config FILE [--status FILE]`.
#pragma once

#include <string>

namespace stormglass::lb {

struct Options {
    std::string config_path;
    std::string status_path;  // Empty = none.
    std::string log_level = "info";
};

/// Serves until SIGTERM or SIGINT, then lets running requests end (a few seconds at most). Returns
/// the process's exit code: 0 after a signal, 1 when it could not start (reason on stderr).
int run_lb(const Options& options);

}  // namespace stormglass::lb
