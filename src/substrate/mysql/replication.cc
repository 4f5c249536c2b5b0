// What the standby has acknowledged lies in its relay log; what it has applied is in its tables.
// Taking over therefore begins by applying the rest, and fails rather than lose any of it.
#include "substrate/mysql/replication.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "base/strings.h"
#include "substrate/mysql/accounts.h"

namespace stormglass::substrate::mysql {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds attach_limit{5};
constexpr std::chrono::seconds catch_up_limit{5};
constexpr std::chrono::milliseconds poll_interval{5};
// The primary refuses the position: not in its binary logs, or no longer there.
constexpr std::string_view refused_position = "1236";

std::string cell(const Row& row, const std::string& column) {
    const auto found = row.find(column);
    return found == row.end() ? "" : found->second.value_or("");
}

/// SHOW SLAVE STATUS; an empty row when nothing is configured.
Result<Row> slave_status(Connection& connection) {
    auto rows = TRY(connection.query("SHOW SLAVE STATUS"));
    return rows.empty() ? Row{} : std::move(rows[0]);
}

std::string replication_problem(const Row& status) {
    const auto apply = cell(status, "Last_SQL_Error");
    return apply.empty() ? cell(status, "Last_IO_Error") : apply;
}

bool both_run(const Row& status) {
    return cell(status, "Slave_IO_Running") == "Yes" && cell(status, "Slave_SQL_Running") == "Yes";
}

Unexpected diverged(const std::string& why) { return fail(Domain::system, "Diverged", why); }

/// A standby that is ahead of its primary, or beside it, can never follow it.
Result<void> check_history(const std::string& own, const std::string& primary) {
    const Gtid here = parse_gtid(own), there = parse_gtid(primary);
    const bool beside = here.sequence == there.sequence && here != there;
    if (here.sequence <= there.sequence && !beside) return {};
    return diverged("the standby is at " + own + ", the primary at " + primary);
}

/// Until events flow: only then has the primary accepted our position.
Result<void> wait_until_attached(Connection& connection, Gtid start, Gtid primary) {
    const auto until = SteadyClock::now() + attach_limit;
    for (;;) {
        const auto status = TRY(slave_status(connection));
        const auto received = parse_gtid(cell(status, "Gtid_IO_Pos"));
        const bool flows = start == primary || received.sequence > start.sequence;
        if (both_run(status) && flows) return {};
        if (cell(status, "Last_IO_Errno") == refused_position ||
            cell(status, "Last_SQL_Errno") != "0") {
            return diverged(replication_problem(status));
        }
        if (SteadyClock::now() > until) {
            if (both_run(status)) return {};
            return fail(Domain::system, "NotReplicating",
                        "the standby does not reach the primary: " + replication_problem(status));
        }
        std::this_thread::sleep_for(poll_interval);
    }
}

// A transaction that is applied already.
constexpr std::string_view applied_before = "1950";

/// After a restart, START SLAVE with GTIDs would throw the relay log away to fetch it anew; but the
/// primary that it came from may be dead. By file and position the log is applied as it is; in one
/// thread, which cares less about how the positions fit together.
Result<void> apply_from_relay_log(Connection& connection, const Row& status) {
    TRY(connection.execute("SET GLOBAL slave_parallel_threads=0"));
    TRY(connection.execute(fmt::format(
        "CHANGE MASTER TO MASTER_USE_GTID=no, RELAY_LOG_FILE={}, RELAY_LOG_POS={}, "
        "MASTER_LOG_FILE={}, MASTER_LOG_POS={}",
        quote(cell(status, "Relay_Log_File")), cell(status, "Relay_Log_Pos"),
        quote(cell(status, "Relay_Master_Log_File")), cell(status, "Exec_Master_Log_Pos"))));
    return connection.execute("START SLAVE SQL_THREAD");
}

/// The position in the relay log may be a little older than the tables.
Result<void> skip_one(Connection& connection) {
    TRY(connection.execute("SET GLOBAL sql_slave_skip_counter=1"));
    return connection.execute("START SLAVE SQL_THREAD");
}

/// Applies what the relay log holds. The receiving thread is stopped already.
Result<void> apply_received(Connection& connection, const Row& status) {
    const auto received = cell(status, "Gtid_IO_Pos");
    if (cell(status, "Slave_SQL_Running") == "No") {
        TRY(apply_from_relay_log(connection, status));
    }
    if (!received.empty()) {
        const bool applied = TRY(connection.holds(
            fmt::format("MASTER_GTID_WAIT({}, {}) = 0", quote(received), catch_up_limit.count())));
        if (applied) return {};
    }
    // After a restart nobody knows what was received, but the applying thread knows its log's end.
    const auto until = SteadyClock::now() + catch_up_limit;
    for (;;) {
        const auto now = TRY(slave_status(connection));
        if (received.empty() && cell(now, "Last_SQL_Errno") == applied_before) {
            if (cell(now, "Slave_SQL_Running") == "No") TRY(skip_one(connection));
        } else if (cell(now, "Last_SQL_Errno") != "0") {
            return fail(Domain::system, "ApplyFailed", cell(now, "Last_SQL_Error"));
        }
        if (received.empty() &&
            cell(now, "Slave_SQL_Running_State").starts_with("Slave has read all relay log")) {
            return {};
        }
        if (SteadyClock::now() > until || !received.empty()) {
            return fail(Domain::system, "NotCaughtUp", "received transactions are being applied");
        }
        std::this_thread::sleep_for(poll_interval);
    }
}

/// Events that came by replication do not run here; on a primary they must.
Result<void> enable_events(Connection& connection) {
    const auto events = TRY(connection.query(
        "SELECT EVENT_SCHEMA AS db, EVENT_NAME AS name FROM information_schema.EVENTS "
        "WHERE STATUS = 'SLAVESIDE_DISABLED'"));
    for (const auto& event : events) {
        TRY(connection.execute("ALTER EVENT " + quote_name(cell(event, "db")) + "." +
                               quote_name(cell(event, "name")) + " ENABLE"));
    }
    return {};
}

}  // namespace

