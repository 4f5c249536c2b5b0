// One pass over one instance: the steps from what is observed to what is wanted. Each step may be
// the last before a crash, so each begins from the record and the machine, never from memory.
#pragma once

#include "services/common/zone_health.h"
#include "services/rds/events_log.h"
#include "services/rds/reconciler.h"

namespace stormglass::rds {

class InstanceCare {
public:
    InstanceCare(ReconcilerParts& parts, DataKeys& keys, InstanceMemory& memory, Realm realm,
                 Instance instance)
        : parts_(parts), keys_(keys), memory_(memory), realm_(std::move(realm)),
          instance_(std::move(instance)) {}

    /// Returns how long it may rest.
    Result<base::Millis> tend();
    /// After tend(): a standby runs and does not reach its primary.
    bool doubts_backplane() const;

private:
    using State = substrate::DatabaseServerState;

    // The record (care_record.cc).
    Result<void> update(const std::function<Result<void>(wire::Request&, Instance&)>& change);
    Result<void> set_status(const std::string& status);
    Result<void> add_event(const EventKind& kind);
    Result<void> publish_name();
    services::DnsRecord name_record(const Server& primary) const;
    Result<void> finish();
    Result<void> open_window();
    Result<ParameterGroup> group();

    // Servers (server_care.cc).
    substrate::DatabaseServerSpec spec_of(const Server& server, const Texts& parameters) const;
    substrate::DatabaseServerSpec spec_of(const Server& server) const {
        return spec_of(server, instance_.in_force.parameters);
    }
    Result<void> observe();
    std::string role_word(const Server& server, const State& state) const;
    const State* state_of(const Server* server) const;
    bool is_plugged(const Server& server) const;
    bool is_usable(const Server& server) const;  // Its zone is.
    Result<void> look_at_zones();
    Result<void> settle_key();
    Result<void> remove_server(const Server& server);
    Result<void> retire();
    Result<base::Millis> destroy();
    Result<bool> take_final_snapshot();
    Result<base::Millis> create();
    Result<base::Millis> keep_up();
    Result<void> revive_primary();
    Result<void> restart();
    void rejoin_after_restart(const substrate::DatabaseServerSpec& standby,
                              const substrate::DatabaseServerSpec& primary);
    Result<void> follow_credentials();
    Result<void> follow_parameters();

    // Read replicas (care_replica.cc).
    Result<std::optional<Instance>> source();
    substrate::DatabaseServerSpec spec_of_source(const Instance& source,
                                                 const Server& server) const;
    Result<base::Millis> tend_replica();
    Result<bool> seed_replica(const Instance& source);
    Result<void> follow_source(const Instance& source);
    Result<void> begin_again();
    Result<base::Millis> promote_replica();
    Result<void> open_replica();
    Result<void> keep_replica(const Instance& source);

    // What goes to CloudWatch Logs (care_logs.cc).
    Result<void> export_logs();
    Result<void> export_log(const Server& server, const std::string& log);
    Result<void> monitor();

    // Room on the disk (care_storage.cc).
    bool is_storage_full() const;
    Result<void> tend_storage();
    Result<void> tell_storage();
    std::optional<std::int64_t> grown_storage();
    Result<void> follow_storage();

    // A new primary (care_failover.cc).
    Result<void> check_invariants();
    std::optional<std::string> reason_to_fail_over() const;
    bool can_take_over(const Server& standby) const;
    Result<void> begin_failover(const std::string& reason);
    Result<base::Millis> continue_failover();
    Result<void> promote_successor(const Failover& failover);
    Result<void> settle_asked_failover();

    // Snapshots, and standing still (care_backup.cc).
    Result<std::vector<Snapshot>> own_snapshots();
    Result<void> settle_snapshot(const std::string& identifier, const std::string& position);
    const Server* backup_source() const;
    Result<bool> tend_snapshots();
    Result<void> keep_automated_snapshots();
    Result<void> tend_log_archive();
    Result<void> note_archived(const ArchiveGoal& goal);
    Result<void> prune_archive();
    Result<void> replay(const substrate::DatabaseServerSpec& primary);
    Result<void> forget_automated_snapshots();
    Result<base::Millis> stand_still();

    // The standby (care_standby.cc).
    Result<void> tend_standby();
    Result<void> seed_standby(const Server& standby);
    Result<void> reconnect_standby(const Server& standby);
    Result<void> drop_out_of_sync(const Server& standby);
    bool is_lost(const Server& standby) const;
    bool keeps_pace(const Server& standby);
    bool has_received_all(const Server& standby);
    Result<void> confirm_standby(const Server& standby);
    Result<void> mark_in_sync(const Server& standby);

    ReconcilerParts& parts_;
    DataKeys& keys_;
    InstanceMemory& memory_;
    const Realm realm_;
    Instance instance_;
    std::string key_;
    std::map<std::string, State> states_;  // By server id.
    std::map<std::string, services::ZoneState> zones_;  // Of the servers' zones, as this pass saw.
};

}  // namespace stormglass::rds
