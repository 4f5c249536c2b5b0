// What DescribeDBEngineVersions, DescribeOrderableDBInstanceOptions and DescribeCertificates show.
#include "services/common/ids.h"
#include "services/common/zones.h"
#include "services/rds/common.h"
#include "services/rds/engine.h"
#include "services/rds/service.h"

namespace stormglass::rds {
namespace {

api::DBEngineVersion describe_version(const std::string& version) {
    api::DBEngineVersion item;
    item.engine = engine_name;
    item.major_engine_version = major_version(version);
    item.engine_version = version;
    item.db_parameter_group_family = family_of(version);
    item.db_engine_description = "MySQL Community Edition";
    item.db_engine_version_description = "MySQL " + version;
    item.exportable_log_types = wire::List<std::string>(log_types());
    item.supports_log_exports_to_cloudwatch_logs = true;
    item.supports_read_replica = true;
    item.supported_engine_modes.present = true;
    item.supported_feature_names.present = true;
    item.status = "available";
    item.supports_parallel_query = false;
    item.supports_global_databases = false;
    item.supports_babelfish = false;
    item.supports_certificate_rotation_without_restart = true;
    item.supported_ca_certificate_identifiers = wire::List<std::string>(certificates());
    item.db_engine_media_type = "AWS Provided";
    for (const auto& newer : engine_versions()) {
        if (newer <= version) continue;
        item.valid_upgrade_target.push_back(
            {.engine = engine_name,
             .engine_version = newer,
             .description = "MySQL " + newer,
             .auto_upgrade = false,
             .is_major_version_upgrade = major_version(newer) != major_version(version)});
    }
    return item;
}

api::OrderableDBInstanceOption describe_option(const std::string& version,
                                               const std::string& instance_class,
                                               const std::string& storage_type,
                                               const std::string& region) {
    api::OrderableDBInstanceOption item;
    item.engine = engine_name;
    item.engine_version = version;
    item.db_instance_class = instance_class;
    item.license_model = license_model;
    for (const auto& zone : services::zones_of(region)) item.availability_zones.push_back({zone.name});
    item.multi_az_capable = true;
    item.read_replica_capable = true;
    item.vpc = true;
    item.supports_storage_encryption = true;
    item.storage_type = storage_type;
    item.supports_iops = storage_type == "io1" || storage_type == "io2" || storage_type == "gp3";
    item.supports_storage_throughput = storage_type == "gp3";
    item.supports_enhanced_monitoring = true;
    item.supports_iam_database_authentication = false;
    item.supports_performance_insights = false;
    item.min_storage_size = storage_min(storage_type);
    item.max_storage_size = storage_max;
    item.supports_storage_autoscaling = true;
    item.supports_kerberos_authentication = false;
    item.outpost_capable = false;
    item.supports_global_databases = false;
    item.supports_clusters = false;
    item.supported_network_types = wire::List<std::string>({"IPV4"});
    item.supports_dedicated_log_volume = false;
    return item;
}

Result<void> check_engine(const std::string& engine) {
    if (engine == engine_name) return {};
    return invalid_value(fmt::format(
        "Stormglass does not support the engine {}: only {} is offered.", engine, engine_name));
}

}  // namespace

Result<api::DescribeDBEngineVersionsOutput> Service::describe_db_engine_versions(
    wire::Request&, const api::DescribeDBEngineVersionsInput& input) {
    std::vector<api::DBEngineVersion> found;
    const auto wanted = input.engine_version.value_or("");
    for (const auto& version : engine_versions()) {
        if (input.engine && *input.engine != engine_name) break;  // No such engine: none.
        if (!wanted.empty() && version != wanted && major_version(version) != wanted) continue;
        const auto family = family_of(version);
        if (input.db_parameter_group_family && *input.db_parameter_group_family != family) continue;
        if (input.default_only.value_or(false) &&
            resolve_version(wanted.empty() ? "" : major_version(version)) != version) {
            continue;
        }
        const bool fitting =
            TRY(fits(input.filters, [&](std::string_view name) -> std::optional<std::string> {
                if (name == "engine-version") return version;
                if (name == "db-parameter-group-family") return family;
                if (name == "status") return "available";
                if (name == "engine-mode") return "provisioned";
                return std::nullopt;
            }));
        if (fitting) found.push_back(describe_version(version));
    }
    auto page = TRY(services::page_of(std::move(found), input.marker.value_or(""),
                                      TRY(page_size(input.max_records))));
    api::DescribeDBEngineVersionsOutput output;
    output.db_engine_versions = std::move(page.items);
    if (!page.next.empty()) output.marker = page.next;
    return output;
}

Result<api::DescribeOrderableDBInstanceOptionsOutput>
Service::describe_orderable_db_instance_options(
    wire::Request& request, const api::DescribeOrderableDBInstanceOptionsInput& input) {
    TRY(check_engine(input.engine));
    if (input.filters.given()) return invalid_value("This operation takes no filters.");
    std::vector<api::OrderableDBInstanceOption> found;
    for (const auto& version : engine_versions()) {
        if (input.engine_version && *input.engine_version != version) continue;
        for (const auto& each : instance_classes()) {
            if (input.db_instance_class && *input.db_instance_class != each.name) continue;
            for (const char* storage : {"gp2", "gp3", "io1", "io2"}) {
                found.push_back(describe_option(version, each.name, storage, request.region));
            }
        }
    }
    auto page = TRY(services::page_of(std::move(found), input.marker.value_or(""),
                                      TRY(page_size(input.max_records))));
    api::DescribeOrderableDBInstanceOptionsOutput output;
    output.orderable_db_instance_options = std::move(page.items);
    if (!page.next.empty()) output.marker = page.next;
    return output;
}

Result<api::DescribeCertificatesOutput> Service::describe_certificates(
    wire::Request& request, const api::DescribeCertificatesInput& input) {
    // AWS's own dates for these authorities, which are valid for a hundred years.
    const auto from = TRY(base::parse_time("2021-05-25T22:00:00Z"));
    const auto till = TRY(base::parse_time("2061-05-25T23:00:00Z"));
    api::DescribeCertificatesOutput output;
    output.default_certificate_for_new_launches = default_certificate;
    for (const auto& name : certificates()) {
        if (input.certificate_identifier && *input.certificate_identifier != name) continue;
        output.certificates.push_back(
            {.certificate_identifier = name,
             .certificate_type = "CA",
             .valid_from = from,
             .valid_till = till,
             .certificate_arn = fmt::format("arn:aws:rds:{}::cert:{}", request.region, name),
             .customer_override = false});
    }
    if (output.certificates.empty() && input.certificate_identifier) {
        return api::certificate_not_found(*input.certificate_identifier + " not found.");
    }
    return output;
}

Result<api::DescribePendingMaintenanceActionsOutput> Service::describe_pending_maintenance_actions(
    wire::Request&, const api::DescribePendingMaintenanceActionsInput&) {
    return api::DescribePendingMaintenanceActionsOutput{};  // There is never any.
}

}  // namespace stormglass::rds
