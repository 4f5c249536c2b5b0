// RestoreDBInstanceToPointInTime and the automated backups it goes by.
#include "services/rds/common.h"
#include "services/rds/service.h"

namespace stormglass::rds {

Result<api::RestoreDBInstanceToPointInTimeOutput> Service::restore_db_instance_to_point_in_time(
    wire::Request&, const api::RestoreDBInstanceToPointInTimeInput&) {
    return invalid_combination("Stormglass does not support point-in-time restore yet.");
}

Result<api::DescribeDBInstanceAutomatedBackupsOutput>
Service::describe_db_instance_automated_backups(
    wire::Request&, const api::DescribeDBInstanceAutomatedBackupsInput&) {
    return invalid_combination("Stormglass does not support describing automated backups yet.");
}

}  // namespace stormglass::rds
