// ModifyDBInstance: what only has to be remembered is changed here; what servers must follow is
// written down as wanted (at once, or for the maintenance window).
#include "base/strings.h"
#include "services/rds/changes.h"
#include "services/rds/common.h"
#include "services/rds/engine.h"
#include "services/rds/events_log.h"
#include "services/rds/instance_check.h"
#include "services/rds/service.h"
#include "services/rds/views.h"

namespace stormglass::rds {
namespace {

template <class T>
void assign(T& to, const std::optional<T>& from) {
    if (from) to = *from;
}

void change_log_exports(const api::CloudwatchLogsExportConfiguration& change, Instance& instance) {
    auto& exports = instance.log_exports;
    for (const auto& log : change.disable_log_types) std::erase(exports, log);
    for (const auto& log : change.enable_log_types) {
        if (std::find(exports.begin(), exports.end(), log) == exports.end()) {
            exports.push_back(log);
        }
    }
    std::sort(exports.begin(), exports.end());
}

void change_recorded(const api::ModifyDBInstanceInput& input, Instance& instance) {
    assign(instance.backup_retention_period, input.backup_retention_period);
    if (instance.backup_retention_period == 0) instance.log_archive = {};
    if (input.preferred_backup_window) {
        instance.backup_window = base::to_lower(*input.preferred_backup_window);
    }
    if (input.preferred_maintenance_window) {
        instance.maintenance_window = base::to_lower(*input.preferred_maintenance_window);
    }
    assign(instance.auto_minor_version_upgrade, input.auto_minor_version_upgrade);
    assign(instance.ca_certificate, input.ca_certificate_identifier);
    assign(instance.copy_tags_to_snapshot, input.copy_tags_to_snapshot);
    assign(instance.monitoring_interval, input.monitoring_interval);
    assign(instance.monitoring_role_arn, input.monitoring_role_arn);
    if (instance.monitoring_interval == 0) instance.monitoring_role_arn.clear();
    assign(instance.database_insights_mode, input.database_insights_mode);
    assign(instance.performance_insights, input.enable_performance_insights);
    assign(instance.performance_insights_kms_key_id, input.performance_insights_kms_key_id);
    assign(instance.performance_insights_retention, input.performance_insights_retention_period);
    assign(instance.deletion_protection, input.deletion_protection);
    if (input.cloudwatch_logs_export_configuration) {
        change_log_exports(*input.cloudwatch_logs_export_configuration, instance);
    }
    if (input.max_allocated_storage) {
        // Equal to the size: growth is switched off.
        instance.max_allocated_storage = input.max_allocated_storage;
        const auto size = input.allocated_storage.value_or(instance.allocated_storage);
        if (*input.max_allocated_storage == size) instance.max_allocated_storage.reset();
    }
}

/// At least a tenth more, as AWS rounds it up; the same size is no change.
Result<std::int64_t> larger_storage(const Instance& instance, std::int64_t wanted) {
    if (wanted < instance.allocated_storage) {
        return invalid_combination(
            "Invalid storage size: requested storage size must not be smaller than the current "
            "one.");
    }
    if (wanted == instance.allocated_storage) return wanted;
    constexpr std::int64_t tenth = 10;
    const auto least = instance.allocated_storage + (instance.allocated_storage + tenth - 1) / tenth;
    return std::max(wanted, least);
}

Result<void> check_version_change(const Instance& instance, const std::string& wanted) {
    const auto version = resolve_version(wanted);
    if (!version) return invalid_combination("Cannot find version " + wanted + " for mysql");
    if (*version == instance.engine_version || major_version(instance.engine_version) == wanted) {
        return {};
    }
    return invalid_combination(
        "Stormglass does not support changing the engine version of a DB instance (one program "
        "serves all of them).");
}

/// What servers must follow, put into the pending changes.
Result<void> collect_changes(const api::ModifyDBInstanceInput& input, Instance& instance) {
    auto& pending = instance.pending;
    if (input.engine_version) TRY(check_version_change(instance, *input.engine_version));
    if (input.db_instance_class) {
        TRY(check_class(*input.db_instance_class));
        pending.instance_class = input.db_instance_class;
    }
    if (input.db_port_number) {
        TRY(check_port(*input.db_port_number));
        pending.port = input.db_port_number;
    }
    if (input.allocated_storage) {
        pending.allocated_storage = TRY(larger_storage(instance, *input.allocated_storage));
    }
    if (input.storage_type) pending.storage_type = input.storage_type;
    if (input.iops) pending.iops = input.iops;
    if (input.storage_throughput) pending.storage_throughput = input.storage_throughput;
    if (input.multi_az) pending.multi_az = input.multi_az;
    forget_same(instance);
    Instance after = instance;
    return apply_pending_storage(pending, after);
}

/// What a read replica has from its source, or cannot have here.
Result<void> check_replica_change(const api::ModifyDBInstanceInput& input) {
    if (input.master_user_password) {
        return invalid_combination("The master user password of a read replica is its source's.");
    }
    if (input.multi_az.value_or(false)) {
        return invalid_combination("Stormglass does not support Multi-AZ read replicas.");
    }
    if (input.backup_retention_period.value_or(0) > 0) {
        return invalid_combination(
            "Stormglass does not support automated backups of a read replica: promote it first.");
    }
    return {};
}

Result<void> change_groups(wire::Request& request, services::ManagedInterfaces& interfaces,
                           const api::ModifyDBInstanceInput& input, Instance& instance) {
    if (input.db_parameter_group_name) {
        const auto group = TRY(need_parameter_group(request, *input.db_parameter_group_name));
        if (group.family != family_of(instance.engine_version)) {
            return invalid_combination("The parameter group " + group.name +
                                       " is of another family than the DB instance.");
        }
        instance.parameter_group = group.name;
    }
    if (!input.vpc_security_group_ids.given()) return {};
    for (const auto& server : instance.servers) {
        auto changed =
            interfaces.set_groups(request, server.interface_id, input.vpc_security_group_ids);
        if (!changed && changed.error().code.starts_with("InvalidGroup")) {
            return invalid_value("Invalid security group: " + changed.error().message);
        }
        TRY(std::move(changed));
    }
    instance.group_ids = input.vpc_security_group_ids;
    return {};
}

}  // namespace

Result<api::ModifyDBInstanceOutput> Service::modify_db_instance(
    wire::Request& request, const api::ModifyDBInstanceInput& input) {
    TRY(check_input("ModifyDBInstance", &input,
                    {"DBInstanceIdentifier", "AllocatedStorage", "DBInstanceClass",
                     "VpcSecurityGroupIds", "ApplyImmediately", "MasterUserPassword",
                     "DBParameterGroupName", "BackupRetentionPeriod", "PreferredBackupWindow",
                     "PreferredMaintenanceWindow", "MultiAZ", "EngineVersion",
                     "AllowMajorVersionUpgrade", "AutoMinorVersionUpgrade", "Iops",
                     "StorageThroughput", "StorageType", "CACertificateIdentifier",
                     "CopyTagsToSnapshot", "MonitoringInterval", "DBPortNumber",
                     "MonitoringRoleArn", "DatabaseInsightsMode", "EnablePerformanceInsights",
                     "PerformanceInsightsKMSKeyId", "PerformanceInsightsRetentionPeriod",
                     "CloudwatchLogsExportConfiguration", "DeletionProtection",
                     "MaxAllocatedStorage", "CertificateRotationRestart"}));
    auto instance = TRY(need_instance(request, input.db_instance_identifier));
    if (instance.status != "available" && instance.status != "storage-full") {
        return api::invalid_db_instance_state(fmt::format(
            "Database instance is not in available state: {} is {}.", instance.identifier,
            instance.status));
    }
    if (instance.is_replica()) TRY(check_replica_change(input));
    change_recorded(input, instance);
    TRY(collect_changes(input, instance));
    TRY(change_groups(request, parts_.interfaces, input, instance));
    if (input.master_user_password) {
        TRY(check_password(*input.master_user_password));
        instance.master_password = *input.master_user_password;
        ++instance.credentials_version;
    }
    if (input.apply_immediately.value_or(false)) {
        TRY(apply_pending(request, {parts_.random, parts_.interfaces}, instance));
    }
    TRY(settle_storage(instance));
    TRY(check_recorded(instance));
    ++instance.generation;
    if (needs_work(instance) && instance.status == "available") instance.status = "modifying";
    save(request, instance);
    return api::ModifyDBInstanceOutput{TRY(view(request, instance))};
}

}  // namespace stormglass::rds
