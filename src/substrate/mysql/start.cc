#include "substrate/mysql/start.h"

#include <unistd.h>

#include <algorithm>
#include <thread>

#include "base/file.h"
#include "base/strings.h"
#include "substrate/mysql/connection.h"
#include "substrate/mysql/launcher.h"

namespace stormglass::substrate::mysql {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds ready_limit{20};
constexpr std::chrono::seconds encryption_limit{60};
constexpr std::chrono::milliseconds encryption_nap{1000};
constexpr std::chrono::milliseconds poll_interval{10};
constexpr std::chrono::seconds statement_limit{10};
constexpr std::size_t log_shown_max = 1500;

// Runs with all rights at every start, so that nothing a user did can lock the daemon out. The
// socket tells the server that root calls; nobody else can reach the socket, or be that account.
constexpr const char* init_statements =
    "SET SESSION sql_log_bin=0;\n"
    "SET SESSION enforce_storage_engine=NULL;\n"
    "SET SESSION sql_mode='';\n"
    "CREATE USER IF NOT EXISTS root@localhost;\n"
    "ALTER USER root@localhost IDENTIFIED VIA unix_socket ACCOUNT UNLOCK;\n"
    "GRANT ALL PRIVILEGES ON *.* TO root@localhost WITH GRANT OPTION;\n";

Result<void> write_init_file(const Layout& layout, ServerUser user) {
    TRY(base::write_file(layout.init_file(), init_statements));
    if (::chown(layout.init_file().c_str(), user.uid, user.gid) != 0) return fail_errno("chown");
    return {};
}

ProcessSpec process_of(const StartRequest& request, const StartOptions& options) {
    const auto command = server_command(request.engine, request.spec, request.variables, options);
    return {.name = request.spec.id,
            .argv = launch_command({.layout = request.layout,
                                    .copy = std::nullopt,
                                    .user = request.user,
                                    .argv = command}),
            .environment = {{"LC_ALL", "C"}, {"UMASK", "0600"}, {"UMASK_DIR", "0700"}},
            .network_namespace = request.spec.network_namespace,
            .log_path = request.layout.error_log(),
            .limits = {.cpu_millicores = request.spec.cpu_millicores,
                       .memory_bytes = request.spec.memory_bytes},
            .stdin_text = key_file_text(request.spec.encryption_key)};
}

/// What this start wrote to the log, without the notes.
Unexpected start_failure(const Layout& layout, std::size_t log_from) {
    const std::string log = base::read_file(layout.error_log()).value_or("");
    std::string shown;
    for (const auto& line : base::split(log.substr(std::min(log.size(), log_from)), '\n')) {
        const bool tells = line.find("[Note]") == line.npos && !line.empty();
        if (tells && shown.size() < log_shown_max) shown += line + "; ";
    }
    return fail(Domain::system, "StartFailed", "the database server ended: " + shown);
}

Result<Connection> wait_until_ready(Processes& processes, const StartRequest& request,
                                    std::size_t log_from) {
    const auto until = SteadyClock::now() + ready_limit;
    for (;;) {
        auto connection = Connection::open(request.layout.socket(), statement_limit);
        if (connection) return connection;
        const auto state = TRY(processes.observe(request.spec.id));
        if (!state.running) return start_failure(request.layout, log_from);
        if (SteadyClock::now() > until) {
            return fail(Domain::system, "Starting",
                        "the server does not answer yet: " + connection.error().message);
        }
        std::this_thread::sleep_for(poll_interval);
    }
}

// A tablespace that no encryption thread has looked at is missing from the list of encrypted ones.
// The temporary one is new at each start and encrypted by a setting of its own.
constexpr const char* all_encrypted =
    "(SELECT COUNT(*) FROM information_schema.INNODB_TABLESPACES_ENCRYPTION"
    " WHERE MIN_KEY_VERSION > 0 AND NOT ROTATING_OR_FLUSHING) >= "
    "(SELECT COUNT(*) FROM information_schema.INNODB_SYS_TABLESPACES"
    " WHERE NAME <> 'innodb_temporary')";

/// Aria tables that users write to by way of statements: encrypted pages, and none of Aria's log,
/// which stays in the clear. After a crash the server repairs such a table when it opens it.
Result<void> encrypt_aria_tables(Connection& connection) {
    TRY(connection.execute("SET SESSION sql_log_bin=0"));
    for (const char* table : {"event", "column_stats", "index_stats", "table_stats"}) {
        TRY(connection.execute(std::string("ALTER TABLE mysql.") + table +
                               " ENGINE=Aria TRANSACTIONAL=0 ROW_FORMAT=PAGE"));
    }
    return connection.execute("SET SESSION sql_log_bin=1");
}

Result<bool> encrypted_within(Connection& connection, std::chrono::milliseconds limit) {
    const auto until = SteadyClock::now() + limit;
    for (;;) {
        const bool done = TRY(connection.holds(all_encrypted));
        if (done || SteadyClock::now() > until) return done;
        std::this_thread::sleep_for(poll_interval);
    }
}

/// Lets encryption threads go through every page that the template brought. Now and then they go to
/// sleep with work left (10.11.19), and starting others is what wakes them.
Result<void> finish_encryption(const Layout& layout, Connection& connection) {
    TRY(encrypt_aria_tables(connection));
    TRY(connection.execute("SET GLOBAL innodb_encryption_rotation_iops=10000"));
    const auto until = SteadyClock::now() + encryption_limit;
    for (bool done = false; !done;) {
        if (SteadyClock::now() > until) {
            return fail(Domain::system, "Starting", "the template's pages are not encrypted yet");
        }
        TRY(connection.execute("SET GLOBAL innodb_encryption_threads=0"));
        TRY(connection.execute("SET GLOBAL innodb_encryption_threads=2"));
        done = TRY(encrypted_within(connection, encryption_nap));
    }
    // New tables are encrypted without them; idle threads would only cost memory.
    TRY(connection.execute("SET GLOBAL innodb_encryption_threads=0"));
    return base::write_file(layout.encrypted_mark(), "", base::Access::secret, base::Sync::yes);
}

/// The server has read its key and keeps it in its memory; nobody needs the file again.
void remove_key_file(int pid) {
    ::unlink(("/proc/" + std::to_string(pid) + "/root" + inside::key).c_str());
}

}  // namespace

Result<void> start_server(Processes& processes, const StartRequest& request) {
    const Layout& layout = request.layout;
    const bool waits = base::file_exists(layout.synchronous_mark());
    const StartOptions options{.role = request.role,
                               .synchronous = waits ? Synchronous::on : Synchronous::off};
    std::size_t log_from = 0;
    if (!TRY(processes.observe(request.spec.id)).running) {
        log_from = base::read_file(layout.error_log()).value_or("").size();
        TRY(write_init_file(layout, request.user));
    }
    const auto state = TRY(processes.start(process_of(request, options)));
    auto connection = TRY(wait_until_ready(processes, request, log_from));
    remove_key_file(state.pid);
    if (base::file_exists(layout.encrypted_mark())) return {};
    return finish_encryption(layout, connection);
}

}  // namespace stormglass::substrate::mysql
