// The command behind `stormglass gameday`. Exit codes: 0 all objectives met, 1 not all (or it could not run), 2 the
// script is wrong.
#pragma once

#include <string>

namespace stormglass::app {

struct GamedayOptions {
    std::string data_dir, script, ca_file, json_file, html_file;
    bool json = false;
};

int command_gameday(const GamedayOptions& options);

}  // namespace stormglass::app
