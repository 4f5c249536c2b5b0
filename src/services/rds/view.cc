// A DB instance as DescribeDBInstances shows it.
#include "base/crypto.h"
#include "services/rds/common.h"
#include "services/rds/engine.h"
#include "services/rds/parameters_wanted.h"
#include "services/rds/views.h"

namespace stormglass::rds {
namespace {

constexpr char hosted_zone[] = "Z2R2ITUGPM61AM";
constexpr char certificate_valid_till[] = "2061-05-25T23:00:00Z";

std::optional<std::string> unless_empty(const std::string& text) {
    if (text.empty()) return std::nullopt;
    return text;
}

api::PendingModifiedValues view_pending(const Instance& instance) {
    const auto& pending = instance.pending;
    api::PendingModifiedValues item;
    item.db_instance_class = pending.instance_class;
    item.engine_version = pending.engine_version;
    item.allocated_storage = pending.allocated_storage;
    item.port = pending.port;
    item.multi_az = pending.multi_az;
    item.storage_type = pending.storage_type;
    item.iops = pending.iops;
    item.storage_throughput = pending.storage_throughput;
    if (instance.ready && instance.in_force.credentials_version != instance.credentials_version) {
        item.master_user_password = "****";
    }
    return item;
}

void add_wanted(const Instance& instance, api::DBInstance& item) {
    item.db_instance_identifier = instance.identifier;
    item.db_instance_class = instance.instance_class;
    item.engine = instance.engine;
    item.engine_version = instance.engine_version;
    item.db_instance_status = instance.status;
    item.master_username = instance.master_username;
    item.db_name = unless_empty(instance.db_name);
    item.allocated_storage = instance.allocated_storage;
    item.max_allocated_storage = instance.max_allocated_storage;
    item.iops = instance.iops;
    item.storage_throughput = instance.storage_throughput.value_or(0);
    item.storage_type = instance.storage_type;
    item.instance_create_time = instance.created;
    item.multi_az = instance.multi_az;
    item.publicly_accessible = instance.publicly_accessible;
    item.storage_encrypted = instance.storage_encrypted;
    item.kms_key_id = unless_empty(instance.kms_key_id);
    item.dbi_resource_id = instance.resource_id;
    item.db_instance_port = 0;  // AWS's own answer; the port stands in Endpoint.
    item.network_type = "IPV4";
    item.pending_modified_values = view_pending(instance);
}

Result<void> add_recorded(const Instance& instance, api::DBInstance& item) {
    item.backup_retention_period = instance.backup_retention_period;
    if (instance.backup_retention_period > 0) {
        item.latest_restorable_time = instance.log_archive.complete_to;
    }
    item.preferred_backup_window = instance.backup_window;
    item.preferred_maintenance_window = instance.maintenance_window;
    item.auto_minor_version_upgrade = instance.auto_minor_version_upgrade;
    item.license_model = instance.license_model;
    item.option_group_memberships.push_back({instance.option_group, "in-sync"});
    item.copy_tags_to_snapshot = instance.copy_tags_to_snapshot;
    item.monitoring_interval = instance.monitoring_interval;
    item.monitoring_role_arn = unless_empty(instance.monitoring_role_arn);
    item.iam_database_authentication_enabled = false;
    item.performance_insights_enabled = instance.performance_insights;
    if (instance.performance_insights) {
        item.performance_insights_kms_key_id =
            unless_empty(instance.performance_insights_kms_key_id);
        item.performance_insights_retention_period = instance.performance_insights_retention;
    }
    item.database_insights_mode = instance.database_insights_mode;
    if (!instance.log_exports.empty()) {
        item.enabled_cloudwatch_logs_exports = wire::List<std::string>(instance.log_exports);
    }
    item.deletion_protection = instance.deletion_protection;
    item.ca_certificate_identifier = instance.ca_certificate;
    item.certificate_details = api::CertificateDetails{
        .ca_identifier = instance.ca_certificate,
        .valid_till = TRY(base::parse_time(certificate_valid_till))};
    item.engine_lifecycle_support = instance.engine_lifecycle_support;
    item.customer_owned_ip_enabled = false;
    item.activity_stream_status = "stopped";
    item.backup_target = "region";
    item.dedicated_log_volume = false;
    item.is_storage_config_upgrade_available = false;
    item.tag_list = tags_to(instance.tags);
    return {};
}

void add_real(const wire::Request& request, const Instance& instance, api::DBInstance& item) {
    if (!instance.ready) return;
    item.endpoint =
        api::Endpoint{.address = endpoint_name(request.account, request.region, instance.identifier),
                      .port = instance.in_force.port,
                      .hosted_zone_id = hosted_zone};
    if (const auto* primary = instance.primary_server()) item.availability_zone = primary->zone;
    const auto* standby = instance.standby_server();
    if (standby != nullptr && standby->seeded) item.secondary_availability_zone = standby->zone;
}

void add_replica(const Instance& instance, api::DBInstance& item) {
    item.read_replica_source_db_instance_identifier = instance.replica_source;
    if (!instance.ready) return;
    const auto* server = instance.primary_server();
    const bool follows = server != nullptr && server->in_sync;
    api::DBInstanceStatusInfo info;
    info.status_type = "read replication";
    info.normal = follows;
    info.status = follows ? "replicating" : "error";
    item.status_infos.push_back(std::move(info));
}

}  // namespace

std::string endpoint_name(const std::string& account, const std::string& region,
                          const std::string& identifier) {
    // One label for all instances of an account in a region, as on AWS.
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
    constexpr std::size_t letters = 11;
    std::string label = "c";
    const auto digest = base::sha256(account + "/" + region);
    for (std::size_t i = 0; i < letters; ++i) {
        label += alphabet[static_cast<unsigned char>(digest[i]) % alphabet.size()];
    }
    return fmt::format("{}.{}.{}.rds.amazonaws.com", identifier, label, region);
}

Result<api::DBInstance> view(wire::Request& request, const Instance& instance) {
    api::DBInstance item;
    add_wanted(instance, item);
    TRY(add_recorded(instance, item));
    add_real(request, instance, item);
    item.db_instance_arn = instance_arn(request, instance.identifier);
    item.db_security_groups.present = true;
    for (const auto& id : instance.group_ids) {
        item.vpc_security_groups.push_back({.vpc_security_group_id = id, .status = "active"});
    }
    const auto group = TRY(need_parameter_group(request, instance.parameter_group));
    item.db_parameter_groups.push_back(
        {.db_parameter_group_name = group.name,
         .parameter_apply_status = apply_status(instance, group)});
    item.db_subnet_group = view(request, TRY(need_subnet_group(request, instance.subnet_group)));
    item.read_replica_db_instance_identifiers.present = true;
    for (auto& name : TRY(replicas_of(request, instance))) {
        item.read_replica_db_instance_identifiers.push_back(std::move(name));
    }
    if (instance.is_replica()) add_replica(instance, item);
    item.domain_memberships.present = true;
    item.associated_roles.present = true;
    return item;
}

}  // namespace stormglass::rds
