// Database servers as a simulation has them: the same contract, with a list of transactions for
// data. What matters for failover is modelled: writes that wait for the standby, a standby that is
// behind, histories that diverge, servers that die at any point. Deterministic: no clock, no
// randomness.
//
// A fault can strike before anything is done or, as a crash would, half way: calls ask the hook a
// second time under NAME.half ("databases.promote.half"), and what was done by then stays done.
// Threading: any thread.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "substrate/databases.h"
#include "substrate/sim/faults.h"

namespace stormglass::substrate {

class DatabasesSim final : public Databases {
public:
    explicit DatabasesSim(FaultHook faults = {}) : faults_(std::move(faults)) {}

    Result<std::string> engine_version() override;
    Result<void> prepare() override;
    /// Refuses what refuse_parameter() named.
    Result<std::vector<ParameterProblem>> check_parameters(
        const std::map<std::string, std::string>& parameters) override;
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
    /// Names in `restart_parameters` need a restart when their value changes.
    Result<std::vector<std::string>> apply_parameters(const DatabaseServerSpec& spec) override;
    Result<DatabaseServerState> observe(const DatabaseServerSpec& spec) override;
    Result<void> grow_storage(const DatabaseServerSpec& spec) override;
    Result<DatabaseUsage> usage(const DatabaseServerSpec& spec) override;
    Result<void> stop(const std::string& id) override;
    Result<void> kill(const std::string& id) override;
    Result<void> fence(const DatabaseServerSpec& spec) override;
    Result<void> remove(const std::string& id) override;
    Result<std::vector<std::string>> list() override;
    Result<std::string> read_log(const std::string& id, DatabaseLog log) override;

    Result<std::string> take_snapshot(const DatabaseServerSpec& from,
                                      const std::string& snapshot) override;
    Result<void> restore_snapshot(const std::string& snapshot,
                                  const DatabaseServerSpec& to) override;
    Result<std::string> archive_log(const DatabaseServerSpec& from,
                                    const std::string& archive) override;
    /// All of the archive: the simulation has no time.
    Result<void> replay_log(const DatabaseServerSpec& to, const std::string& archive,
                            const LogReplay& replay) override;
    Result<void> remove_archive(const std::string& archive) override;
    Result<std::vector<std::string>> list_archives() override;
    Result<void> remove_snapshot(const std::string& snapshot) override;
    Result<std::vector<std::string>> list_snapshots() override;

    // For tests.
    static const std::set<std::string> restart_parameters;
    enum class Write { refused, waiting, acknowledged };
    /// A client's transaction. `waiting`: the server wants its standby's word first, and forgets
    /// the transaction if it dies before.
    Write write(const std::string& id, int transaction);
    std::vector<int> transactions(const std::string& id) const;
    /// The server dies, or hangs, behind everybody's back.
    void crash(const std::string& id);
    enum class Hangs { no, yes };
    void hang(const std::string& id, Hangs hangs);
    /// Until mended: its VPC does not reach it, or its disk takes no write. Both are merely seen by
    /// observe(): whoever calls write() is taken to have a way in.
    enum class Broken { network, storage };
    void break_down(const std::string& id, Broken what);
    void mend(const std::string& id, Broken what);
    /// What is left of the server's storage; less than storage_full_bytes breaks it down.
    void set_free_storage(const std::string& id, std::int64_t bytes);
    std::int64_t storage_of(const std::string& id) const;
    /// Every transaction that a client was ever told is done, in that order.
    std::vector<int> acknowledged() const;
    /// Servers that would accept a client's write now.
    std::vector<std::string> writable() const;
    bool is_running(const std::string& id) const;
    /// How much time each observe() of a server in trouble seems to have passed.
    static constexpr std::chrono::milliseconds observed_step{1'000};
    /// The standby's link is cut: it runs, but receives nothing until replicate_from().
    void cut_replication(const std::string& standby_id);
    void refuse_parameter(const std::string& name, const std::string& reason);
    std::optional<DatabaseCredentials> credentials(const std::string& id) const;
    std::map<std::string, std::string> parameters_in_force(const std::string& id) const;

private:
    struct Server {
        bool running = false, hangs = false, waits = false, is_replica = false;
        ServerRole role = ServerRole::primary;
        std::string follows;  // Whose transactions it receives.
        std::uint32_t server_id = 0;
        int pid = 0;
        std::vector<int> done, waiting;
        std::map<std::string, std::string> parameters;
        std::optional<DatabaseCredentials> credentials;
        std::int64_t storage = 0;
        std::optional<std::int64_t> free_storage;
        std::set<Broken> broken;
        std::chrono::milliseconds silent{0}, unreachable{0}, no_write{0}, apart{0}, waited{0};
    };
    bool replicates(const Server& server);
    void observe_trouble(Server& server, DatabaseServerState& state);

    Result<void> fault(std::string_view call, const std::string& subject) const {
        return faults_ ? faults_(call, subject) : Result<void>{};
    }
    Result<Server*> answering(const std::string& id);
    Server* standby_of(const std::string& id);
    void release(Server& primary, Server* standby);
    void feed_replicas(const std::string& primary);
    void die(Server& server);
    Result<void> refuse_unknown(const std::map<std::string, std::string>& parameters) const;

    FaultHook faults_;
    mutable std::mutex mutex_;
    std::map<std::string, Server> servers_, snapshots_;
    std::map<std::string, std::vector<int>> archives_;
    std::map<std::string, std::string> refused_;
    std::vector<int> acknowledged_;
    int next_pid_ = 1000;
};

}  // namespace stormglass::substrate
