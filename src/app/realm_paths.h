// Where a data directory's things are, and what a running daemon tells about itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "substrate/realm.h"

namespace stormglass::app {

inline constexpr char version[] = "0.1.0";

/// Written to DATA_DIR/daemon.json (0600) once the daemon is ready; removed when it ends well.
struct DaemonFacts {
    int pid = 0;
    std::string endpoint;  // "http://127.0.0.1:4566"
    std::string region, account_id;
    int http_port = 80, https_port = 443;
};
STORMGLASS_JSON(DaemonFacts, pid, endpoint, region, account_id, http_port, https_port)

struct RootCredentials {
    std::string access_key_id, secret_access_key;
};
STORMGLASS_JSON(RootCredentials, access_key_id, secret_access_key)

/// $STORMGLASS_HOME, else ~/.stormglass.
std::string default_data_dir();
/// Makes the directory; its real path decides the realm's id, so that a symlink is the same realm.
Result<substrate::Realm> realm_of(const std::string& data_dir);
/// As above without making anything; for commands that only look.
substrate::Realm look_at_realm(const std::string& data_dir);

std::string daemon_facts_path(const std::string& data_dir);
std::string root_credentials_path(const std::string& data_dir);
/// Of the daemon that runs now (its pid is checked against the directory's lock).
std::optional<DaemonFacts> running_daemon(const std::string& data_dir);

}  // namespace stormglass::app
