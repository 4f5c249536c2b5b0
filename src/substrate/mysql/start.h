// Bringing a server up: its process, the encryption of a fresh template copy, and being reachable.
#pragma once

#include "substrate/mysql/options.h"
#include "substrate/mysql/template.h"
#include "substrate/processes.h"

namespace stormglass::substrate::mysql {

struct StartRequest {
    const Layout& layout;
    const Engine& engine;
    const DatabaseServerSpec& spec;
    const std::map<std::string, std::string>& variables;  // Effective.
    ServerRole role;
    ServerUser user;
};

/// As Databases::start(), for translated parameters.
Result<void> start_server(Processes& processes, const StartRequest& request);

}  // namespace stormglass::substrate::mysql
