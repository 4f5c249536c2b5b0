// Keeps nothing of a server in memory that matters: what runs is asked of the processes, what
// exists of the disk, and what it does of the server. So a daemon that starts again manages what it
// finds. Only the probes remember, for how long something has been wrong.
#include "substrate/mysql/databases_linux.h"

#include <mysql.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <mutex>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "substrate/mysql/accounts.h"
#include "substrate/mysql/apply.h"
#include "substrate/mysql/archive.h"
#include "substrate/mysql/clone.h"
#include "substrate/mysql/connection.h"
#include "substrate/mysql/gate.h"
#include "substrate/mysql/logs.h"
#include "substrate/mysql/parameters.h"
#include "substrate/mysql/probe.h"
#include "substrate/mysql/replication.h"
#include "substrate/mysql/start.h"
#include "substrate/mysql/usage.h"
#include "substrate/mysql/volume.h"
#include "substrate/process/keyed_mutex.h"

namespace stormglass::substrate {
namespace {

using namespace mysql;
using Variables = std::map<std::string, std::string>;

constexpr std::chrono::seconds statement_limit{10};
constexpr std::chrono::seconds source_limit{3};  // A primary that hangs must not hold its care up.
constexpr std::chrono::seconds shutdown_grace{20};
constexpr std::size_t key_size = 32;

class LinuxDatabases final : public Databases {
public:
    LinuxDatabases(const Realm& realm, Processes& processes)
        : realm_(realm), processes_(processes) {}

    Result<std::string> engine_version() override;
    Result<void> prepare() override;
    Result<std::vector<ParameterProblem>> check_parameters(const Variables& parameters) override;
    Result<void> create_data(const DatabaseServerSpec& spec) override;
    Result<void> clone_data(const DatabaseServerSpec& from, const DatabaseServerSpec& to) override;
    Result<void> start(const DatabaseServerSpec& spec, ServerRole role) override;
    Result<void> set_credentials(const DatabaseServerSpec& spec,
                                 const DatabaseCredentials& credentials) override;
    Result<void> replicate_from(const DatabaseServerSpec& standby,
                                const DatabaseServerSpec& primary,
                                const std::string& replication_password) override;
    Result<void> set_synchronous(const DatabaseServerSpec& primary,
                                 Synchronous synchronous) override;
    Result<void> promote(const DatabaseServerSpec& spec) override;
    Result<std::vector<std::string>> apply_parameters(const DatabaseServerSpec& spec) override;
    Result<DatabaseServerState> observe(const DatabaseServerSpec& spec) override;
    Result<void> stop(const std::string& id) override;
    Result<void> grow_storage(const DatabaseServerSpec& spec) override;
    Result<DatabaseUsage> usage(const DatabaseServerSpec& spec) override;
    Result<void> kill(const std::string& id) override;
    Result<void> fence(const DatabaseServerSpec& spec) override;
    std::optional<base::UniqueFd> end_of(const std::string& id) override;
    Result<void> remove(const std::string& id) override;
    Result<std::vector<std::string>> list() override;
    Result<std::string> read_log(const std::string& id, DatabaseLog log) override;
    Result<LogText> read_log_from(const std::string& id, DatabaseLog log,
                                  std::int64_t from) override;
    Result<std::string> take_snapshot(const DatabaseServerSpec& from,
                                      const std::string& snapshot) override;
    Result<void> restore_snapshot(const std::string& snapshot,
                                  const DatabaseServerSpec& to) override;
    Result<std::string> archive_log(const DatabaseServerSpec& from,
                                    const std::string& archive) override;
    Result<void> replay_log(const DatabaseServerSpec& to, const std::string& archive,
                            const LogReplay& replay) override;
    Result<void> prune_archive(const std::string& archive, const std::string& position) override;
    Result<void> remove_archive(const std::string& archive) override;
    Result<std::vector<std::string>> list_archives() override;
    Result<void> remove_snapshot(const std::string& snapshot) override;
    Result<std::vector<std::string>> list_snapshots() override;

private:
    Layout layout(const std::string& id) const { return layout_of(realm_, id); }
    Result<Connection> connect(const DatabaseServerSpec& spec, std::chrono::seconds limit) const {
        return Connection::open(layout(spec.id).socket(), limit);
    }
    Result<Engine> engine();
    Result<Variables> known();
    Result<std::string> template_folder();
    Result<Variables> wanted_variables(const DatabaseServerSpec& spec);

