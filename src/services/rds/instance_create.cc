// CreateDBInstance: checks what is wanted, reserves places for the servers, and leaves the rest to
// the reconciler.
#include <array>

#include "base/strings.h"
#include "services/rds/common.h"
#include "services/rds/engine.h"
#include "services/rds/events_log.h"
#include "services/rds/instance_check.h"
#include "services/rds/servers.h"
#include "services/rds/service.h"
#include "services/rds/views.h"

namespace stormglass::rds {
namespace {

constexpr std::size_t identifier_max = 63, username_max = 16, db_name_max = 64;
constexpr std::size_t resource_id_letters = 26, replication_password_length = 32;
constexpr std::int64_t insights_retention_default = 7;
constexpr char default_key[] = "alias/aws/rds";
constexpr std::string_view capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
// Accounts that the servers have of their own.
constexpr std::array reserved_names = {"root", "rdsadmin", "rdsrepladmin", "mysql", "mariadb.sys",
                                       "stormglass_replication", "replication"};

Result<void> check_names(const api::CreateDBInstanceInput& input) {
    TRY(check_identifier("DBInstanceIdentifier", input.db_instance_identifier, identifier_max));
    if (!input.master_username || !input.master_user_password) {
        return invalid_value(
            "The parameters MasterUsername and MasterUserPassword must be provided.");
    }
    const auto plain = [](const std::string& name, std::size_t max) {
        return !name.empty() && name.size() <= max &&
               std::isalpha(static_cast<unsigned char>(name.front())) &&
               std::all_of(name.begin(), name.end(), [](unsigned char c) {
                   return std::isalnum(c) || c == '_';
               });
    };
    const auto& user = *input.master_username;
    if (!plain(user, username_max)) {
        return invalid_value("The parameter MasterUsername must begin with a letter and contain "
                             "only alphanumeric characters and underscores, at most 16.");
    }
    if (std::find(reserved_names.begin(), reserved_names.end(), base::to_lower(user)) !=
        reserved_names.end()) {
        return invalid_value("MasterUsername " + user +
                             " cannot be used as it is a reserved word used by the engine");
    }
    if (input.db_name && !input.db_name->empty() && !plain(*input.db_name, db_name_max)) {
        return invalid_value("The parameter DBName must begin with a letter and contain only "
                             "alphanumeric characters and underscores.");
    }
    return check_password(*input.master_user_password);
}

Result<void> check_offer(const api::CreateDBInstanceInput& input) {
    if (input.engine != engine_name) {
        return invalid_value("Stormglass does not support the engine " + input.engine +
                             ": only mysql is offered.");
    }
    if (!resolve_version(input.engine_version.value_or(""))) {
        return invalid_combination("Cannot find version " + *input.engine_version + " for mysql");
    }
    if (input.license_model && *input.license_model != license_model) {
        return invalid_value("Invalid license model '" + *input.license_model +
                             "' for engine 'mysql'. Valid license models are: "
                             "general-public-license.");
    }
    if (input.multi_az.value_or(false) && input.availability_zone) {
        return invalid_combination(
            "Requesting a specific availability zone is not valid for Multi-AZ instances.");
    }
    if (input.network_type.value_or("IPV4") != "IPV4") {
        return api::network_type_not_supported("Stormglass does not support the network type " +
                                               *input.network_type + ".");
    }
    if (input.backup_target.value_or("region") != "region") {
        return invalid_value("Stormglass does not support the backup target " +
                             *input.backup_target + ".");
    }
    return check_class(input.db_instance_class);
}

void fill_recorded(const api::CreateDBInstanceInput& input, Instance& made) {
    made.backup_retention_period = input.backup_retention_period.value_or(1);
    made.backup_window = base::to_lower(input.preferred_backup_window.value_or("07:00-07:30"));
    made.maintenance_window =
        base::to_lower(input.preferred_maintenance_window.value_or("sun:08:00-sun:08:30"));
    made.monitoring_interval = input.monitoring_interval.value_or(0);
    made.monitoring_role_arn = input.monitoring_role_arn.value_or("");
    made.ca_certificate = input.ca_certificate_identifier.value_or(default_certificate);
    made.license_model = license_model;
    auto dashed = major_version(made.engine_version);
    std::replace(dashed.begin(), dashed.end(), '.', '-');
    made.option_group = "default:mysql-" + dashed;
    made.engine_lifecycle_support =
        input.engine_lifecycle_support.value_or("open-source-rds-extended-support");
    made.database_insights_mode = input.database_insights_mode.value_or("standard");
    made.auto_minor_version_upgrade = input.auto_minor_version_upgrade.value_or(true);
    made.copy_tags_to_snapshot = input.copy_tags_to_snapshot.value_or(false);
    made.deletion_protection = input.deletion_protection.value_or(false);
    made.performance_insights = input.enable_performance_insights.value_or(false);
    made.performance_insights_kms_key_id = input.performance_insights_kms_key_id.value_or("");
    made.performance_insights_retention =
        input.performance_insights_retention_period.value_or(insights_retention_default);
    made.log_exports = input.enable_cloudwatch_logs_exports;
    made.tags = tags_from(input.tags);
}

Instance fill_wanted(const api::CreateDBInstanceInput& input, base::Random& random) {
    Instance made;
    made.identifier = key_name(input.db_instance_identifier);
    made.resource_id = "db-" + random.pick(resource_id_letters, capitals);
    made.status = "creating";
    made.instance_class = input.db_instance_class;
    made.engine = engine_name;
    made.engine_version = *resolve_version(input.engine_version.value_or(""));
    made.db_name = input.db_name.value_or("");
    made.parameter_group = key_name(
        input.db_parameter_group_name.value_or("default." + family_of(made.engine_version)));
    made.master_username = *input.master_username;
    made.master_password = *input.master_user_password;
    made.replication_password = random.pick(replication_password_length, letters);
    made.port = input.port.value_or(3306);
    made.allocated_storage = input.allocated_storage.value_or(0);
    made.max_allocated_storage = input.max_allocated_storage;
    made.iops = input.iops;
    made.storage_throughput = input.storage_throughput;
    made.storage_type = input.storage_type.value_or(input.iops ? "io1" : "gp2");
    made.multi_az = input.multi_az.value_or(false);
    made.publicly_accessible = input.publicly_accessible.value_or(false);
    made.storage_encrypted = input.storage_encrypted.value_or(false);
    made.group_ids = input.vpc_security_group_ids;
    fill_recorded(input, made);
    return made;
}

/// The key's ARN, after KMS has said that the caller may use it and that it is enabled.
Result<void> settle_key(wire::Request& request, kms::api::Api* kms,
                        const std::optional<std::string>& given, Instance& made) {
    if (!made.storage_encrypted) {
        if (given) {
            return invalid_combination(
                "KmsKeyId is only valid together with StorageEncrypted=true.");
        }
        return {};
    }
    made.kms_key_id = given.value_or(request.arn("kms", default_key));
    if (kms == nullptr) return {};
    const wire::ViaService via(request, "rds");
    const auto answer = kms->describe_key(request, {.key_id = given.value_or(default_key)});
    if (!answer) {
        // Nobody has made the account's own RDS key: the daemon's key ring stands in for it.
        if (!given && answer.error().code == "NotFoundException") return {};
        return api::kms_key_not_accessible(fmt::format(
            "The specified KMS key [{}] does not exist, is not enabled or you do not have "
            "permissions to access it.",
            given.value_or(default_key)));
    }
    const auto& key = *answer->key_metadata;
    if (key.key_state.value_or("") != "Enabled") {
        return api::kms_key_not_accessible(
            fmt::format("The KMS key {} is not enabled.", key.arn.value_or("")));
    }
    made.kms_key_id = key.arn.value_or("");
    made.wrapped_by_kms = true;
    return {};
}

Result<SubnetGroup> settle_groups(wire::Request& request, const api::CreateDBInstanceInput& input,
                                  Instance& made) {
    const auto parameters = TRY(need_parameter_group(request, made.parameter_group));
    if (parameters.family != family_of(made.engine_version)) {
        return invalid_combination(fmt::format(
            "The Parameter Group {} with DBParameterGroupFamily {} can't be used for this "
            "instance. Please use a Parameter Group with DBParameterGroupFamily {}",
            parameters.name, parameters.family, family_of(made.engine_version)));
    }
    if (!input.db_subnet_group_name) {
        return invalid_combination("Stormglass does not support DB instances outside a DB subnet "
                                   "group (there is no default VPC): give DBSubnetGroupName.");
    }
    auto group = TRY(need_subnet_group(request, *input.db_subnet_group_name));
    made.subnet_group = group.name;
    made.vpc_id = group.vpc_id;
    return group;
}

}  // namespace

/// What an instance made from another's data takes over with it: the accounts and the key.
void Service::take_over(const Snapshot& snapshot, Instance& made) {
    const auto& source = snapshot.instance;
    made.storage_encrypted = source.storage_encrypted;
    made.kms_key_id = source.kms_key_id;
    made.wrapped_key = source.wrapped_key;
    made.wrapped_by_kms = source.wrapped_by_kms;
    made.key_owner = source.key_owner.empty() ? source.resource_id : source.key_owner;
    made.from_snapshot = snapshot.folder;
}

Result<Instance> Service::make_instance(wire::Request& request,
                                        const api::CreateDBInstanceInput& input,
                                        const Snapshot* snapshot) {
    TRY(check_names(input));
    TRY(check_offer(input));
    if (TRY(find_instance(request, input.db_instance_identifier))) {
        return api::db_instance_already_exists("DB instance already exists");
    }
    auto made = fill_wanted(input, parts_.random);
    made.created = request.now;
    TRY(check_port(made.port));
    TRY(settle_storage(made));
    TRY(check_recorded(made));
    const auto group = TRY(settle_groups(request, input, made));
    if (snapshot != nullptr) {
        take_over(*snapshot, made);
    } else {
        TRY(settle_key(request, parts_.kms, input.kms_key_id, made));
    }
    const ServerTools tools{parts_.random, parts_.interfaces};
    TRY(add_server(request, tools, group, input.availability_zone.value_or(""), made));
    made.primary = made.servers.front().id;
    if (made.multi_az) TRY(add_server(request, tools, group, "", made));
    save(request, made);
    parts_.timeline.add({request.now, "database", made.identifier,
                         made.multi_az ? "creating a Multi-AZ DB instance" : "creating a DB instance",
                         request.region});
    return made;
}

Result<api::CreateDBInstanceOutput> Service::create_db_instance(
    wire::Request& request, const api::CreateDBInstanceInput& input) {
    TRY(check_input("CreateDBInstance", &input,
                    {"DBName", "DBInstanceIdentifier", "AllocatedStorage", "DBInstanceClass",
                     "Engine", "MasterUsername", "MasterUserPassword", "VpcSecurityGroupIds",
                     "AvailabilityZone", "DBSubnetGroupName", "PreferredMaintenanceWindow",
                     "DBParameterGroupName", "BackupRetentionPeriod", "PreferredBackupWindow",
                     "Port", "MultiAZ", "EngineVersion", "AutoMinorVersionUpgrade", "LicenseModel",
                     "Iops", "StorageThroughput", "PubliclyAccessible", "Tags", "StorageType",
                     "StorageEncrypted", "KmsKeyId", "CopyTagsToSnapshot", "MonitoringInterval",
                     "MonitoringRoleArn", "DatabaseInsightsMode", "EnablePerformanceInsights",
                     "PerformanceInsightsKMSKeyId", "PerformanceInsightsRetentionPeriod",
                     "EnableCloudwatchLogsExports", "DeletionProtection", "MaxAllocatedStorage",
                     "NetworkType", "BackupTarget", "CACertificateIdentifier",
                     "EngineLifecycleSupport"}));
    const auto made = TRY(make_instance(request, input, nullptr));
    return api::CreateDBInstanceOutput{TRY(view(request, made))};
}

}  // namespace stormglass::rds
