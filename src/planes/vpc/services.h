// The entry point of a VPC's services process: resolver and instance metadata.
#pragma once

#include <string>

#include "base/result.h"

namespace stormglass::vpc {

struct ServicesOptions {
    std::string config_path;  // A Config as JSON.
    std::string status_path;  // A Status as JSON, 0600.
};

/// Runs until SIGTERM or SIGINT; reads the configuration again at SIGHUP (a bad one is reported in
/// the status and the old one stays). To be started inside the VPC's router namespace. Fails only
/// when it cannot start: no configuration, or an address that cannot be bound.
Result<void> run_vpc_services(const ServicesOptions& options);

}  // namespace stormglass::vpc