    const Realm realm_;
    Processes& processes_;
    KeyedMutex servers_;

    std::mutex mutex_;  // Of what follows: found once.
    std::optional<Engine> engine_;
    std::optional<Variables> known_;

    Probes probes_;
};

/// Ids become folder and process names.
Result<void> check_id(const std::string& id) {
    const auto allowed = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; };
    if (!id.empty() && std::ranges::all_of(id, allowed)) return {};
    return fail(Domain::system, "BadId", "'" + id + "' cannot name a database server");
}

Result<void> check_spec(const DatabaseServerSpec& spec) {
    TRY(check_id(spec.id));
    if (spec.encryption_key.size() != key_size) {
        return fail(Domain::system, "BadKey", spec.id + ": the encryption key is not 32 bytes");
    }
    return {};
}

Result<Engine> LinuxDatabases::engine() {
    const std::lock_guard lock(mutex_);
    if (!engine_) engine_ = TRY(find_engine());
    return *engine_;
}

Result<Variables> LinuxDatabases::known() {
    const auto found = TRY(engine());
    const std::lock_guard lock(mutex_);
    if (!known_) known_ = TRY(known_variables(found));
    return *known_;
}

Result<std::string> LinuxDatabases::template_folder() {
    const auto found = TRY(engine());
    const std::lock_guard lock(mutex_);  // One makes it, the others wait.
    return ensure_template(realm_, found);
}

Result<Variables> LinuxDatabases::wanted_variables(const DatabaseServerSpec& spec) {
    const auto names = TRY(known());
    const auto variables =
        TRY(variables_or_error(translate_parameters(spec.parameters, names, spec.memory_bytes)));
    return effective_variables(spec, variables);
}

Result<std::string> LinuxDatabases::engine_version() { return "mariadb " + TRY(engine()).version; }

Result<void> LinuxDatabases::prepare() {
    TRY(template_folder());
    return {};
}

Result<std::vector<ParameterProblem>> LinuxDatabases::check_parameters(
    const Variables& parameters) {
    const auto names = TRY(known());
    constexpr std::int64_t any_memory = 1LL << 30;
    return translate_parameters(parameters, names, any_memory).problems;
}

Result<void> LinuxDatabases::create_data(const DatabaseServerSpec& spec) {
    TRY(check_spec(spec));
    const KeyedMutex::Guard guard(servers_, spec.id);
    const auto place = layout(spec.id);
    TRY(open_volume(place, spec.storage_bytes));
    if (base::file_exists(place.data())) return {};
    const auto from = TRY(template_folder());
    const auto user = TRY(server_user());
    TRY(make_folders(place, user));
    return copy_template(from, place, user);
}

Result<void> LinuxDatabases::clone_data(const DatabaseServerSpec& from,
                                        const DatabaseServerSpec& to) {
    TRY(check_spec(from));
    TRY(check_spec(to));
    if (from.encryption_key != to.encryption_key) {
        return fail(Domain::system, "BadKey", "a copy keeps its pages' key: both must have one");
    }
    const KeyedMutex::Guard guard(servers_, to.id);
    const auto source = layout(from.id), place = layout(to.id);
    TRY(open_volume(place, to.storage_bytes));
    if (base::file_exists(place.data())) return {};
    const auto user = TRY(server_user());
    TRY(make_folders(place, user));
    return clone_server(
        {.from = source, .to = place, .encryption_key = from.encryption_key, .user = user});
}

Result<void> LinuxDatabases::start(const DatabaseServerSpec& spec, ServerRole role) {
    TRY(check_spec(spec));
    const auto found = TRY(engine());
    const auto variables = TRY(wanted_variables(spec));
    const auto user = TRY(server_user());
    const KeyedMutex::Guard guard(servers_, spec.id);
    const auto place = layout(spec.id);
    TRY(open_volume(place, spec.storage_bytes));
    if (!base::file_exists(place.data())) {
        return fail(Domain::system, "NoData", spec.id + " has no data directory");
    }
    TRY(make_folders(place, user));  // The run folder does not survive a reboot.
    // Clients do not see a standby: shut before it listens, opened once it is primary.
    const bool runs = TRY(processes_.observe(spec.id)).running;
    const bool for_clients =
        role == ServerRole::primary || spec.follower == DatabaseServerSpec::Follower::read_replica;
    if (!for_clients && !runs) TRY(shut_gate(spec));
    TRY(start_server(processes_, {.layout = place,
                                  .engine = found,
                                  .spec = spec,
                                  .variables = variables,
                                  .role = role,
                                  .user = user}));
    if (base::file_exists(place.restored_mark())) {
        auto connection = TRY(connect(spec, statement_limit));
        TRY(connection.execute("SET GLOBAL gtid_slave_pos=''"));
        TRY(base::remove_all(place.restored_mark()));
    }
    if (for_clients) TRY(open_gate(spec));
    return base::write_file(place.applied_parameters(), base::to_json_text(variables));
}

Result<void> LinuxDatabases::set_credentials(const DatabaseServerSpec& spec,
                                             const DatabaseCredentials& credentials) {
    const KeyedMutex::Guard guard(servers_, spec.id);
    auto connection = TRY(connect(spec, statement_limit));
    return set_accounts(connection, credentials);
}

Result<void> LinuxDatabases::replicate_from(const DatabaseServerSpec& standby,
                                            const DatabaseServerSpec& primary,
                                            const std::string& replication_password) {
    const KeyedMutex::Guard guard(servers_, standby.id);
    const auto place = layout(standby.id);
    auto source = TRY(connect(primary, source_limit));
    auto connection = TRY(connect(standby, statement_limit));
    auto position = TRY(source.value("@@GLOBAL.gtid_binlog_pos"));
    if (position.empty()) {
        // Promoted, and nobody has written since: it has no history yet that a standby could be
        // compared with or begin from. Any statement that goes to the log starts it.
        TRY(source.execute("FLUSH USER_RESOURCES"));
        position = TRY(source.value("@@GLOBAL.gtid_binlog_pos"));
    }
    const auto cloned = base::read_file(place.clone_position()).value_or("");
    TRY(attach(connection, {.host = primary.backplane_address,
                            .port = primary.port,
                            .password = replication_password,
                            .position = position,
                            .clone_position = cloned}));
    return base::remove_all(place.clone_position());
}

Result<void> LinuxDatabases::set_synchronous(const DatabaseServerSpec& primary,
                                             Synchronous synchronous) {
    const KeyedMutex::Guard guard(servers_, primary.id);
    const auto mark = layout(primary.id).synchronous_mark();
    // Between the two steps the stricter of both holds.
    if (synchronous == Synchronous::on) {
        TRY(base::write_file(mark, "", base::Access::secret, base::Sync::yes));
    }
    auto connection = TRY(connect(primary, statement_limit));
    TRY(connection.execute(std::string("SET GLOBAL rpl_semi_sync_master_enabled=") +
                           (synchronous == Synchronous::on ? "ON" : "OFF")));
    return synchronous == Synchronous::on ? Result<void>{} : base::remove_all(mark);
}

Result<void> LinuxDatabases::promote(const DatabaseServerSpec& spec) {
    const auto variables = TRY(wanted_variables(spec));
    const KeyedMutex::Guard guard(servers_, spec.id);
    auto connection = TRY(connect(spec, statement_limit));
    if (TRY(connection.holds("@@read_only"))) {
        // Of an earlier time as primary; the new one has no standby yet.
        TRY(base::remove_all(layout(spec.id).synchronous_mark()));
    }
    TRY(take_over(connection, variables));
    return open_gate(spec);
}

Result<std::vector<std::string>> LinuxDatabases::apply_parameters(const DatabaseServerSpec& spec) {
    auto wanted = TRY(wanted_variables(spec));
    const KeyedMutex::Guard guard(servers_, spec.id);
    const auto place = layout(spec.id);
    auto connection = TRY(connect(spec, statement_limit));
    const auto all = wanted;
    auto previous =
        base::from_json_text<Variables>(base::read_file(place.applied_parameters()).value_or("{}"))
            .value_or(Variables{});
    if (TRY(connection.holds("@@read_only"))) {
        for (const char* relaxed : {"innodb_flush_log_at_trx_commit", "sync_binlog"}) {
            wanted.erase(relaxed);
            previous.erase(relaxed);
        }
    }
    const auto pending = TRY(apply_variables(connection, {.wanted = wanted, .previous = previous}));
    TRY(base::write_file(place.applied_parameters(), base::to_json_text(all)));
    return pending;
}

Result<DatabaseServerState> LinuxDatabases::observe(const DatabaseServerSpec& spec) {
    TRY(check_id(spec.id));
    DatabaseServerState state;
    const auto process = TRY(processes_.observe(spec.id));
    state.running = process.running;
    state.pid = process.pid;
    if (!process.running) {
        probes_.forget(spec.id);
        return state;
    }
    trim_logs(layout(spec.id));
    probes_.look(spec, layout(spec.id), state);
    return state;
}

Result<void> LinuxDatabases::stop(const std::string& id) {
    TRY(check_id(id));
    const KeyedMutex::Guard guard(servers_, id);
    TRY(processes_.stop(id, StopMode::terminate_then_kill, shutdown_grace));
    return close_volume(layout(id));
}

Result<void> LinuxDatabases::grow_storage(const DatabaseServerSpec& spec) {
    TRY(check_spec(spec));
    const KeyedMutex::Guard guard(servers_, spec.id);
    return open_volume(layout(spec.id), spec.storage_bytes);
}

Result<void> LinuxDatabases::kill(const std::string& id) {
    TRY(check_id(id));
    // Not behind the lock: fencing must not wait for a server that hangs.
    return processes_.stop(id, StopMode::kill);
}

Result<void> LinuxDatabases::fence(const DatabaseServerSpec& spec) {
    TRY(check_id(spec.id));
    const auto shut = shut_gate(spec);
    auto killed = processes_.stop(spec.id, StopMode::kill);
    if (killed || !shut) return killed;
    spdlog::warn("{} cannot be killed, but nobody reaches it: {}", spec.id, killed.error().message);
    return {};
}

Result<DatabaseUsage> LinuxDatabases::usage(const DatabaseServerSpec& spec) {
    TRY(check_id(spec.id));
    const auto state = TRY(processes_.observe(spec.id));
    if (!state.running) return fail(Domain::system, "NoAnswer", spec.id + " does not run");
    auto connection = TRY(connect(spec, source_limit));
    return usage_of(connection, layout(spec.id), state.pid, processes_.usage(spec.id));
}

std::optional<base::UniqueFd> LinuxDatabases::end_of(const std::string& id) {
    const auto before = processes_.observe(id);
    if (!before || !before->running) return std::nullopt;
    base::UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, before->pid, 0)));
    // Looked at again after opening: from here on the descriptor cannot mean another process.
    const auto after = processes_.observe(id);
    if (!fd.valid() || !after || !after->running || after->pid != before->pid) return std::nullopt;
    return fd;
}

