// Events: what DescribeEvents shows, what subscriptions receive and the timeline tells.
#pragma once

#include "base/random.h"
#include "services/common/timeline.h"
#include "services/rds/records.h"
#include "wire/request.h"

namespace stormglass::rds {

struct EventKind {
    const char* id;          // "RDS-EVENT-0005"
    const char* categories;  // "creation"
    const char* message;
};
namespace event {
inline constexpr EventKind created{"RDS-EVENT-0005", "creation", "DB instance created"};
inline constexpr EventKind deleted{"RDS-EVENT-0003", "deletion", "DB instance deleted"};
inline constexpr EventKind restarted{"RDS-EVENT-0006", "availability", "DB instance restarted"};
inline constexpr EventKind shut_down{"RDS-EVENT-0004", "availability", "DB instance shutdown"};
inline constexpr EventKind class_change{"RDS-EVENT-0014", "configuration change",
                                        "Finished applying modification to DB instance class"};
inline constexpr EventKind credentials{"RDS-EVENT-0016", "configuration change",
                                       "Reset master credentials"};
inline constexpr EventKind storage_change{
    "RDS-EVENT-0017", "configuration change",
    "Finished applying modification to allocated storage"};
inline constexpr EventKind storage_full{
    "RDS-EVENT-0007", "low storage",
    "The allocated storage for the DB instance has been consumed. To resolve this issue, allocate "
    "additional storage for the DB instance."};
inline constexpr EventKind storage_low{"RDS-EVENT-0089", "low storage",
                                       "The DB instance has consumed more than 90% of its allocated "
                                       "storage."};
inline constexpr EventKind storage_grows{
    "RDS-EVENT-0217", "configuration change",
    "Applying autoscaling-initiated modification to allocated storage"};
inline constexpr EventKind to_multi_az_begun{
    "RDS-EVENT-0024", "configuration change",
    "Applying modification to convert to a Multi-AZ DB instance"};
inline constexpr EventKind to_multi_az{
    "RDS-EVENT-0025", "configuration change",
    "Finished applying modification to convert to a Multi-AZ DB instance"};
inline constexpr EventKind to_single_az{
    "RDS-EVENT-0030", "configuration change",
    "Finished applying modification to convert to a standard (Single-AZ) DB instance"};
inline constexpr EventKind parameters_refused{
    "RDS-EVENT-0035", "failure", "The database parameters can't be applied by this engine"};
inline constexpr EventKind recovery_begun{"RDS-EVENT-0020", "recovery",
                                          "Recovery of the DB instance has started"};
inline constexpr EventKind recovery_done{"RDS-EVENT-0021", "recovery",
                                         "Recovery of the DB instance is complete"};
inline constexpr EventKind backup_begun{"RDS-EVENT-0001", "backup", "Backing up DB instance"};
inline constexpr EventKind backup_done{"RDS-EVENT-0002", "backup", "Finished DB Instance backup"};
inline constexpr EventKind restored{"RDS-EVENT-0043", "restoration",
                                    "Restored from snapshot"};
inline constexpr EventKind restored_to_time{"RDS-EVENT-0019", "restoration",
                                            "Restored from DB instance to a point in time."};
inline constexpr EventKind replica_begun{"RDS-EVENT-0046", "read replica",
                                         "Replication for the Read Replica resumed"};
inline constexpr EventKind replica_error{"RDS-EVENT-0045", "read replica",
                                         "Replication has stopped: the replica is made anew"};
inline constexpr EventKind replica_ended{"RDS-EVENT-0057", "read replica",
                                         "Replication streaming has been terminated."};
inline constexpr EventKind replica_promoted{"RDS-EVENT-0065", "availability",
                                            "Promoted Read Replica instance to standalone."};
inline constexpr EventKind stopped{"RDS-EVENT-0087", "notification", "DB instance stopped"};
inline constexpr EventKind started{"RDS-EVENT-0088", "notification", "DB instance started"};
inline constexpr EventKind failover_begun{"RDS-EVENT-0013", "failover",
                                          "Multi-AZ instance failover started."};
inline constexpr EventKind failover_promoted{
    "RDS-EVENT-0015", "failover",
    "Multi-AZ failover to standby complete - DNS propagation may take a few minutes."};
inline constexpr EventKind failover_done{"RDS-EVENT-0049", "failover",
                                         "Multi-AZ instance failover completed."};
inline constexpr EventKind failover_abandoned{
    "RDS-EVENT-0034", "failover",
    "Abandoning user requested failover since a failover recently occurred on the database "
    "instance."};
/// Stormglass's own: AWS keeps silent about the standby.
inline constexpr EventKind standby_lost{"RDS-EVENT-0020", "recovery",
                                        "The standby was lost and is being recovered"};
inline constexpr EventKind standby_back{"RDS-EVENT-0021", "recovery",
                                        "The standby is synchronous again"};
}  // namespace event

struct EventTools {
    base::Random& random;
    services::Timeline& timeline;
};

/// The event with the reason after its message, as failovers have it.
Result<void> record_event(wire::Request& request, EventTools tools, const std::string& identifier,
                          const EventKind& kind, const std::string& reason);
/// Writes the event and, for each subscription that wants it, a delivery.
Result<void> record_event(wire::Request& request, EventTools tools, const std::string& identifier,
                          const EventKind& kind);

/// What a topic receives, as AWS words it.
std::string notification_text(const EventRecord& event, const std::string& region);

}  // namespace stormglass::rds
