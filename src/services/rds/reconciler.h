// Brings database servers to what the records want, and the records to what is observed.
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "base/random.h"
#include "services/common/ports.h"
#include "services/common/reconciler.h"
#include "services/common/timeline.h"
#include "services/rds/data_key.h"
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
};

/// One server as it was last seen.
struct ServerView {
    std::string id, role, zone, address, state;
    bool replicating = false, synchronous = false;
    int pid = 0;
};
STORMGLASS_JSON(ServerView, id, role, zone, address, state, replicating, synchronous, pid)

/// What the reconciler remembers of an instance between passes; losing it does no harm.
struct InstanceMemory {
    std::vector<ServerView> servers;
    int silent_passes = 0;   // The primary runs but does not answer.
    int lagging_passes = 0;  // The standby runs but does not replicate.
    Texts refused_parameters;
    std::string last_error;
};

/// reconcile() runs on one thread; status() and read_log() may be called from any.
class Reconciler final : public services::Reconciler, public services::StatusSource {
public:
    explicit Reconciler(ReconcilerParts parts);

    std::string_view name() const override { return "rds"; }
    Result<base::Millis> reconcile() override;

    std::string_view status_key() const override { return "databases"; }
    Result<base::Json> status(store::Tx& tx) override;

    /// For Service: the newest part of a server's log ("error", "general", "slowquery").
    Result<std::string> read_log(const std::string& server_id, const std::string& log);

private:
    struct Found {
        Realm realm;
        Instance instance;
    };
    Result<std::vector<Found>> load();
    void prepare_once();
    Result<void> join_backplane(const std::vector<Found>& all);
    Result<void> remove_orphans(const std::vector<Found>& all);
    base::Millis tend(const Found& found);
    Result<void> deliver();
    Result<void> deliver_one(const Realm& realm, const std::vector<std::string>& key,
                             const Delivery& delivery);

    ReconcilerParts parts_;
    DataKeys keys_;
    bool prepared_ = false;
    std::map<std::string, std::string> backplane_;  // As last applied: attachment to address.
    std::map<std::string, InstanceMemory> memory_;  // By resource id.

    std::mutex seen_mutex_;
    std::string engine_;
    std::map<std::string, std::vector<ServerView>> seen_;
};

}  // namespace stormglass::rds
