// Read replicas.
#include "services/rds/common.h"
#include "services/rds/service.h"

namespace stormglass::rds {

Result<api::CreateDBInstanceReadReplicaOutput> Service::create_db_instance_read_replica(
    wire::Request&, const api::CreateDBInstanceReadReplicaInput&) {
    return invalid_combination("Stormglass does not support read replicas yet.");
}

Result<api::PromoteReadReplicaOutput> Service::promote_read_replica(
    wire::Request& request, const api::PromoteReadReplicaInput& input) {
    const auto instance = TRY(need_instance(request, input.db_instance_identifier));
    return api::invalid_db_instance_state(
        fmt::format("DB Instance {} is not a read replica.", instance.identifier));
}

}  // namespace stormglass::rds
