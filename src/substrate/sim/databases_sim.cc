#include "substrate/sim/databases_sim.h"

#include <fmt/format.h>

#include <algorithm>

namespace stormglass::substrate {

const std::set<std::string> DatabasesSim::restart_parameters = {
    "back_log", "innodb_read_io_threads", "lower_case_table_names", "performance_schema"};

Result<DatabasesSim::Server*> DatabasesSim::answering(const std::string& id) {
    const auto found = servers_.find(id);
    if (found == servers_.end() || !found->second.running || found->second.hangs) {
        return fail(Domain::system, "NoAnswer", id + " does not answer");
    }
    return &found->second;
}

DatabasesSim::Server* DatabasesSim::standby_of(const std::string& id) {
    for (auto& [name, server] : servers_) {
        const bool follows = server.follows == id && !server.is_replica;
        if (server.running && !server.hangs && follows) return &server;
    }
    return nullptr;
}

/// Read replicas have what is acknowledged at once; nobody waits for them.
void DatabasesSim::feed_replicas(const std::string& primary) {
    for (auto& [name, server] : servers_) {
        const bool follows = server.follows == primary && server.is_replica;
        if (server.running && !server.hangs && follows) server.done = servers_[primary].done;
    }
}

/// Waiting transactions become done, on the standby too if there is one.
void DatabasesSim::release(Server& primary, Server* standby) {
    primary.done.insert(primary.done.end(), primary.waiting.begin(), primary.waiting.end());
    acknowledged_.insert(acknowledged_.end(), primary.waiting.begin(), primary.waiting.end());
    primary.waiting.clear();
    if (standby) standby->done = primary.done;
}

void DatabasesSim::die(Server& server) {
    server.running = server.hangs = false;
    server.pid = 0;
    server.waiting.clear();
}

Result<void> DatabasesSim::refuse_unknown(
    const std::map<std::string, std::string>& parameters) const {
    for (const auto& [name, value] : parameters) {
        const auto found = refused_.find(name);
        if (found == refused_.end()) continue;
        return fail(Domain::config, "InvalidParameter", name + ": " + found->second);
    }
    return {};
}

Result<std::string> DatabasesSim::engine_version() { return "mariadb 10.11.0-sim"; }

Result<void> DatabasesSim::prepare() { return fault("databases.prepare", ""); }

Result<std::vector<ParameterProblem>> DatabasesSim::check_parameters(
    const std::map<std::string, std::string>& parameters) {
    const std::lock_guard lock(mutex_);
    std::vector<ParameterProblem> problems;
    for (const auto& [name, reason] : refused_) {
        if (parameters.contains(name)) problems.push_back({name, reason});
    }
    return problems;
}

Result<void> DatabasesSim::create_data(const DatabaseServerSpec& spec) {
    TRY(fault("databases.create_data", spec.id));
    const std::lock_guard lock(mutex_);
    servers_.try_emplace(spec.id);
    return {};
}

Result<void> DatabasesSim::clone_data(const DatabaseServerSpec& from,
                                      const DatabaseServerSpec& to) {
    TRY(fault("databases.clone_data", to.id));
    const std::lock_guard lock(mutex_);
    if (servers_.contains(to.id)) return {};
    const auto& source = *TRY(answering(from.id));
    Server copy;
    copy.done = source.done;
    copy.credentials = source.credentials;
    servers_[to.id] = std::move(copy);
    return {};
}

Result<void> DatabasesSim::start(const DatabaseServerSpec& spec, ServerRole role) {
    TRY(fault("databases.start", spec.id));
    const std::lock_guard lock(mutex_);
    TRY(refuse_unknown(spec.parameters));
    const auto found = servers_.find(spec.id);
    if (found == servers_.end()) {
        return fail(Domain::system, "NoData", spec.id + " has no data directory");
    }
    Server& server = found->second;
    if (server.hangs) return fail(Domain::system, "Starting", spec.id + " does not answer yet");
    if (server.running) return {};
    server.running = true;
    server.role = role;
    server.server_id = spec.server_id;
    server.is_replica = spec.follower == DatabaseServerSpec::Follower::read_replica;
    server.pid = next_pid_++;
    server.parameters = spec.parameters;
    server.storage = std::max(server.storage, spec.storage_bytes);
    if (role == ServerRole::primary) server.follows.clear();
    return {};
}

Result<void> DatabasesSim::set_credentials(const DatabaseServerSpec& spec,
                                           const DatabaseCredentials& credentials) {
    TRY(fault("databases.set_credentials", spec.id));
    const std::lock_guard lock(mutex_);
    TRY(answering(spec.id))->credentials = credentials;
    // Users are rows: whoever follows has them too.
    if (Server* standby = standby_of(spec.id)) standby->credentials = credentials;
    return {};
}

Result<void> DatabasesSim::replicate_from(const DatabaseServerSpec& standby,
                                          const DatabaseServerSpec& primary, const std::string&) {
    TRY(fault("databases.replicate_from", standby.id));
    const std::lock_guard lock(mutex_);
    Server& source = *TRY(answering(primary.id));
    Server& server = *TRY(answering(standby.id));
    if (server.role == ServerRole::primary) {
        return fail(Domain::system, "NotStandby", standby.id + " accepts writes");
    }
    const bool behind = server.done.size() <= source.done.size() &&
                        std::equal(server.done.begin(), server.done.end(), source.done.begin());
    if (!behind) return fail(Domain::system, "Diverged", standby.id + " has its own history");
    server.follows = primary.id;
    server.done = source.done;
    server.credentials = source.credentials;
    release(source, &server);
    return {};
}

Result<void> DatabasesSim::set_synchronous(const DatabaseServerSpec& primary,
                                           Synchronous synchronous) {
    TRY(fault("databases.set_synchronous", primary.id));
    const std::lock_guard lock(mutex_);
    Server& server = *TRY(answering(primary.id));
    server.waits = synchronous == Synchronous::on;
    if (!server.waits) release(server, standby_of(primary.id));
    return {};
}

Result<void> DatabasesSim::promote(const DatabaseServerSpec& spec) {
    TRY(fault("databases.promote", spec.id));
    {
        const std::lock_guard lock(mutex_);
        TRY(answering(spec.id))->follows.clear();
    }
    TRY(fault("databases.promote.half", spec.id));
    const std::lock_guard lock(mutex_);
    Server& server = *TRY(answering(spec.id));
    if (server.role == ServerRole::primary) return {};
    server.role = ServerRole::primary;
    server.waits = server.is_replica = false;
    return {};
}

Result<std::vector<std::string>> DatabasesSim::apply_parameters(const DatabaseServerSpec& spec) {
    TRY(fault("databases.apply_parameters", spec.id));
    const std::lock_guard lock(mutex_);
    TRY(refuse_unknown(spec.parameters));
    Server& server = *TRY(answering(spec.id));
    std::map<std::string, std::string> in_force = spec.parameters;
    std::vector<std::string> pending;
    for (const auto& name : restart_parameters) {
        const auto now = std::as_const(server.parameters).find(name);
        const auto wanted = spec.parameters.find(name);
        const bool is_set = now != server.parameters.end(),
                   is_wanted = wanted != spec.parameters.end();
        if (is_set == is_wanted && (!is_set || now->second == wanted->second)) continue;
        pending.push_back(name);
        in_force.erase(name);
        if (is_set) in_force[name] = now->second;
    }
    server.parameters = std::move(in_force);
    return pending;
}

Result<DatabaseServerState> DatabasesSim::observe(const DatabaseServerSpec& spec) {
    TRY(fault("databases.observe", spec.id));
    const std::lock_guard lock(mutex_);
    DatabaseServerState state;
    const auto found = servers_.find(spec.id);
    if (found == servers_.end() || !found->second.running) return state;
    Server& server = found->second;
    state.running = true;
    state.pid = server.pid;
    state.answers = !server.hangs;
    observe_trouble(server, state);
    state.storage_size_bytes = server.storage;
    state.storage_free_bytes = server.free_storage;
    if (server.hangs) return state;
    state.role = server.role;
    state.version = "10.11.0-MariaDB-sim";
    state.gtid_position =
        server.done.empty() ? "" : fmt::format("0-{}-{}", server.server_id, server.done.size());
    if (server.role == ServerRole::primary) {
        state.synchronous = standby_of(spec.id) != nullptr;
        state.waits_for_standby = server.waits;
        const auto written = server.done.size() + server.waiting.size();
        state.log_position = fmt::format("0-{}-{}", server.server_id, written);
        return state;
    }
    state.replicating = replicates(server);
    state.log_position = state.gtid_position;
    if (state.replicating) state.lag_seconds = 0;
    return state;
}

bool DatabasesSim::replicates(const Server& server) {
    return !server.follows.empty() && answering(server.follows).has_value();
}

/// A clock of its own for each trouble, which looking moves.
void DatabasesSim::observe_trouble(Server& server, DatabaseServerState& state) {
    const auto count = [](std::chrono::milliseconds& lasted, bool bad) {
        lasted = bad ? lasted + observed_step : std::chrono::milliseconds{0};
        return lasted;
    };
    state.silent_for = count(server.silent, server.hangs);
    state.stands_still = server.hangs;
    state.unreachable_for = count(server.unreachable, server.broken.contains(Broken::network));
    const bool full = server.free_storage && *server.free_storage < storage_full_bytes;
    state.storage_fails_for =
        count(server.no_write, full || server.broken.contains(Broken::storage));
    const bool follower = server.role == ServerRole::standby;
    state.apart_for = count(server.apart, follower && !server.hangs && !replicates(server));
    state.writes_wait_for = count(server.waited, !follower && !server.waiting.empty());
}

Result<void> DatabasesSim::grow_storage(const DatabaseServerSpec& spec) {
    TRY(fault("databases.grow_storage", spec.id));
    const std::lock_guard lock(mutex_);
    Server& server = *TRY(answering(spec.id));
    const auto more = spec.storage_bytes - server.storage;
    if (more <= 0) return {};
    server.storage = spec.storage_bytes;
    if (server.free_storage) *server.free_storage += more;
    return {};
}

Result<DatabaseUsage> DatabasesSim::usage(const DatabaseServerSpec& spec) {
    const std::lock_guard lock(mutex_);
    const Server& server = *TRY(answering(spec.id));
    DatabaseUsage usage;
    usage.pid = server.pid;
    usage.storage_bytes = server.storage;
    usage.storage_free_bytes = server.free_storage.value_or(server.storage);
    usage.storage_used_bytes = usage.storage_bytes - usage.storage_free_bytes;
    usage.queries = static_cast<std::int64_t>(server.done.size());
    if (server.role == ServerRole::standby) usage.lag_seconds = 0;
    return usage;
}

void DatabasesSim::set_free_storage(const std::string& id, std::int64_t bytes) {
    const std::lock_guard lock(mutex_);
    if (const auto found = servers_.find(id); found != servers_.end()) {
        found->second.free_storage = bytes;
    }
}

std::int64_t DatabasesSim::storage_of(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = servers_.find(id);
    return found == servers_.end() ? 0 : found->second.storage;
}

Result<void> DatabasesSim::stop(const std::string& id) {
    TRY(fault("databases.stop", id));
    crash(id);
    return {};
}

Result<void> DatabasesSim::kill(const std::string& id) {
    TRY(fault("databases.kill", id));
    crash(id);
    return {};
}

Result<void> DatabasesSim::fence(const DatabaseServerSpec& spec) {
    TRY(fault("databases.fence", spec.id));
    crash(spec.id);
    return fault("databases.fence.half", spec.id);
}

Result<void> DatabasesSim::remove(const std::string& id) {
    TRY(fault("databases.remove", id));
    crash(id);
    TRY(fault("databases.remove.half", id));
    const std::lock_guard lock(mutex_);
    servers_.erase(id);
    return {};
}

Result<std::vector<std::string>> DatabasesSim::list() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> ids;
    for (const auto& [id, server] : servers_) ids.push_back(id);
    return ids;
}

