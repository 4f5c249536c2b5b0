// Subcommands that run as processes of their own inside the glass.
#pragma once

namespace CLI {
class App;
}

namespace stormglass::app {

void add_plane_commands(CLI::App& app, int& code);

}  // namespace stormglass::app