Result<void> LinuxDatabases::remove(const std::string& id) {
    TRY(check_id(id));
    probes_.forget(id);
    const KeyedMutex::Guard guard(servers_, id);
    TRY(processes_.stop(id, StopMode::kill));
    const auto place = layout(id);
    TRY(remove_volume(place));
    for (const auto& folder : {place.run, place.stage}) TRY(base::remove_all(folder));
    return {};
}

std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code code;
    for (const auto& entry : std::filesystem::directory_iterator(folder, code)) {
        names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
}

Result<std::vector<std::string>> LinuxDatabases::list() {
    auto names = names_in(databases_folder(realm_));
    // Where a removal was cut short.
    for (auto& name : names_in(volumes_folder(realm_))) names.push_back(std::move(name));
    std::ranges::sort(names);
    const auto same = std::ranges::unique(names);
    names.erase(same.begin(), same.end());
    return names;
}

Result<std::vector<std::string>> LinuxDatabases::list_snapshots() {
    return names_in(snapshots_folder(realm_));
}

/// The same copy as for a new standby, but nobody starts it.
Result<std::string> LinuxDatabases::take_snapshot(const DatabaseServerSpec& from,
                                                  const std::string& snapshot) {
    TRY(check_spec(from));
    TRY(check_id(snapshot));
    const KeyedMutex::Guard guard(servers_, snapshot);
    const auto source = layout(from.id), place = snapshot_layout(realm_, snapshot);
    if (!base::file_exists(place.data())) {
        const auto user = TRY(server_user());
        TRY(make_folders(place, user));
        TRY(clone_server(
            {.from = source, .to = place, .encryption_key = from.encryption_key, .user = user}));
        for (const auto& folder : {place.run, place.stage}) TRY(base::remove_all(folder));
    }
    return base::read_file(place.clone_position());
}

