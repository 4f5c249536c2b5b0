// Brings database servers to what the records want, and the records to what is observed.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>

#include "base/random.h"
#include "services/common/ports.h"
#include "services/common/reconciler.h"
#include "services/common/timeline.h"
#include "services/common/zone_health.h"
#include "api/logs.h"
#include "services/rds/data_key.h"
#include "services/rds/figures.h"
#include "services/rds/job.h"
#include "services/rds/keepers.h"
#include "substrate/databases.h"
#include "substrate/network.h"

namespace stormglass::rds {

/// What the reconciler is built from; all outlive it.
struct ReconcilerParts {
    store::Store& store;
    const base::Clock& clock;
    base::Random& random;
    services::Timeline& timeline;
    store::KeyRing& keys;
    services::ManagedInterfaces& interfaces;
    kms::api::Api* kms = nullptr;                        // As the Service has it.
    services::Notifications* notifications = nullptr;    // Null: events stay on the timeline.
    substrate::Network& network;
    substrate::Databases& databases;
    /// Called after a change that other reconcilers should soon see (a name that moved).
    std::function<void()> wake = [] {};
    logs::api::Api* logs = nullptr;  // Null: logs and enhanced monitoring go nowhere.
    WorkMode work_mode = WorkMode::at_once;
};

/// One server as it was last seen.
struct ServerView {
    std::string id, role, zone, address, state;
    bool replicating = false, synchronous = false;
    int pid = 0;
    std::optional<std::int64_t> lag_seconds;  // Of a read replica.
};
STORMGLASS_JSON(ServerView, id, role, zone, address, state, replicating, synchronous, pid,
                lag_seconds)

/// What the log archive shall hold next: all that was written at a time.
struct ArchiveGoal {
    base::Time as_of{};
    std::string position;
};

/// What the reconciler remembers of an instance between passes; losing it does no harm.
struct InstanceMemory {
    std::vector<ServerView> servers;
    int failed_joins = 0;    // Of the standby.
    int still_passes = 0;    // The standby is behind and receives nothing.
    std::int64_t written_before = 0, received_before = 0;  // Positions as of the last pass.
    std::optional<std::int64_t> to_receive;  // Then everything acknowledged is on the standby.
    std::optional<base::Time> storage_low_since;
    std::optional<ArchiveGoal> archive_goal;
    std::string followed;          // A replica: the source's server that it was told to follow.
    base::Time exported{}, monitored{};
    std::optional<double> cpu_seconds_before;
    Texts refused_parameters;
    std::string last_error;
    bool wrote = false;  // In this pass.
    Job job;
};

/// reconcile() runs on one thread; the rest may be called from any.
class Reconciler final : public services::Reconciler,
                         public services::StatusSource,
                         public services::ZoneOccupant,
                         public FigureSource {
public:
    explicit Reconciler(ReconcilerParts parts);

    std::string_view name() const override { return "rds"; }
    Result<base::Millis> reconcile() override;

    std::string_view status_key() const override { return "databases"; }
    Result<base::Json> status(store::Tx& tx) override;

    /// Kills every server of the zone.
    Result<void> cut_power(const std::string& zone) override;

    Result<std::vector<InstanceFigures>> figures() override;
    Result<std::optional<InstanceFigures>> figures_of(const std::string& account,
                                                      const std::string& region,
                                                      const std::string& identifier) override;

    /// For Service: the newest part of a server's log ("error", "general", "slowquery").
    Result<std::string> read_log(const std::string& server_id, const std::string& log);

private:
    struct Found {
        Realm realm;
        Instance instance;
    };
    Result<std::vector<Found>> load();
    Result<std::optional<Found>> load_one(const Found& known);
    void prepare_once();
    Result<void> join_backplane(const std::vector<Found>& all);
    Result<void> remove_orphans(const std::vector<std::string>& present,
                                const std::vector<Found>& all);
    Result<void> remove_orphaned_snapshots();
    Result<void> remove_orphaned_archives(const std::vector<Found>& all);
    InstanceMemory& memory_of(const std::string& resource_id);
    Look look(const Found& known);
    base::Millis tend(const Found& found, InstanceMemory& memory);
    std::vector<base::UniqueFd> ends_of(const InstanceMemory& memory);
    std::optional<InstanceFigures> measure(const Found& found);
    void note_outcome(const std::string& subject, const Result<void>& outcome);
    Result<void> failing_for_long();
    void forget_all_but(const std::vector<Found>& all);
    Result<void> deliver();
    Result<void> deliver_one(const Realm& realm, const std::vector<std::string>& key,
                             const Delivery& delivery);

    ReconcilerParts parts_;
    DataKeys keys_;
    bool prepared_ = false;
    std::map<std::string, std::string> backplane_;  // As last applied: attachment to address.
    std::atomic<bool> backplane_doubt_ = false;     // A standby does not reach its primary.

    std::mutex memory_mutex_;  // Of the map; each memory is its keeper's.
    std::map<std::string, InstanceMemory> memory_;  // By resource id.

    std::mutex seen_mutex_;
    std::string engine_;
    std::map<std::string, std::vector<ServerView>> seen_;
    struct Failing {
        base::Time since{};
        std::string why;
    };
    std::map<std::string, Failing> failing_;  // By what fails.

    /// Of a server at the last look, for rates.
    struct Sample {
        int pid = 0;
        std::chrono::steady_clock::time_point at;
        std::optional<double> cpu_seconds;
        std::int64_t queries = 0;
    };
    std::chrono::steady_clock::time_point moment() const;
    std::mutex samples_mutex_;
    std::map<std::string, Sample> samples_;

    Keepers keepers_;  // Last: its threads end before what they use.
};

}  // namespace stormglass::rds
