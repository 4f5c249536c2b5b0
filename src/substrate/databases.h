// Database servers: one MySQL-compatible server process per zone, on an encrypted data directory.
// The caller (the rds reconciler) decides who is primary; this layer only does what it is told and
// says what it observes. Promotion, fencing and rejoining are separate steps so that a crash
// between any two of them can be resumed.
// Threading: any thread; calls for one server are serialised.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace stormglass::substrate {

struct DatabaseServerSpec {
    std::string id;                  // "db-<resource id>-1", "-2": also process and folder name.
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
    /// A read replica follows like a standby, but no write waits for it.
    enum class Follower { standby, read_replica } follower = Follower::standby;
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
    bool waits_for_standby = false;         // Primary: an acknowledged write is on the standby too.
    std::string replication_error;          // Standby: why a replication thread stopped; or empty.
    /// The newest transaction in a primary's binary log, or that a standby has received.
    std::string log_position;
    // What is wrong, and for how long by this daemon's own watch (a new daemon begins at zero).
    std::chrono::milliseconds silent_for{0};   // It runs, but answers no query.
    bool stands_still = false;                 // Silent, and stopped: no thread runs or wants to.
    std::chrono::milliseconds unreachable_for{0};    // Its VPC's router cannot be reached.
    std::chrono::milliseconds storage_fails_for{0};  // Its disk is full, or takes no write.
    /// Of the volume that its data lies on; absent where nobody has looked.
    std::optional<std::int64_t> storage_free_bytes, storage_size_bytes;
    std::chrono::milliseconds apart_for{0};          // Standby: it does not replicate.
    std::chrono::milliseconds writes_wait_for{0};    // Primary: for a standby that confirms none.
};

/// Less free storage than this is full: tables grow by 4 MiB at once.
inline constexpr std::int64_t storage_full_bytes = 8 << 20;

/// What a server has used, and has left. What this machine cannot tell is absent.
struct DatabaseUsage {
    int pid = 0;
    std::optional<double> cpu_seconds;            // So far.
    std::optional<std::int64_t> memory_bytes;     // Of its processes, page cache included.
    std::optional<std::int64_t> resident_bytes;   // Of the server itself.
    std::int64_t storage_bytes = 0, storage_free_bytes = 0, storage_used_bytes = 0;
    std::int64_t connections = 0, running_threads = 0;  // Of clients.
    std::int64_t queries = 0;                     // So far.
    std::int64_t binlog_bytes = 0;
    std::int64_t read_bytes = 0, written_bytes = 0, reads = 0, writes = 0;  // Of its files, so far.
    std::optional<double> lag_seconds;            // Of one that follows.
    int threads = 0;                              // Of the operating system.
};

/// Whether a primary's writes wait until the standby has received them.
enum class Synchronous { off, on };

/// A parameter that the serving engine cannot honour, and why: to be refused, never dropped.
struct ParameterProblem {
    std::string name, reason;
};

enum class DatabaseLog { error, general, slowquery };

/// What of an archive a restored copy shall have.
struct LogReplay {
    std::string begin;       // Where the copy stands.
    std::int64_t until = 0;  // Seconds since 1970: nothing that was begun then or later.
};

