// Database servers: one MySQL-compatible server process per zone, on an encrypted data directory.
// The caller (the rds reconciler) decides who is primary; this layer only does what it is told and
// says what it observes. Promotion, fencing and rejoining are separate steps so that a crash between
// any two of them can be resumed.
// Threading: any thread; calls for one server are serialised.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace stormglass::substrate {

struct DatabaseServerSpec {
    std::string id;                  // "db-<resource id>-1" / "-2": also the process and folder name.
    std::string network_namespace;   // The attachment's, already there.
    std::string address;             // Where clients connect, in the VPC.
    std::uint16_t port = 3306;
    std::string backplane_address;   // Where the other server replicates from; empty = Single-AZ.
    std::uint32_t server_id = 1;     // Unique within the pair.
    std::map<std::string, std::string> parameters;  // Of the parameter group, as my.cnf takes them.
    int cpu_millicores = 1000;
    std::int64_t memory_bytes = 0;   // Of the instance class; sizes the buffer pool and the cgroup.
    std::int64_t storage_bytes = 0;
    std::string encryption_key;      // 32 bytes. Never written to disk in the clear.
};

struct DatabaseCredentials {
    std::string master_username, master_password;
    std::string replication_password;  // Of the internal replication user.
    std::string initial_database;      // Created if not empty.
};

enum class ServerRole { primary, standby };
struct DatabaseServerState {
    bool running = false;    // The process is there.
    bool answers = false;    // It answered a query just now.
    int pid = 0;
    ServerRole role = ServerRole::primary;  // By its own read_only / replication state.
    bool replicating = false;               // Standby: both replication threads run.
    bool synchronous = false;               // Primary: a semi-synchronous standby is connected.
    std::optional<std::int64_t> lag_seconds;
    std::string gtid_position;
    std::string version;     // "10.11.x-MariaDB"
};

class Databases {
public:
    virtual ~Databases() = default;
    /// "mariadb" or "mysql", with its version: which server program serves engine `mysql` here.
    virtual Result<std::string> engine_version() = 0;
    /// Makes an empty, encrypted data directory from the template; nothing if it is there.
    virtual Result<void> create_data(const DatabaseServerSpec& spec) = 0;
    /// Copies a running primary's data (consistent, with its GTID position) for a new standby.
    virtual Result<void> clone_data(const DatabaseServerSpec& from, const DatabaseServerSpec& to) = 0;
    virtual Result<void> start(const DatabaseServerSpec& spec, ServerRole role) = 0;
    /// Users, initial database; on the primary only. Repeating it changes the password.
    virtual Result<void> set_credentials(const DatabaseServerSpec& spec,
                                         const DatabaseCredentials& credentials) = 0;
    virtual Result<void> replicate_from(const DatabaseServerSpec& standby,
                                        const DatabaseServerSpec& primary,
                                        const std::string& replication_password) = 0;
    /// Applies what is received, stops replication, accepts writes.
    virtual Result<void> promote(const DatabaseServerSpec& spec) = 0;
    /// Sets dynamic parameters now; the names that need a restart come back.
    virtual Result<std::vector<std::string>> apply_parameters(const DatabaseServerSpec& spec) = 0;
    virtual Result<DatabaseServerState> observe(const DatabaseServerSpec& spec) = 0;
    virtual Result<void> stop(const std::string& id) = 0;   // Clean shutdown.
    virtual Result<void> kill(const std::string& id) = 0;   // Fencing: gone when this returns.
    virtual Result<void> remove(const std::string& id) = 0; // Stops and deletes the data.
    virtual Result<std::vector<std::string>> list() = 0;
};

}  // namespace stormglass::substrate