Result<std::string> DatabasesSim::take_snapshot(const DatabaseServerSpec& from,
                                                const std::string& snapshot) {
    TRY(fault("databases.take_snapshot", from.id));
    const std::lock_guard lock(mutex_);
    auto& copy = snapshots_[snapshot];
    if (copy.server_id == 0) {
        const auto source = answering(from.id);
        if (!source) {
            snapshots_.erase(snapshot);
            return std::unexpected(source.error());
        }
        copy.done = (*source)->done;
        copy.credentials = (*source)->credentials;
        copy.server_id = (*source)->server_id;
    }
    return fmt::format("0-{}-{}", copy.server_id, copy.done.size());
}

Result<void> DatabasesSim::restore_snapshot(const std::string& snapshot,
                                            const DatabaseServerSpec& to) {
    TRY(fault("databases.restore_snapshot", to.id));
    const std::lock_guard lock(mutex_);
    const auto found = snapshots_.find(snapshot);
    if (found == snapshots_.end()) {
        return fail(Domain::system, "NoData", "the snapshot's data is gone");
    }
    servers_.try_emplace(to.id, found->second);
    return {};
}

Result<std::string> DatabasesSim::archive_log(const DatabaseServerSpec& from,
                                              const std::string& archive) {
    TRY(fault("databases.archive_log", from.id));
    const std::lock_guard lock(mutex_);
    const Server& source = *TRY(answering(from.id));
    archives_[archive] = source.done;
    return fmt::format("0-{}-{}", source.server_id, source.done.size());
}