class Databases {
public:
    virtual ~Databases() = default;
    /// "mariadb" or "mysql", with its version: which server program serves engine `mysql` here.
    virtual Result<std::string> engine_version() = 0;
    /// Makes the data directory template, so that the first create_data() is as quick as the rest.
    virtual Result<void> prepare() = 0;
    /// Which of these (MySQL 8.0 names) the serving engine cannot honour. start() and
    /// apply_parameters() fail with "InvalidParameter" when there is one.
    virtual Result<std::vector<ParameterProblem>> check_parameters(
        const std::map<std::string, std::string>& parameters) = 0;
    /// Makes an empty, encrypted data directory from the template; nothing if it is there.
    virtual Result<void> create_data(const DatabaseServerSpec& spec) = 0;
    /// Copies a running primary's data (consistent, with its GTID position) for a new standby.
    virtual Result<void> clone_data(const DatabaseServerSpec& from,
                                    const DatabaseServerSpec& to) = 0;
    /// Starts it, or does nothing to one that runs already; waits until it answers. "Starting": it
    /// recovers from a crash and needs longer; call again. A standby then needs replicate_from().
    virtual Result<void> start(const DatabaseServerSpec& spec, ServerRole role) = 0;
    /// Users, initial database; on the primary only. Repeating it changes the password.
    virtual Result<void> set_credentials(const DatabaseServerSpec& spec,
                                         const DatabaseCredentials& credentials) = 0;
    /// Nothing if it does so already. "Diverged": the standby holds transactions that the primary
    /// does not, or needs some that it no longer has; remove() it and clone_data() again.
    virtual Result<void> replicate_from(const DatabaseServerSpec& standby,
                                        const DatabaseServerSpec& primary,
                                        const std::string& replication_password) = 0;
    /// On: no write is acknowledged before the standby has it, however long that takes, also after
    /// a restart of the primary. Off (the standby is lost): waiting sessions go on at once.
    virtual Result<void> set_synchronous(const DatabaseServerSpec& primary,
                                         Synchronous synchronous) = 0;
    /// Applies all that is received, stops replication, accepts writes (not synchronous until
    /// set_synchronous). "NotCaughtUp": still applying, nothing is lost; call again.
    virtual Result<void> promote(const DatabaseServerSpec& spec) = 0;
    /// Sets dynamic parameters now; the names that need a restart come back.
    virtual Result<std::vector<std::string>> apply_parameters(const DatabaseServerSpec& spec) = 0;
    virtual Result<DatabaseServerState> observe(const DatabaseServerSpec& spec) = 0;
    /// A running server's storage becomes `storage_bytes`; never smaller.
    virtual Result<void> grow_storage(const DatabaseServerSpec&) { return {}; }
    virtual Result<DatabaseUsage> usage(const DatabaseServerSpec& spec) {
        return fail(Domain::system, "NoUsage", "nobody measures " + spec.id);
    }
    virtual Result<void> stop(const std::string& id) = 0;   // Clean shutdown.
    virtual Result<void> kill(const std::string& id) = 0;   // Gone when this returns.
    /// No client reaches it any more (until promote() or a start as primary) and it is gone when
    /// this returns. A server that cannot be killed (its disk hangs) is fenced if nobody reaches it.
    virtual Result<void> fence(const DatabaseServerSpec& spec) { return kill(spec.id); }
    /// A descriptor that becomes readable when the server's process ends; nothing if there is none.
    virtual std::optional<base::UniqueFd> end_of(const std::string&) { return std::nullopt; }
    virtual Result<void> remove(const std::string& id) = 0; // Stops and deletes the data.
    virtual Result<std::vector<std::string>> list() = 0;
    /// A consistent copy of a running server's data, encrypted as it is, kept under `snapshot`; all
    /// of it or nothing. Returns the position it stands at. There already: only that.
    virtual Result<std::string> take_snapshot(const DatabaseServerSpec&, const std::string&) {
        return fail(Domain::system, "NoSnapshots", "snapshots are not offered here");
    }
    /// As create_data(), with the snapshot's data; `to` must have the key it was taken with.
    virtual Result<void> restore_snapshot(const std::string&, const DatabaseServerSpec&) {
        return fail(Domain::system, "NoSnapshots", "snapshots are not offered here");
    }
    /// The continuous backup: the server's binary logs, kept encrypted under `archive`. Returns the
    /// position up to which it is complete now.
    virtual Result<std::string> archive_log(const DatabaseServerSpec&, const std::string&) {
        return fail(Domain::system, "NoArchive", "logs are not archived here");
    }
    /// To a running server with a snapshot's data, before anybody writes there. May be repeated.
    virtual Result<void> replay_log(const DatabaseServerSpec&, const std::string&, const LogReplay&) {
        return fail(Domain::system, "NoArchive", "logs are not archived here");
    }
    /// Forgets what nobody needs who begins at `position`.
    virtual Result<void> prune_archive(const std::string&, const std::string&) { return {}; }
    virtual Result<void> remove_archive(const std::string&) { return {}; }
    virtual Result<std::vector<std::string>> list_archives() { return std::vector<std::string>{}; }
    virtual Result<void> remove_snapshot(const std::string&) { return {}; }
    virtual Result<std::vector<std::string>> list_snapshots() {
        return std::vector<std::string>{};
    }
    struct LogText {
        std::string text;
        std::int64_t next = 0;  // Where the next part begins.
    };
    /// Whole lines from `from` on, at most 256 KiB. A log that was cut meanwhile goes on at its end.
    virtual Result<LogText> read_log_from(const std::string&, DatabaseLog, std::int64_t from) {
        return LogText{"", from};
    }
    /// The newest part of a log, at most 1 MiB; "" if it is empty or not switched on.
    virtual Result<std::string> read_log(const std::string& id, DatabaseLog log) = 0;
};

}  // namespace stormglass::substrate
