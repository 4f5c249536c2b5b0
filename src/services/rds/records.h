// What RDS keeps in the store. Passwords and keys lie in records: values are sealed at rest.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "store/table.h"

namespace stormglass::rds {

using Texts = std::map<std::string, std::string>;
using Tags = Texts;

struct GroupSubnet {
    std::string id, zone;
};
STORMGLASS_JSON(GroupSubnet, id, zone)

struct SubnetGroup {
    std::string name, description, vpc_id;
    std::vector<GroupSubnet> subnets;
    Tags tags;
};
STORMGLASS_JSON(SubnetGroup, name, description, vpc_id, subnets, tags)

/// One parameter somebody set, or (reset) took back: until a reboot that may still have to be told
/// to running servers.
struct GroupParameter {
    std::string value;
    bool pending_reboot = false;  // The apply method.
    bool reset = false;
};
STORMGLASS_JSON(GroupParameter, value, pending_reboot, reset)

struct ParameterGroup {
    std::string name, family, description;
    std::map<std::string, GroupParameter> parameters;
    Tags tags;
};
STORMGLASS_JSON(ParameterGroup, name, family, description, parameters, tags)

/// One server process of an instance, in one zone.
struct Server {
    std::string id;  // Of the process and its folder: the instance's resource id and a number.
    std::string subnet_id, zone, interface_id, address, public_address, backplane_address;
    std::uint32_t server_id = 1;
    bool seeded = false;    // Standby: it has the primary's data and may be started.
    bool in_sync = false;   // Standby: every acknowledged write is on it; failover may take it.
    bool retired = false;   // To be removed.
};
STORMGLASS_JSON(Server, id, subnet_id, zone, interface_id, address, public_address,
                backplane_address, server_id, seeded, in_sync, retired)

/// Changes that wait for the maintenance window.
struct PendingChanges {
    std::optional<std::string> instance_class, engine_version;
    std::optional<std::int64_t> allocated_storage, port;
    std::optional<bool> multi_az;
    std::optional<std::string> storage_type;
    std::optional<std::int64_t> iops, storage_throughput;
    bool empty() const {
        return !instance_class && !engine_version && !allocated_storage && !port && !multi_az &&
               !storage_type && !iops && !storage_throughput;
    }
};
STORMGLASS_JSON(PendingChanges, instance_class, engine_version, allocated_storage, port, multi_az,
                storage_type, iops, storage_throughput)

/// What the servers run with now, as the reconciler last brought it about.
struct InForce {
    std::string instance_class, parameter_group;
    std::int64_t port = 0, credentials_version = 0;
    std::int64_t allocated_storage = 0;  // 0: of a time when it was not enforced.
    Texts parameters;
    std::vector<std::string> awaiting_restart;  // Set, but the server needs a restart for them.
    bool parameters_refused = false;
};
STORMGLASS_JSON(InForce, instance_class, parameter_group, port, credentials_version,
                allocated_storage, parameters, awaiting_restart, parameters_refused)

/// A change of the primary that is under way. It is written down before the first step, and taken
/// away after the last; a daemon that finds it goes on with it, and never back.
struct Failover {
    std::string from, to;  // Server ids.
    std::string reason;    // As AWS words it, for the events.
    base::Time begun{};
};
STORMGLASS_JSON(Failover, from, to, reason, begun)

/// The continuous backup: up to where the logs are kept, and since when without a gap.
struct LogArchive {
    std::string position;                  // All up to here is in the archive.
    std::optional<base::Time> complete_to; // LatestRestorableTime.
};
STORMGLASS_JSON(LogArchive, position, complete_to)

/// What is still to be applied to a restored copy.
struct Replay {
    std::string archive, begin;  // Whose log, and where the copy stands.
    base::Time until{};
};
STORMGLASS_JSON(Replay, archive, begin, until)

/// A DB instance. Handlers write what is wanted; the reconciler writes `status`, `in_force`,
/// `ready` and what it learns of servers.
struct Instance {
    std::string identifier, resource_id, status;
    std::int64_t generation = 0;  // Counts the handlers' changes.
    base::Time created{};
    // Wanted.
    std::string instance_class, engine, engine_version, db_name, subnet_group, parameter_group;
    std::string master_username, master_password, replication_password;
    std::int64_t credentials_version = 1, port = 3306;
    std::int64_t allocated_storage = 0;
    std::optional<std::int64_t> max_allocated_storage, iops, storage_throughput;
    std::string storage_type;
    bool multi_az = false, publicly_accessible = false, storage_encrypted = false;
    std::vector<std::string> group_ids;
    std::string vpc_id;
    bool reboot_wanted = false, stop_wanted = false, promote_wanted = false;
    std::string replica_source;  // Of a read replica: the source's identifier.
    std::string source_resource_id;
    PendingChanges pending;
    // Recorded and read back.
    std::int64_t backup_retention_period = 1, monitoring_interval = 0;
    std::string backup_window, maintenance_window, monitoring_role_arn, ca_certificate;
    std::string license_model, option_group, engine_lifecycle_support, database_insights_mode;
    bool auto_minor_version_upgrade = true, copy_tags_to_snapshot = false;
    bool deletion_protection = false, performance_insights = false;
    std::string performance_insights_kms_key_id, kms_key_id;
    std::int64_t performance_insights_retention = 0;
    std::vector<std::string> log_exports;
    Tags tags;
    // Brought about.
    std::string wrapped_key;  // The data key, by KMS or by our own key ring (wrapped_by_kms).
    bool wrapped_by_kms = false;
    std::string key_owner;      // Resource id of the instance it was made for; empty: this one.
    std::string from_snapshot;  // Whose data it began with (Snapshot::folder); empty: none.
    std::optional<Replay> replay;
    LogArchive log_archive;
    std::map<std::string, std::int64_t> log_cursors;  // Exported so far: by server and log.
    std::vector<Server> servers;
    std::string primary;  // The id of the server that takes writes.
    bool ready = false;   // It has been available once.
    InForce in_force;
    std::optional<Failover> failover;
    std::optional<base::Time> failover_asked;  // By RebootDBInstance, ForceFailover.