Result<void> DatabasesSim::replay_log(const DatabaseServerSpec& to, const std::string& archive,
                                      const LogReplay&) {
    TRY(fault("databases.replay_log", to.id));
    const std::lock_guard lock(mutex_);
    const auto found = archives_.find(archive);
    if (found == archives_.end()) return fail(Domain::system, "LogGap", "there is no archive");
    TRY(answering(to.id))->done = found->second;
    return {};
}

Result<void> DatabasesSim::remove_archive(const std::string& archive) {
    TRY(fault("databases.remove_archive", archive));
    const std::lock_guard lock(mutex_);
    archives_.erase(archive);
    return {};
}

Result<std::vector<std::string>> DatabasesSim::list_archives() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> ids;
    for (const auto& [id, archive] : archives_) ids.push_back(id);
    return ids;
}

Result<void> DatabasesSim::remove_snapshot(const std::string& snapshot) {
    TRY(fault("databases.remove_snapshot", snapshot));
    const std::lock_guard lock(mutex_);
    snapshots_.erase(snapshot);
    return {};
}

Result<std::vector<std::string>> DatabasesSim::list_snapshots() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> ids;
    for (const auto& [id, snapshot] : snapshots_) ids.push_back(id);
    return ids;
}

Result<std::string> DatabasesSim::read_log(const std::string&, DatabaseLog) { return ""; }