Result<void> LinuxDatabases::restore_snapshot(const std::string& snapshot,
                                              const DatabaseServerSpec& to) {
    TRY(check_spec(to));
    TRY(check_id(snapshot));
    const KeyedMutex::Guard guard(servers_, to.id);
    const auto source = snapshot_layout(realm_, snapshot), place = layout(to.id);
    TRY(open_volume(place, to.storage_bytes));
    if (base::file_exists(place.data())) return {};
    if (!base::file_exists(source.data())) {
        return fail(Domain::system, "NoData", "the snapshot's data is gone");
    }
    const auto user = TRY(server_user());
    TRY(make_folders(place, user));
    TRY(base::write_file(place.encrypted_mark(), ""));
    TRY(base::write_file(place.restored_mark(), ""));
    return copy_template(source.data(), place, user);
}

Result<std::string> LinuxDatabases::archive_log(const DatabaseServerSpec& from,
                                                const std::string& archive) {
    TRY(check_spec(from));
    TRY(check_id(archive));
    const KeyedMutex::Guard guard(servers_, archive);
    auto connection = TRY(connect(from, statement_limit));
    return mysql::archive_log(connection, from, layout(from.id).socket(),
                              archive_place(realm_, archive));
}

Result<void> LinuxDatabases::replay_log(const DatabaseServerSpec& to, const std::string& archive,
                                        const LogReplay& replay) {
    TRY(check_spec(to));
    TRY(check_id(archive));
    const KeyedMutex::Guard guard(servers_, archive);
    auto connection = TRY(connect(to, statement_limit));
    return mysql::replay_log(connection, to, layout(to.id).socket(), archive_place(realm_, archive),
                             replay);
}

