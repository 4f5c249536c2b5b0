#include "app/planes.h"

#include <CLI/CLI.hpp>

#include "app/cli.h"
#include "base/log.h"
#include "planes/front_door/run.h"
#include "planes/lb/run.h"
#include "planes/vpc/services.h"

namespace stormglass::app {
namespace {

struct PlaneOptions {
    std::string config, status, log_level = "info";
};

CLI::App* add_plane(CLI::App& app, const char* name, const char* what, PlaneOptions& options) {
    auto* plane = app.add_subcommand(name, what);
    plane->group("");  // Not for people: left out of --help.
    plane->add_option("--config", options.config)->required();
    plane->add_option("--status", options.status);
    plane->add_option("--log-level", options.log_level);
    return plane;
}

}  // namespace

void add_plane_commands(CLI::App& app, int& code) {
    static PlaneOptions options;  // The callbacks outlive this call; one plane runs per process.
    auto* lb = add_plane(app, "lb", "A balancer node: serves a configuration file", options);
    lb->group("Subcommands");  // Useful alone: `stormglass lb --config FILE`.
    lb->callback([&code] {
        code = lb::run_lb({options.config, options.status, options.log_level});
    });
    add_plane(app, "front-door", "Host loopback to balancer nodes", options)->callback([&code] {
        code = front_door::run_front_door({options.config, options.status, options.log_level});
    });
    add_plane(app, "vpc-services", "Resolver and metadata of one VPC", options)->callback([&code] {
        base::start_logging("vpc-services", options.log_level);
        const auto outcome = vpc::run_vpc_services({options.config, options.status});
        code = outcome ? exit_done : complain(outcome.error().message);
    });
}

}  // namespace stormglass::app