DatabasesSim::Write DatabasesSim::write(const std::string& id, int transaction) {
    const std::lock_guard lock(mutex_);
    const auto server = answering(id);
    if (!server || (*server)->role != ServerRole::primary) return Write::refused;
    Server* standby = standby_of(id);
    (*server)->waiting.push_back(transaction);
    if ((*server)->waits && !standby) return Write::waiting;
    release(**server, standby);
    feed_replicas(id);
    return Write::acknowledged;
}

std::vector<int> DatabasesSim::transactions(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = servers_.find(id);
    return found == servers_.end() ? std::vector<int>{} : found->second.done;
}

void DatabasesSim::crash(const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (const auto found = servers_.find(id); found != servers_.end()) die(found->second);
}

void DatabasesSim::hang(const std::string& id, Hangs hangs) {
    const std::lock_guard lock(mutex_);
    const auto found = servers_.find(id);
    if (found == servers_.end() || !found->second.running) return;
    found->second.hangs = hangs == Hangs::yes;
    if (hangs == Hangs::yes) return;
    // Awake again, a pair goes on where it was.
    for (const auto& primary : {id, found->second.follows}) {
        const auto server = answering(primary);
        if (!server || (*server)->role != ServerRole::primary) continue;
        if (auto* standby = standby_of(primary)) release(**server, standby);
    }
}

void DatabasesSim::break_down(const std::string& id, Broken what) {
    const std::lock_guard lock(mutex_);
    if (const auto found = servers_.find(id); found != servers_.end()) {
        found->second.broken.insert(what);
    }
}

void DatabasesSim::mend(const std::string& id, Broken what) {
    const std::lock_guard lock(mutex_);
    if (const auto found = servers_.find(id); found != servers_.end()) {
        found->second.broken.erase(what);
    }
}

std::vector<int> DatabasesSim::acknowledged() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_;
}

std::vector<std::string> DatabasesSim::writable() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> ids;
    for (const auto& [id, server] : servers_) {
        if (server.running && !server.hangs && server.role == ServerRole::primary) {
            ids.push_back(id);
        }
    }
    return ids;
}

bool DatabasesSim::is_running(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = servers_.find(id);
    return found != servers_.end() && found->second.running;
}

void DatabasesSim::cut_replication(const std::string& standby_id) {
    const std::lock_guard lock(mutex_);
    if (const auto found = servers_.find(standby_id); found != servers_.end()) {
        found->second.follows.clear();
    }
}

void DatabasesSim::refuse_parameter(const std::string& name, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    refused_[name] = reason;
}

std::optional<DatabaseCredentials> DatabasesSim::credentials(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = servers_.find(id);
    return found == servers_.end() ? std::nullopt : found->second.credentials;
}

std::map<std::string, std::string> DatabasesSim::parameters_in_force(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = servers_.find(id);
    return found == servers_.end() ? std::map<std::string, std::string>{}
                                   : found->second.parameters;
}

}  // namespace stormglass::substrate