Result<void> LinuxDatabases::prune_archive(const std::string& archive,
                                           const std::string& position) {
    TRY(check_id(archive));
    const KeyedMutex::Guard guard(servers_, archive);
    return prune_log(archive_place(realm_, archive).folder, position);
}

Result<void> LinuxDatabases::remove_archive(const std::string& archive) {
    TRY(check_id(archive));
    const KeyedMutex::Guard guard(servers_, archive);
    return base::remove_all(archive_place(realm_, archive).folder);
}

Result<std::vector<std::string>> LinuxDatabases::list_archives() {
    return names_in(archives_folder(realm_));
}

Result<void> LinuxDatabases::remove_snapshot(const std::string& snapshot) {
    TRY(check_id(snapshot));
    const KeyedMutex::Guard guard(servers_, snapshot);
    const auto place = snapshot_layout(realm_, snapshot);
    for (const auto& folder : {place.folder, place.run, place.stage}) {
        TRY(base::remove_all(folder));
    }
    return {};
}

Result<std::string> LinuxDatabases::read_log(const std::string& id, DatabaseLog log) {
    TRY(check_id(id));
    return read_log_end(layout(id), log);
}

Result<Databases::LogText> LinuxDatabases::read_log_from(const std::string& id, DatabaseLog log,
                                                         std::int64_t from) {
    TRY(check_id(id));
    return read_log_part(layout(id), log, from);
}

}  // namespace

std::unique_ptr<Databases> make_linux_databases(const Realm& realm, Processes& processes) {
    mysql_library_init(0, nullptr, nullptr);  // Not safe in two threads; later calls do nothing.
    return std::make_unique<LinuxDatabases>(realm, processes);
}

}  // namespace stormglass::substrate
