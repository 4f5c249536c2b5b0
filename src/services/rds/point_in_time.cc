// RestoreDBInstanceToPointInTime: a new instance with the newest snapshot before the wanted second, and
// the source's log from there up to that second. And the automated backups it goes by.
#include "services/common/ids.h"
#include "services/rds/common.h"
#include "services/rds/restore.h"
#include "services/rds/service.h"
#include "services/rds/snapshots.h"
#include "services/rds/views.h"

namespace stormglass::rds {
namespace {

using Wanted = api::RestoreDBInstanceToPointInTimeInput;

Result<Instance> find_source(wire::Request& request, const Wanted& input) {
    if (input.source_db_instance_identifier) {
        std::string name = *input.source_db_instance_identifier;
        const auto prefix = instance_arn(request, "");
        if (name.starts_with(prefix)) name = name.substr(prefix.size());
        return need_instance(request, name);
    }
    if (!input.source_dbi_resource_id) {
        return invalid_combination("SourceDBInstanceIdentifier or SourceDbiResourceId must be given.");
    }
    for (auto& each : TRY(instances.all(request.tx(), {request.account, request.region}))) {
        if (each.resource_id == *input.source_dbi_resource_id) return std::move(each);
    }
    return api::db_instance_not_found("DBInstance not found: " + *input.source_dbi_resource_id);
}

bool is_usable(const Snapshot& snapshot) {
    return snapshot.status == "available" && snapshot.completed.has_value();
}

std::optional<base::Time> earliest_of(const std::vector<Snapshot>& all) {
    std::optional<base::Time> earliest;
    for (const auto& each : all) {
        if (each.type != automated_snapshot || !is_usable(each)) continue;
        if (!earliest || *each.completed < *earliest) earliest = each.completed;
    }
    return earliest;
}

Result<base::Time> moment_of(const Instance& source, const std::vector<Snapshot>& all,
                             const Wanted& input) {
    const bool latest = input.use_latest_restorable_time.value_or(false);
    if (latest == input.restore_time.has_value()) {
        return invalid_combination("You must specify either RestoreTime or "
                                   "UseLatestRestorableTime, and not both.");
    }
    const auto earliest = earliest_of(all);
    const auto newest = source.log_archive.complete_to;
    if (source.backup_retention_period == 0 || !earliest || !newest) {
        return api::point_in_time_restore_not_enabled(fmt::format(
            "SourceDBInstanceIdentifier: {}: point-in-time restore is not enabled, or its first "
            "backup is not there yet.",
            source.identifier));
    }
    const auto moment = latest ? *newest : *input.restore_time;
    if (moment >= *earliest && moment <= *newest) return moment;
    return invalid_value(fmt::format(
        "The DB instance {} cannot be restored to {}: it can be restored from {} to {}.",
        source.identifier, base::iso8601_seconds(moment), base::iso8601_seconds(*earliest),
        base::iso8601_seconds(*newest)));
}

/// The one with the least to apply.
const Snapshot* newest_before(const std::vector<Snapshot>& all, base::Time moment) {
    const Snapshot* found = nullptr;
    for (const auto& each : all) {
        if (!is_usable(each) || *each.completed > moment) continue;
        if (found == nullptr || *each.completed > *found->completed) found = &each;
    }
    return found;
}

void change(const Wanted& input, const Instance& source, api::CreateDBInstanceInput& wish) {
    wish.db_instance_identifier = input.target_db_instance_identifier;
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
    prefer(wish.max_allocated_storage, input.max_allocated_storage);
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

api::DBInstanceAutomatedBackup view_backup(const wire::Request& request, const Instance& instance,
                                           const std::optional<base::Time>& earliest) {
    api::DBInstanceAutomatedBackup item;
    item.db_instance_arn = instance_arn(request, instance.identifier);
    item.dbi_resource_id = instance.resource_id;
    item.region = request.region;
    item.db_instance_identifier = instance.identifier;
    item.restore_window = api::RestoreWindow{.earliest_time = earliest,
                                             .latest_time = instance.log_archive.complete_to};
    item.allocated_storage = instance.allocated_storage;
    item.status = earliest ? "active" : "creating";
    item.port = instance.port;
    if (const auto* primary = instance.primary_server()) item.availability_zone = primary->zone;
    item.vpc_id = instance.vpc_id;
    item.instance_create_time = instance.created;
    item.master_username = instance.master_username;
    item.engine = instance.engine;
    item.engine_version = instance.engine_version;
    item.license_model = instance.license_model;
    item.iops = instance.iops;
    item.storage_throughput = instance.storage_throughput;
    item.option_group_name = instance.option_group;
    item.encrypted = instance.storage_encrypted;
    item.storage_type = instance.storage_type;
    if (!instance.kms_key_id.empty()) item.kms_key_id = instance.kms_key_id;
    item.iam_database_authentication_enabled = false;
    item.backup_retention_period = instance.backup_retention_period;
    item.preferred_backup_window = instance.backup_window;
    item.backup_target = "region";
    item.tag_list = tags_to(instance.tags);
    return item;
}

bool is_asked_for(const api::DescribeDBInstanceAutomatedBackupsInput& input,
                  const Instance& instance) {
    if (!instance.ready || instance.backup_retention_period == 0) return false;
    const auto& name = input.db_instance_identifier;
    const auto& resource = input.dbi_resource_id;
    return (!name || key_name(*name) == instance.identifier) &&
           (!resource || *resource == instance.resource_id);
}

}  // namespace

Result<api::RestoreDBInstanceToPointInTimeOutput> Service::restore_db_instance_to_point_in_time(
    wire::Request& request, const Wanted& input) {
    TRY(check_input("RestoreDBInstanceToPointInTime", &input,
                    {"SourceDBInstanceIdentifier", "TargetDBInstanceIdentifier", "RestoreTime",
                     "UseLatestRestorableTime", "DBInstanceClass", "Port", "AvailabilityZone",
                     "DBSubnetGroupName", "MultiAZ", "PubliclyAccessible",
                     "AutoMinorVersionUpgrade", "LicenseModel", "Engine", "Iops",
                     "StorageThroughput", "Tags", "StorageType", "VpcSecurityGroupIds",
                     "CopyTagsToSnapshot", "EnableCloudwatchLogsExports", "DBParameterGroupName",
                     "DeletionProtection", "SourceDbiResourceId", "MaxAllocatedStorage",
                     "NetworkType", "BackupTarget", "AllocatedStorage", "BackupRetentionPeriod",
                     "PreferredBackupWindow", "CACertificateIdentifier",
                     "EngineLifecycleSupport"}));
    const auto source = TRY(find_source(request, input));
    if (input.engine && *input.engine != source.engine) {
        return invalid_combination("The engine cannot differ from the source's.");
    }
    const auto all = TRY(snapshots_of(request, source));
    const auto moment = TRY(moment_of(source, all, input));
    const auto* base = newest_before(all, moment);
    if (base == nullptr) return api::invalid_restore("There is no backup before that time.");
    auto wish = as_it_was(source);
    change(input, source, wish);
    if (*wish.allocated_storage < source.allocated_storage) {
        return invalid_combination("The storage cannot be smaller than the source's.");
    }
    auto made = TRY(make_instance(request, wish, base));
    made.replay =
        Replay{.archive = archive_name(source), .begin = base->position, .until = moment};
    save(request, made);
    return api::RestoreDBInstanceToPointInTimeOutput{TRY(view(request, made))};
}

Result<api::DescribeDBInstanceAutomatedBackupsOutput>
Service::describe_db_instance_automated_backups(
    wire::Request& request, const api::DescribeDBInstanceAutomatedBackupsInput& input) {
    TRY(check_input("DescribeDBInstanceAutomatedBackups", &input,
                    {"DbiResourceId", "DBInstanceIdentifier", "MaxRecords", "Marker"}));
    std::vector<Instance> found;
    for (auto& each : TRY(instances.all(request.tx(), {request.account, request.region}))) {
        if (is_asked_for(input, each)) found.push_back(std::move(each));
    }
    auto page = TRY(services::page_of(std::move(found), input.marker.value_or(""),
                                      TRY(page_size(input.max_records))));
    api::DescribeDBInstanceAutomatedBackupsOutput output;
    for (const auto& each : page.items) {
        output.db_instance_automated_backups.push_back(
            view_backup(request, each, earliest_of(TRY(snapshots_of(request, each)))));
    }
    if (!page.next.empty()) output.marker = page.next;
    return output;
}

}  // namespace stormglass::rds
