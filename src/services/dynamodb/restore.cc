// RestoreTableToPointInTime: a new table with the items that another had at a moment.
#include "services/dynamodb/history.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/table_input.h"

namespace stormglass::dynamodb {
namespace {

Result<Table> source_of(wire::Request& request, const api::RestoreTableToPointInTimeInput& input) {
    if (input.source_table_name.has_value() == input.source_table_arn.has_value()) {
        return invalid("Exactly one of SourceTableName and SourceTableArn must be given");
    }
    const std::string name = input.source_table_name.value_or(input.source_table_arn.value_or(""));
    auto table = need_table(request, name);
    if (!table) return api::table_not_found("Table not found: " + name);
    if (!table->backups) {
        return api::point_in_time_recovery_unavailable("Point in time recovery is not enabled for table '" +
                                                       table->name + "'");
    }
    return table;
}

Result<base::Time> moment_of(const api::RestoreTableToPointInTimeInput& input, const Table& source, base::Time now) {
    if (input.use_latest_restorable_time.value_or(false)) return now;
    if (!input.restore_date_time) return invalid("RestoreDateTime or UseLatestRestorableTime must be given");
    if (*input.restore_date_time < earliest_restorable(source, now) || *input.restore_date_time > now) {
        return api::invalid_restore_time("RestoreDateTime is not within the restorable time range of the table");
    }
    return *input.restore_date_time;
}

/// The settings that a restored table takes over; AWS's list.
Table table_like(const Table& source, const std::string& name, base::Time now) {
    Table table = source;
    table.name = name;
    table.created = now;
    table.deletion_protection = table.backups = table.ttl_enabled = false;
    table.backups_since = {};
    table.ttl_attribute.clear();
    table.tags.clear();
    return table;
}

}  // namespace

Result<api::RestoreTableToPointInTimeOutput> Service::restore_table_to_point_in_time(
    wire::Request& request, const api::RestoreTableToPointInTimeInput& input) {
    if (input.global_secondary_index_override.given() || input.local_secondary_index_override.given() ||
        input.on_demand_throughput_override) {
        return invalid("Stormglass restores tables with all their indexes; leave out the overrides of indexes");
    }
    const Table source = TRY(source_of(request, input));
    if (TRY(tables.contains(request.tx(), {request.account, request.region, input.target_table_name}))) {
        return api::table_already_exists("Table already exists: " + input.target_table_name);
    }
    const base::Time moment = TRY(moment_of(input, source, request.now));
    Table table = table_like(source, input.target_table_name, request.now);
    table.id = random_.uuid();
    table.billing_mode = input.billing_mode_override.value_or(table.billing_mode);
    if (input.billing_mode_override || input.provisioned_throughput_override) {
        TRY(read_throughput(table.billing_mode, input.provisioned_throughput_override, table.read_units,
                            table.write_units));
    }
    TRY(read_encryption(input.sse_specification_override, request, table));
    save_table(request, table);
    for (const auto& [place, item] : TRY(items_at(request.tx(), source, moment))) {
        TRY(write_item(request.tx(), table, std::nullopt, item, request.now));
    }
    api::RestoreTableToPointInTimeOutput output;
    output.table_description = TRY(describe(request, table, "CREATING"));
    auto& summary = output.table_description->restore_summary.emplace();
    summary.source_table_arn = request.arn("dynamodb", "table/" + source.name);
    summary.restore_date_time = moment;
    summary.restore_in_progress = true;
    return output;
}

}  // namespace stormglass::dynamodb
