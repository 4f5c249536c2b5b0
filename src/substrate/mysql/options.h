// The server's command line: what is fixed (encryption, replication, where files lie), what follows
// from the instance class, and what the parameter group says over that.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "substrate/databases.h"
#include "substrate/mysql/engine.h"

namespace stormglass::substrate::mysql {

/// What holds unless the parameter group says otherwise: MySQL 8.0's defaults where MariaDB's
/// differ, and sizes from the class's memory.
std::map<std::string, std::string> base_variables(const DatabaseServerSpec& spec);

/// base_variables() under the group's `variables` (parameters.h).
std::map<std::string, std::string> effective_variables(
    const DatabaseServerSpec& spec, const std::map<std::string, std::string>& variables);

struct StartOptions {
    ServerRole role = ServerRole::primary;
    Synchronous synchronous = Synchronous::off;
};

/// argv of the server; `variables` are the effective ones.
std::vector<std::string> server_command(const Engine& engine, const DatabaseServerSpec& spec,
                                        const std::map<std::string, std::string>& variables,
                                        const StartOptions& options);

}  // namespace stormglass::substrate::mysql
