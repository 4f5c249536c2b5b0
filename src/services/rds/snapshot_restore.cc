// RestoreDBInstanceFromDBSnapshot: a new instance with a snapshot's data, accounts and key; what the
// caller leaves out is as it was.
#include "services/rds/common.h"
#include "services/rds/restore.h"
#include "services/rds/service.h"
#include "services/rds/snapshots.h"
#include "services/rds/views.h"

namespace stormglass::rds {

/// What stands in the snapshot, as if it were asked for anew.
api::CreateDBInstanceInput as_it_was(const Instance& source) {
    api::CreateDBInstanceInput wish;
    wish.engine = source.engine;
    wish.engine_version = source.engine_version;
    wish.db_instance_class = source.instance_class;
    wish.master_username = source.master_username;
    wish.master_user_password = source.master_password;
    if (!source.db_name.empty()) wish.db_name = source.db_name;
    wish.allocated_storage = source.allocated_storage;
    wish.max_allocated_storage = source.max_allocated_storage;
    wish.storage_type = source.storage_type;
    wish.port = source.port;
    wish.backup_retention_period = source.backup_retention_period;
    wish.preferred_backup_window = source.backup_window;
    wish.preferred_maintenance_window = source.maintenance_window;
    wish.auto_minor_version_upgrade = source.auto_minor_version_upgrade;
    wish.ca_certificate_identifier = source.ca_certificate;
    wish.engine_lifecycle_support = source.engine_lifecycle_support;
    wish.db_subnet_group_name = source.subnet_group;
    return wish;
}

namespace {

void change(const api::RestoreDBInstanceFromDBSnapshotInput& input, const Instance& source,
            api::CreateDBInstanceInput& wish) {
    wish.db_instance_identifier = input.db_instance_identifier;
    if (input.db_instance_class) wish.db_instance_class = *input.db_instance_class;
    prefer(wish.port, input.port);
    prefer(wish.availability_zone, input.availability_zone);
    prefer(wish.db_subnet_group_name, input.db_subnet_group_name);
    prefer(wish.multi_az, input.multi_az);
    prefer(wish.publicly_accessible, input.publicly_accessible);
    prefer(wish.auto_minor_version_upgrade, input.auto_minor_version_upgrade);
    prefer(wish.db_parameter_group_name, input.db_parameter_group_name);
    prefer(wish.deletion_protection, input.deletion_protection);
    prefer(wish.copy_tags_to_snapshot, input.copy_tags_to_snapshot);
    prefer(wish.allocated_storage, input.allocated_storage);
    prefer(wish.backup_retention_period, input.backup_retention_period);
    prefer(wish.preferred_backup_window, input.preferred_backup_window);
    prefer(wish.ca_certificate_identifier, input.ca_certificate_identifier);
    wish.vpc_security_group_ids = input.vpc_security_group_ids;
    wish.enable_cloudwatch_logs_exports = input.enable_cloudwatch_logs_exports;
    wish.tags = input.tags;
    const bool other_storage = input.storage_type && *input.storage_type != source.storage_type;
    prefer(wish.storage_type, input.storage_type);
    wish.iops = input.iops ? input.iops : other_storage ? std::nullopt : source.iops;
    wish.storage_throughput = input.storage_throughput ? input.storage_throughput
                              : other_storage          ? std::nullopt
                                                       : source.storage_throughput;
}

}  // namespace

Result<api::RestoreDBInstanceFromDBSnapshotOutput> Service::restore_db_instance_from_db_snapshot(
    wire::Request& request, const api::RestoreDBInstanceFromDBSnapshotInput& input) {
    TRY(check_input("RestoreDBInstanceFromDBSnapshot", &input,
                    {"DBInstanceIdentifier", "DBSnapshotIdentifier", "DBInstanceClass", "Port",
                     "AvailabilityZone", "DBSubnetGroupName", "MultiAZ", "PubliclyAccessible",
                     "AutoMinorVersionUpgrade", "LicenseModel", "Engine", "Iops",
                     "StorageThroughput", "Tags", "StorageType", "VpcSecurityGroupIds",
                     "CopyTagsToSnapshot", "EnableCloudwatchLogsExports", "DBParameterGroupName",
                     "DeletionProtection", "NetworkType", "BackupTarget", "AllocatedStorage",
                     "BackupRetentionPeriod", "PreferredBackupWindow", "CACertificateIdentifier",
                     "EngineLifecycleSupport"}));
    if (!input.db_snapshot_identifier) {
        return invalid_combination("DBSnapshotIdentifier must be given.");
    }
    const auto snapshot = TRY(need_snapshot(request, *input.db_snapshot_identifier));
    if (snapshot.status != "available") {
        return api::invalid_db_snapshot_state(
            fmt::format("Snapshot {} is {}.", snapshot.identifier, snapshot.status));
    }
    const auto& source = snapshot.instance;
    if (input.engine && *input.engine != source.engine) {
        return invalid_combination("The engine cannot differ from the snapshot's.");
    }
    auto wish = as_it_was(source);
    change(input, source, wish);
    if (*wish.allocated_storage < source.allocated_storage) {
        return invalid_combination("The storage cannot be smaller than the snapshot's.");
    }
    const auto made = TRY(make_instance(request, wish, &snapshot));
    return api::RestoreDBInstanceFromDBSnapshotOutput{TRY(view(request, made))};
}

}  // namespace stormglass::rds
