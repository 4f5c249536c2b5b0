// Which server program serves engine `mysql` on this machine, and as which user it runs.
#pragma once

#include <map>
#include <string>

#include "base/result.h"

namespace stormglass::substrate::mysql {

struct Engine {
    std::string program;  // Path of the server.
    std::string version;  // "10.11.19"
};

/// MariaDB's server. A machine that has only Oracle's MySQL gets a clear error: its encryption and
/// replication settings differ throughout, and this driver does not speak them.
Result<Engine> find_engine();

/// Every option and variable that this server knows, with its default: as `--help --verbose` lists
/// them, with '_' for '-'.
Result<std::map<std::string, std::string>> known_variables(const Engine& engine);
/// The list in the output of `--help --verbose`.
std::map<std::string, std::string> parse_variables(std::string_view help);

/// Whom the server runs as: `mysql` where the package made it, else `nobody`.
struct ServerUser {
    unsigned uid = 0, gid = 0;
};
Result<ServerUser> server_user();

}  // namespace stormglass::substrate::mysql
