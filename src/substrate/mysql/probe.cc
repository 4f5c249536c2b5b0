#include "substrate/mysql/probe.h"

#include <sys/statvfs.h>

#include <thread>

#include "substrate/mysql/replication.h"
#include "substrate/mysql/stillness.h"
#include "substrate/mysql/volume.h"

namespace stormglass::substrate::mysql {
namespace {

constexpr std::chrono::seconds ask_limit{1};
// An idle server's own threads wake up several times in this long.
constexpr std::chrono::milliseconds stillness{400};
constexpr std::chrono::seconds storage_interval{1};  // Each look costs a write.

// Outside the binary log: it is this server's disk that is asked, not its standby's.
constexpr const char* beat_table =
    "CREATE TABLE IF NOT EXISTS mysql.rds_heartbeat2 (id INT PRIMARY KEY, value BIGINT) "
    "ENGINE=InnoDB";
constexpr const char* beat =
    "REPLACE INTO mysql.rds_heartbeat2 VALUES (1, UNIX_TIMESTAMP(NOW(3)) * 1000)";
constexpr std::string_view no_such_table = "1146";
// The server is told to wait by its user (FLUSH TABLES WITH READ LOCK), or is read only.
constexpr std::string_view lock_timeout = "1205", read_only = "1290";

}  // namespace

void Probe::look(const DatabaseServerSpec& spec, const Layout& layout, DatabaseServerState& state) {
    if (pid_ != state.pid) {
        *this = Probe();
        pid_ = state.pid;
    }
    const auto asked = Clock::now();
    const bool spoke = ask(layout, state);
    const auto now = Clock::now();
    if (spoke) answered_.well(now);
    state.silent_for = answered_.bad_for(now);
    if (!spoke) {
        connection_.reset();
        state.stands_still = now - asked >= ask_limit && stands_still();
    }
    if (reach_.look(pid_, spec.network_namespace)) reached_.well(now);
    state.unreachable_for = reached_.bad_for(now);
    if (!state.answers) return;
    look_at_storage(layout, state);
    look_at_replication(state);
}

bool Probe::ask(const Layout& layout, DatabaseServerState& state) {
    if (connection_) {
        const auto asked = Clock::now();
        if (observe_server(*connection_, state, now_)) return true;
        connection_.reset();
        if (Clock::now() - asked >= ask_limit) return false;
        // Somebody merely ended our session.
    }
    auto opened = Connection::open(layout.socket(), ask_limit);
    // Whatever a server says, "too many connections" too, shows that it is alive.
    if (!opened) return opened.error().code != "NoAnswer";
    connection_ = std::make_unique<Connection>(std::move(*opened));
    return observe_server(*connection_, state, now_).has_value();
}

/// None of its threads does anything for a while, and none waits for a processor.
bool Probe::stands_still() const {
    const auto before = activity_of(pid_);
    if (before.wants_to_run) return false;
    std::this_thread::sleep_for(stillness);
    const auto after = activity_of(pid_);
    return before.run_ns == after.run_ns && !after.wants_to_run;
}

/// Of a primary: a standby's disk shows in that it confirms nothing.
void Probe::look_at_storage(const Layout& layout, DatabaseServerState& state) {
    const auto now = Clock::now();
    struct statvfs room {};
    if (::statvfs(layout.folder.c_str(), &room) == 0) {
        state.storage_free_bytes = static_cast<std::int64_t>(room.f_bavail * room.f_frsize);
        state.storage_size_bytes = storage_size(layout).value_or(0);
    }
    const bool full = state.storage_free_bytes && *state.storage_free_bytes < storage_full_bytes;
    if (state.role == ServerRole::primary && now - storage_looked_ >= storage_interval) {
        storage_looked_ = now;
        storage_well_ = storage_takes_writes();
    }
    if (!full && (storage_well_ || state.role == ServerRole::standby)) stored_.well(now);
    state.storage_fails_for = stored_.bad_for(now);
}

bool Probe::storage_takes_writes() {
    if (!connection_) return true;
    auto written = connection_->execute("SET SESSION sql_log_bin=0, lock_wait_timeout=1");
    if (written) written = connection_->execute(beat);
    if (!written && written.error().code == no_such_table) {
        written = connection_->execute(beat_table);
        if (written) written = connection_->execute(beat);
    }
    if (written || written.error().code == lock_timeout || written.error().code == read_only) {
        return true;
    }
    connection_.reset();
    return false;
}

void Probe::look_at_replication(DatabaseServerState& state) {
    const auto now = Clock::now();
    if (state.role == ServerRole::standby) {
        if (state.replicating) joined_.well(now);
        state.apart_for = joined_.bad_for(now);
        return;
    }
    const bool moved = now_.count != confirmed_before_;
    confirmed_before_ = now_.count;
    if (moved || now_.waiting == 0) confirmed_.well(now);
    state.writes_wait_for = confirmed_.bad_for(now);
}

void Probes::look(const DatabaseServerSpec& spec, const Layout& layout,
                  DatabaseServerState& state) {
    std::shared_ptr<Entry> entry;
    {
        const std::lock_guard lock(mutex_);
        auto& place = entries_[spec.id];
        if (!place) place = std::make_shared<Entry>();
        entry = place;
    }
    const std::lock_guard lock(entry->mutex);
    entry->probe.look(spec, layout, state);
}

void Probes::forget(const std::string& id) {
    const std::lock_guard lock(mutex_);
    entries_.erase(id);
}

}  // namespace stormglass::substrate::mysql
