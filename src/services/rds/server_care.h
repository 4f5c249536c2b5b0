// One pass over one instance: the steps from what is observed to what is wanted. Each step may be
// the last before a crash, so each begins from the record and the machine, never from memory.
#pragma once

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

private:
    using State = substrate::DatabaseServerState;

    // The record (care_record.cc).
    Result<void> update(const std::function<Result<void>(wire::Request&, Instance&)>& change);
    Result<void> set_status(const std::string& status);
    Result<void> add_event(const EventKind& kind);
    Result<void> publish_name();
    Result<void> finish();
    Result<void> open_window();
    Result<ParameterGroup> group();

    // Servers (server_care.cc).
    substrate::DatabaseServerSpec spec_of(const Server& server, const Texts& parameters) const;
    substrate::DatabaseServerSpec spec_of(const Server& server) const {
        return spec_of(server, instance_.in_force.parameters);
    }
    Result<void> observe();
    const State* state_of(const Server* server) const;
    bool is_plugged(const Server& server) const;
    Result<void> settle_key();
    Result<void> remove_server(const Server& server);
    Result<void> retire();
    Result<base::Millis> destroy();
    Result<base::Millis> create();
    Result<base::Millis> keep_up();
    Result<void> revive_primary();
    Result<void> restart();
    Result<void> follow_credentials();
    Result<void> follow_parameters();

    // The standby (care_standby.cc).
    Result<void> tend_standby();
    Result<void> seed_standby(const Server& standby);
    Result<void> reconnect_standby(const Server& standby);
    Result<void> drop_out_of_sync(const Server& standby);
    Result<void> mark_in_sync(const Server& standby);

    ReconcilerParts& parts_;
    DataKeys& keys_;
    InstanceMemory& memory_;
    const Realm realm_;
    Instance instance_;
    std::string key_;
    std::map<std::string, State> states_;  // By server id.
};

}  // namespace stormglass::rds