Result<void> attach(Connection& connection, const ReplicationSource& source) {
    if (!TRY(connection.holds("@@read_only"))) {
        return fail(Domain::system, "NotStandby", "this server accepts writes: restart it first");
    }
    const auto status = TRY(slave_status(connection));
    const bool same = cell(status, "Master_Host") == source.host &&
                      cell(status, "Master_Port") == std::to_string(source.port);
    if (same && both_run(status)) return {};
    if (!status.empty()) TRY(connection.execute("STOP SLAVE"));
    // Its own newest transactions count too if it was the primary before.
    const auto own = source.clone_position.empty()
                         ? TRY(connection.value("@@GLOBAL.gtid_current_pos"))
                         : source.clone_position;
    TRY(check_history(own, source.position));
    TRY(connection.execute("SET GLOBAL gtid_slave_pos = " + quote(own)));
    TRY(connection.execute(fmt::format(
        "CHANGE MASTER TO MASTER_HOST={}, MASTER_PORT={}, MASTER_USER={}, MASTER_PASSWORD={}, "
        "MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD=2",
        quote(source.host), source.port, quote(replication_user), quote(source.password))));
    TRY(connection.execute("START SLAVE"));
    return wait_until_attached(connection, parse_gtid(own), parse_gtid(source.position));
}

Result<void> take_over(Connection& connection,
                       const std::map<std::string, std::string>& variables) {
    if (!TRY(connection.holds("@@read_only"))) return {};
    const auto configured = TRY(slave_status(connection));
    if (!configured.empty()) {
        TRY(connection.execute("STOP SLAVE IO_THREAD"));
        const auto received = TRY(slave_status(connection));
        TRY(apply_received(connection, received));
        TRY(connection.execute("STOP SLAVE"));
        TRY(connection.execute("RESET SLAVE ALL"));
    }
    TRY(connection.execute(fmt::format(
        "SET GLOBAL rpl_semi_sync_master_enabled=OFF, innodb_flush_log_at_trx_commit={}, "
        "sync_binlog={}, slave_parallel_threads={}",
        variables.at("innodb_flush_log_at_trx_commit"), variables.at("sync_binlog"),
        variables.at("slave_parallel_threads"))));
    TRY(enable_events(connection));
    return connection.execute("SET GLOBAL read_only=OFF");
}

Result<void> observe_server(Connection& connection, DatabaseServerState& state,
                            Confirmations& confirmations) {
    const auto rows = TRY(connection.query(
        "SELECT @@read_only AS standby, @@version AS version, @@gtid_current_pos AS position, "
        "@@gtid_binlog_pos AS written, @@rpl_semi_sync_master_enabled AS waits"));
    if (rows.empty()) return fail(Domain::system, "NoAnswer", "no row");
    state.role = cell(rows[0], "standby") == "0" ? ServerRole::primary : ServerRole::standby;
    state.version = cell(rows[0], "version");
    state.gtid_position = cell(rows[0], "position");
    state.waits_for_standby = cell(rows[0], "waits") == "1";
    if (state.role == ServerRole::primary) {
        state.log_position = cell(rows[0], "written");
        std::map<std::string, std::int64_t> counters;
        for (const auto& row : TRY(connection.query("SHOW STATUS LIKE 'Rpl_semi_sync_master%'"))) {
            counters[cell(row, "Variable_name")] =
                base::parse_integer(cell(row, "Value")).value_or(0);
        }
        state.synchronous = counters["Rpl_semi_sync_master_clients"] != 0;
        confirmations = {.waiting = counters["Rpl_semi_sync_master_wait_sessions"],
                         .count = counters["Rpl_semi_sync_master_yes_tx"]};
        state.answers = true;
        return {};
    }
    const auto status = TRY(slave_status(connection));
    state.replicating = both_run(status);
    state.replication_error = replication_problem(status);
    state.log_position = cell(status, "Gtid_IO_Pos");
    if (const auto lag = base::parse_integer(cell(status, "Seconds_Behind_Master"))) {
        state.lag_seconds = *lag;
    }
    state.answers = true;
    return {};
}

Gtid parse_gtid(std::string_view text) {
    for (const auto& one : base::split(text, ',')) {
        const auto parts = base::split(base::trim(one), '-');
        if (parts.size() != 3 || parts[0] != "0") continue;
        const auto server = base::parse_integer(parts[1]);
        const auto sequence = base::parse_integer(parts[2]);
        if (!server || !sequence) continue;
        return {static_cast<std::uint64_t>(*server), static_cast<std::uint64_t>(*sequence)};
    }
    return {};
}

}  // namespace stormglass::substrate::mysql