    bool is_replica() const { return !replica_source.empty(); }
    Server* server(const std::string& id);
    const Server* server(const std::string& id) const;
    const Server* primary_server() const { return server(primary); }
    const Server* standby_server() const;
};
void to_json(base::Json& to, const Instance& from);
void from_json(const base::Json& from, Instance& to);

/// A copy of an instance's data, and what is needed to make an instance of it.
struct Snapshot {
    std::string identifier, folder, status, type;  // creating, available; manual, automated.
    base::Time created{};
    std::optional<base::Time> completed;
    std::string position;  // The newest transaction in it.
    Instance instance;     // As it was: settings, master user, key. Its servers mean nothing here.
    std::string zone;
    Tags tags;
};
STORMGLASS_JSON(Snapshot, identifier, folder, status, type, created, completed, position, instance, zone, tags)

struct EventRecord {
    std::string source_id, source_type, source_arn, message, event_id;
    std::vector<std::string> categories;
    base::Time time{};
};
STORMGLASS_JSON(EventRecord, source_id, source_type, source_arn, message, event_id, categories,
                time)

struct Subscription {
    std::string name, topic_arn, source_type, created;
    std::vector<std::string> source_ids, categories;
    bool enabled = true;
    Tags tags;
};
STORMGLASS_JSON(Subscription, name, topic_arn, source_type, created, source_ids, categories,
                enabled, tags)

/// An event on its way to a topic.
struct Delivery {
    std::string topic_arn;
    EventRecord event;
};
STORMGLASS_JSON(Delivery, topic_arn, event)

/// Keys: {account, region, name in lower case}.
inline constexpr store::Table<SubnetGroup> subnet_groups{"rds/subnet-group"};
inline constexpr store::Table<ParameterGroup> parameter_groups{"rds/parameter-group"};
inline constexpr store::Table<Instance> instances{"rds/instance"};
inline constexpr store::Table<Snapshot> snapshots{"rds/snapshot"};
inline constexpr store::Table<Subscription> subscriptions{"rds/subscription"};
/// Keys: {account, region, time, random}.
inline constexpr store::Table<EventRecord> events{"rds/event"};
inline constexpr store::Table<Delivery> deliveries{"rds/delivery"};

}  // namespace stormglass::rds
