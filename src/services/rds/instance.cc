// DB instances: describing, rebooting and deleting them.
#include "services/common/ids.h"
#include "services/rds/common.h"
#include "services/rds/events_log.h"
#include "services/rds/service.h"
#include "services/rds/snapshots.h"
#include "services/rds/views.h"

namespace stormglass::rds {
namespace {

std::optional<std::string> filter_value(const wire::Request& request, const Instance& instance,
                                        std::string_view name) {
    if (name == "db-instance-id") return instance.identifier;
    if (name == "dbi-resource-id") return instance.resource_id;
    if (name == "engine") return instance.engine;
    if (name == "db-cluster-id" || name == "domain") return "";
    (void)request;
    return std::nullopt;
}

/// Filters take identifiers and, for db-instance-id, ARNs too.
Result<bool> is_asked_for(const wire::Request& request, const api::DescribeDBInstancesInput& input,
                          const Instance& instance) {
    auto filters = input.filters;
    for (auto& filter : filters) {
        if (filter.name != "db-instance-id") continue;
        const auto arn = instance_arn(request, instance.identifier);
        for (auto& value : filter.values) {
            if (value == arn) value = instance.identifier;
        }
    }
    return fits(filters,
                [&](std::string_view name) { return filter_value(request, instance, name); });
}

}  // namespace

Result<api::DescribeDBInstancesOutput> Service::describe_db_instances(
    wire::Request& request, const api::DescribeDBInstancesInput& input) {
    std::vector<Instance> all;
    if (input.db_instance_identifier && !input.db_instance_identifier->empty()) {
        std::string name = *input.db_instance_identifier;
        const auto prefix = instance_arn(request, "");
        if (name.starts_with(prefix)) name = name.substr(prefix.size());
        all.push_back(TRY(need_instance(request, name)));
    } else {
        all = TRY(instances.all(request.tx(), {request.account, request.region}));
    }
    std::vector<Instance> found;
    for (auto& instance : all) {
        if (TRY(is_asked_for(request, input, instance))) found.push_back(std::move(instance));
    }
    auto page = TRY(services::page_of(std::move(found), input.marker.value_or(""),
                                      TRY(page_size(input.max_records))));
    api::DescribeDBInstancesOutput output;
    for (const auto& instance : page.items) {
        output.db_instances.push_back(TRY(view(request, instance)));
    }
    if (!page.next.empty()) output.marker = page.next;
    return output;
}

Result<api::RebootDBInstanceOutput> Service::reboot_db_instance(
    wire::Request& request, const api::RebootDBInstanceInput& input) {
    auto instance = TRY(need_instance(request, input.db_instance_identifier));
    const bool forced = input.force_failover.value_or(false);
    if (forced && !instance.multi_az) {
        return invalid_combination("Force failover is only supported for Multi-AZ DB instances.");
    }
    if (instance.status != "available" && instance.status != "incompatible-parameters") {
        return api::invalid_db_instance_state(
            fmt::format("Instance {} is not in available state.", instance.identifier));
    }
    instance.status = "rebooting";
    if (forced) {
        instance.failover_asked = request.now;
    } else {
        instance.reboot_wanted = true;
    }
    instance.in_force.parameters_refused = false;
    ++instance.generation;
    save(request, instance);
    return api::RebootDBInstanceOutput{TRY(view(request, instance))};
}

Result<api::DeleteDBInstanceOutput> Service::delete_db_instance(
    wire::Request& request, const api::DeleteDBInstanceInput& input) {
    auto instance = TRY(need_instance(request, input.db_instance_identifier));
    if (instance.status == "deleting") {
        return api::invalid_db_instance_state(
            fmt::format("Instance {} is already being deleted.", instance.identifier));
    }
    if (instance.deletion_protection) {
        return invalid_combination("Cannot delete protected DB Instance, please disable deletion "
                                   "protection and try again.");
    }
    if (instance.is_replica() && input.final_db_snapshot_identifier) {
        return invalid_combination("FinalDBSnapshotIdentifier can not be specified when deleting "
                                   "a replica instance.");
    }
    if (!input.skip_final_snapshot.value_or(false) && !instance.is_replica()) {
        if (!input.final_db_snapshot_identifier) {
            return invalid_combination("FinalDBSnapshotIdentifier is required unless "
                                       "SkipFinalSnapshot is specified.");
        }
        if (!instance.ready) {
            return api::invalid_db_instance_state(
                fmt::format("Instance {} has no data yet: a final snapshot cannot be taken.",
                            instance.identifier));
        }
        TRY(ask_for_snapshot(request, parts_.random, instance,
                             *input.final_db_snapshot_identifier, manual_snapshot));
    } else if (input.final_db_snapshot_identifier && !instance.is_replica()) {
        return invalid_combination("FinalDBSnapshotIdentifier can not be specified when deleting "
                                   "an instance with SkipFinalSnapshot.");
    }
    instance.status = "deleting";
    ++instance.generation;
    save(request, instance);
    return api::DeleteDBInstanceOutput{TRY(view(request, instance))};
}

}  // namespace stormglass::rds
