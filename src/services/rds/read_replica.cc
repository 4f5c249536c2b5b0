// Read replicas: CreateDBInstanceReadReplica and PromoteReadReplica. What follows its source, and
// becomes an instance of its own, is brought about by the reconciler (care_replica.cc).
#include "base/strings.h"
#include "services/rds/common.h"
#include "services/rds/instance_check.h"
#include "services/rds/restore.h"
#include "services/rds/service.h"
#include "services/rds/views.h"

namespace stormglass::rds {
namespace {

using Wanted = api::CreateDBInstanceReadReplicaInput;

constexpr std::size_t replicas_max = 15;
// Replicas' servers must not be confused with those of their source, which count from 1.
constexpr std::uint32_t replica_ids_from = 1'000, replica_ids = 2'000'000'000;

Result<Instance> find_source(wire::Request& request, const Wanted& input) {
    if (!input.source_db_instance_identifier) {
        return invalid_combination("Stormglass does not support replicas of DB clusters: give "
                                   "SourceDBInstanceIdentifier.");
    }
    std::string name = *input.source_db_instance_identifier;
    const auto prefix = instance_arn(request, "");
    if (name.starts_with("arn:") && !name.starts_with(prefix)) {
        return invalid_combination("Stormglass does not support read replicas of an instance of "
                                   "another Region or account: " + name);
    }
    if (name.starts_with(prefix)) name = name.substr(prefix.size());
    return need_instance(request, name);
}

Result<void> check_source(wire::Request& request, const Instance& source) {
    if (source.is_replica()) {
        return invalid_combination("Stormglass does not support a read replica of a read replica: " +
                                   source.identifier + " is one.");
    }
    if (source.status != "available") {
        return api::invalid_db_instance_state(
            fmt::format("DB Instance {} is not in the available state.", source.identifier));
    }
    if (source.backup_retention_period == 0) {
        return api::invalid_db_instance_state(
            "Automated backups are not enabled for this database instance. To enable automated "
            "backups, use ModifyDBInstance to set the backup retention period to a non-zero value.");
    }
    if (TRY(replicas_of(request, source)).size() < replicas_max) return {};
    return api::instance_quota_exceeded(fmt::format(
        "A DB instance has at most {} read replicas.", replicas_max));
}

Result<void> check_offer(const Wanted& input) {
    if (input.multi_az.value_or(false)) {
        return invalid_combination("Stormglass does not support Multi-AZ read replicas.");
    }
    if (input.replica_mode) {
        return invalid_combination("The replica mode is not valid for engine mysql.");
    }
    return {};
}

api::CreateDBInstanceInput wish_of(const Wanted& input, const Instance& source) {
    auto wish = as_it_was(source);
    wish.db_instance_identifier = input.db_instance_identifier;
    wish.db_parameter_group_name = source.parameter_group;
    wish.backup_retention_period = 0;
    wish.iops = source.iops;
    wish.storage_throughput = source.storage_throughput;
    if (input.db_instance_class) wish.db_instance_class = *input.db_instance_class;
    prefer(wish.port, input.port);
    prefer(wish.availability_zone, input.availability_zone);
    prefer(wish.db_subnet_group_name, input.db_subnet_group_name);
    prefer(wish.publicly_accessible, input.publicly_accessible);
    prefer(wish.auto_minor_version_upgrade, input.auto_minor_version_upgrade);
    prefer(wish.db_parameter_group_name, input.db_parameter_group_name);
    prefer(wish.deletion_protection, input.deletion_protection);
    prefer(wish.copy_tags_to_snapshot, input.copy_tags_to_snapshot);
    prefer(wish.max_allocated_storage, input.max_allocated_storage);
    prefer(wish.ca_certificate_identifier, input.ca_certificate_identifier);
    prefer(wish.monitoring_interval, input.monitoring_interval);
    prefer(wish.monitoring_role_arn, input.monitoring_role_arn);
    prefer(wish.database_insights_mode, input.database_insights_mode);
    prefer(wish.enable_performance_insights, input.enable_performance_insights);
    if (input.storage_type && *input.storage_type != source.storage_type) {
        wish.storage_type = *input.storage_type;
        wish.iops.reset();
        wish.storage_throughput.reset();
    }
    prefer(wish.iops, input.iops);
    prefer(wish.storage_throughput, input.storage_throughput);
    wish.vpc_security_group_ids = input.vpc_security_group_ids;
    wish.enable_cloudwatch_logs_exports = input.enable_cloudwatch_logs_exports;
    wish.tags = input.tags;
    return wish;
}

}  // namespace

Result<std::vector<std::string>> replicas_of(wire::Request& request, const Instance& source) {
    std::vector<std::string> names;
    for (const auto& each : TRY(instances.all(request.tx(), {request.account, request.region}))) {
        if (each.source_resource_id == source.resource_id) names.push_back(each.identifier);
    }
    return names;
}

Result<api::CreateDBInstanceReadReplicaOutput> Service::create_db_instance_read_replica(
    wire::Request& request, const Wanted& input) {
    TRY(check_input("CreateDBInstanceReadReplica", &input,
                    {"DBInstanceIdentifier", "SourceDBInstanceIdentifier", "DBInstanceClass",
                     "AvailabilityZone", "Port", "MultiAZ", "AutoMinorVersionUpgrade", "Iops",
                     "StorageThroughput", "DBParameterGroupName", "PubliclyAccessible", "Tags",
                     "DBSubnetGroupName", "VpcSecurityGroupIds", "StorageType",
                     "CopyTagsToSnapshot", "MonitoringInterval", "MonitoringRoleArn",
                     "DatabaseInsightsMode", "EnablePerformanceInsights",
                     "EnableCloudwatchLogsExports", "DeletionProtection", "NetworkType",
                     "MaxAllocatedStorage", "BackupTarget", "CACertificateIdentifier",
                     "ReplicaMode"}));
    TRY(check_offer(input));
    const auto source = TRY(find_source(request, input));
    TRY(check_source(request, source));
    Snapshot data;  // Of the source as it is: its key and accounts.
    data.instance = source;
    auto made = TRY(make_instance(request, wish_of(input, source), &data));
    made.replica_source = source.identifier;
    made.source_resource_id = source.resource_id;
    made.replication_password = source.replication_password;
    made.servers.front().server_id =
        replica_ids_from + static_cast<std::uint32_t>(parts_.random.below(replica_ids));
    save(request, made);
    return api::CreateDBInstanceReadReplicaOutput{TRY(view(request, made))};
}

Result<api::PromoteReadReplicaOutput> Service::promote_read_replica(
    wire::Request& request, const api::PromoteReadReplicaInput& input) {
    TRY(check_input("PromoteReadReplica", &input,
                    {"DBInstanceIdentifier", "BackupRetentionPeriod", "PreferredBackupWindow"}));
    auto instance = TRY(need_instance(request, input.db_instance_identifier));
    if (!instance.is_replica()) {
        return api::invalid_db_instance_state(
            fmt::format("DB Instance {} is not a read replica.", instance.identifier));
    }
    if (instance.status != "available") {
        return api::invalid_db_instance_state(
            fmt::format("DB Instance {} is not in the available state.", instance.identifier));
    }
    instance.backup_retention_period = input.backup_retention_period.value_or(1);
    if (input.preferred_backup_window) {
        instance.backup_window = base::to_lower(*input.preferred_backup_window);
    }
    TRY(check_recorded(instance));
    instance.promote_wanted = true;
    instance.status = "modifying";
    ++instance.generation;
    save(request, instance);
    return api::PromoteReadReplicaOutput{TRY(view(request, instance))};
}

}  // namespace stormglass::rds
