// StopDBInstance and StartDBInstance: what is wanted; the reconciler stops and starts the servers.
#include "services/rds/common.h"
#include "services/rds/service.h"
#include "services/rds/snapshots.h"
#include "services/rds/views.h"

namespace stormglass::rds {

Result<api::StopDBInstanceOutput> Service::stop_db_instance(
    wire::Request& request, const api::StopDBInstanceInput& input) {
    auto instance = TRY(need_instance(request, input.db_instance_identifier));
    if (instance.status != "available") {
        return api::invalid_db_instance_state(
            fmt::format("Instance {} is not in available state.", instance.identifier));
    }
    if (instance.is_replica() || !TRY(replicas_of(request, instance)).empty()) {
        return api::invalid_db_instance_state(fmt::format(
            "Cannot stop the DB instance {}: it is a read replica, or has one.",
            instance.identifier));
    }
    if (input.db_snapshot_identifier) {
        TRY(ask_for_snapshot(request, parts_.random, instance, *input.db_snapshot_identifier,
                             manual_snapshot));
    }
    instance.status = "stopping";
    instance.stop_wanted = true;
    ++instance.generation;
    save(request, instance);
    return api::StopDBInstanceOutput{TRY(view(request, instance))};
}

Result<api::StartDBInstanceOutput> Service::start_db_instance(
    wire::Request& request, const api::StartDBInstanceInput& input) {
    auto instance = TRY(need_instance(request, input.db_instance_identifier));
    if (instance.status != "stopped") {
        return api::invalid_db_instance_state(
            fmt::format("Instance {} is not stopped; it cannot be started.", instance.identifier));
    }
    instance.status = "starting";
    instance.stop_wanted = false;
    ++instance.generation;
    save(request, instance);
    return api::StartDBInstanceOutput{TRY(view(request, instance))};
}

}  // namespace stormglass::rds
