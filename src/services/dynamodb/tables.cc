// Describing, changing and deleting tables; and what is said of them besides: tags, time to live,
// backups, limits.
#include "services/dynamodb/history.h"
#include "services/dynamodb/items.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/table_input.h"

namespace stormglass::dynamodb {
namespace {

constexpr std::int64_t tables_page_max = 100;
constexpr std::int64_t account_units_max = 80'000, table_units_max = 40'000;
constexpr std::int64_t endpoint_cache_minutes = 1440;

Result<void> change_indexes(wire::Request& request, Table& table,
                            const wire::List<api::GlobalSecondaryIndexUpdate>& updates) {
    for (const auto& update : updates) {
        if (update.create) {
            Index index = TRY(read_index(table, update.create->index_name, update.create->key_schema,
                                         update.create->projection));
            TRY(read_throughput(table.billing_mode, update.create->provisioned_throughput, index.read_units,
                                index.write_units));
            TRY(fill_index(request.tx(), table, index));
            table.indexes.push_back(std::move(index));
            continue;
        }
        const std::string name = update.delete_ ? update.delete_->index_name
                                 : update.update ? update.update->index_name : std::string{};
        const Index* found = find_index(table, name);
        if (found == nullptr || !found->global) {
            return api::resource_not_found("Requested resource not found");
        }
        if (update.update) {
            auto& index = table.indexes[static_cast<std::size_t>(found - table.indexes.data())];
            TRY(read_throughput(table.billing_mode, update.update->provisioned_throughput, index.read_units,
                                index.write_units));
            continue;
        }
        TRY(erase_index(request.tx(), table, *found));
        table.indexes.erase(table.indexes.begin() + (found - table.indexes.data()));
    }
    return {};
}

Result<void> check_update(const api::UpdateTableInput& input) {
    if (input.stream_specification && input.stream_specification->stream_enabled.value_or(false)) {
        return unsupported("DynamoDB Streams");
    }
    if (input.replica_updates.given() || input.multi_region_consistency || input.global_table_witness_updates.given()) {
        return unsupported("global tables");
    }
    if (input.on_demand_throughput || input.warm_throughput) return unsupported("throughput limits");
    return {};
}

api::ContinuousBackupsDescription backups_of(const Table& table, base::Time now) {
    api::ContinuousBackupsDescription described;
    described.continuous_backups_status = "ENABLED";
    auto& recovery = described.point_in_time_recovery_description.emplace();
    recovery.point_in_time_recovery_status = table.backups ? "ENABLED" : "DISABLED";
    if (table.backups) {
        recovery.recovery_period_in_days = table.recovery_days;
        recovery.earliest_restorable_date_time = earliest_restorable(table, now);
        recovery.latest_restorable_date_time = now;
    }
    return described;
}

}  // namespace

Result<api::DescribeTableOutput> Service::describe_table(wire::Request& request, const api::DescribeTableInput& input) {
    const Table table = TRY(need_table(request, input.table_name));
    api::DescribeTableOutput output;
    output.table = TRY(describe(request, table, active));
    return output;
}

Result<api::ListTablesOutput> Service::list_tables(wire::Request& request, const api::ListTablesInput& input) {
    api::ListTablesOutput output;
    const auto most = static_cast<std::size_t>(std::min(input.limit.value_or(tables_page_max), tables_page_max));
    const std::string after = input.exclusive_start_table_name.value_or("");
    TRY(tables.scan(request.tx(), {request.account, request.region}, [&](Table& table) {
        if (table.name <= after) return store::Step::next;
        if (output.table_names.size() == most) {
            output.last_evaluated_table_name = output.table_names.back();
            return store::Step::stop;
        }
        output.table_names.push_back(table.name);
        return store::Step::next;
    }));
    return output;
}

Result<api::UpdateTableOutput> Service::update_table(wire::Request& request, const api::UpdateTableInput& input) {
    TRY(check_update(input));
    Table table = TRY(need_table(request, input.table_name));
    for (const auto& attribute : input.attribute_definitions) {
        table.attributes[attribute.attribute_name.value_or("")] = attribute.attribute_type.value_or("");
    }
    if (input.billing_mode && *input.billing_mode != table.billing_mode) {
        table.billing_mode = *input.billing_mode;
        table.read_units = table.write_units = 0;
        if (table.billing_mode == "PAY_PER_REQUEST") table.billing_changed = request.now;
    }
    if (input.provisioned_throughput || input.billing_mode) {
        TRY(read_throughput(table.billing_mode, input.provisioned_throughput, table.read_units, table.write_units));
    }
    TRY(change_indexes(request, table, input.global_secondary_index_updates));
    TRY(read_encryption(input.sse_specification, request, table));
    if (input.table_class) table.table_class = *input.table_class;
    if (input.deletion_protection_enabled) table.deletion_protection = *input.deletion_protection_enabled;
    save_table(request, table);
    api::UpdateTableOutput output;
    output.table_description = TRY(describe(request, table, "UPDATING"));
    return output;
}

Result<api::DeleteTableOutput> Service::delete_table(wire::Request& request, const api::DeleteTableInput& input) {
    const Table table = TRY(need_table(request, input.table_name));
    if (table.deletion_protection) {
        return invalid(fmt::format("Resource cannot be deleted as it is currently protected against deletion. Disable "
                                   "deletion protection first."));
    }
    api::DeleteTableOutput output;
    output.table_description = TRY(describe(request, table, "DELETING"));
    TRY(erase_items(request.tx(), table));
    tables.erase(request.tx(), {table.account, table.region, table.name});
    return output;
}

Result<api::DescribeContinuousBackupsOutput> Service::describe_continuous_backups(
    wire::Request& request, const api::DescribeContinuousBackupsInput& input) {
    const auto table = need_table(request, input.table_name);
    if (!table) return api::table_not_found("Table not found: " + input.table_name);
    return api::DescribeContinuousBackupsOutput{backups_of(*table, request.now)};
}

Result<api::UpdateContinuousBackupsOutput> Service::update_continuous_backups(
    wire::Request& request, const api::UpdateContinuousBackupsInput& input) {
    auto table = need_table(request, input.table_name);
    if (!table) return api::table_not_found("Table not found: " + input.table_name);
    const auto& wanted = input.point_in_time_recovery_specification;
    if (wanted.point_in_time_recovery_enabled && !table->backups) table->backups_since = request.now;
    if (!wanted.point_in_time_recovery_enabled) TRY(erase_history(request.tx(), *table));
    table->backups = wanted.point_in_time_recovery_enabled;
    table->recovery_days = wanted.recovery_period_in_days.value_or(table->recovery_days);
    save_table(request, *table);
    return api::UpdateContinuousBackupsOutput{backups_of(*table, request.now)};
}

Result<api::DescribeTimeToLiveOutput> Service::describe_time_to_live(wire::Request& request,
                                                                     const api::DescribeTimeToLiveInput& input) {
    const Table table = TRY(need_table(request, input.table_name));
    api::DescribeTimeToLiveOutput output;
    auto& described = output.time_to_live_description.emplace();
    described.time_to_live_status = table.ttl_enabled ? "ENABLED" : "DISABLED";
    if (table.ttl_enabled) described.attribute_name = table.ttl_attribute;
    return output;
}

Result<api::UpdateTimeToLiveOutput> Service::update_time_to_live(wire::Request& request,
                                                                 const api::UpdateTimeToLiveInput& input) {
    Table table = TRY(need_table(request, input.table_name));
    const bool enabled = input.time_to_live_specification.enabled.value_or(false);
    if (enabled == table.ttl_enabled) {
        return invalid(enabled ? "TimeToLive is already enabled" : "TimeToLive is already disabled");
    }
    table.ttl_enabled = enabled;
    table.ttl_attribute = input.time_to_live_specification.attribute_name.value_or("");
    save_table(request, table);
    return api::UpdateTimeToLiveOutput{input.time_to_live_specification};
}

Result<api::ListTagsOfResourceOutput> Service::list_tags_of_resource(wire::Request& request,
                                                                     const api::ListTagsOfResourceInput& input) {
    const Table table = TRY(need_table(request, input.resource_arn));
    api::ListTagsOfResourceOutput output;
    for (const auto& [key, value] : table.tags) output.tags.push_back({key, value});
    return output;
}

Result<api::TagResourceOutput> Service::tag_resource(wire::Request& request, const api::TagResourceInput& input) {
    Table table = TRY(need_table(request, input.resource_arn));
    for (auto& [key, value] : TRY(read_tags(input.tags))) table.tags[key] = value;
    save_table(request, table);
    return api::TagResourceOutput{};
}

Result<api::UntagResourceOutput> Service::untag_resource(wire::Request& request, const api::UntagResourceInput& input) {
    Table table = TRY(need_table(request, input.resource_arn));
    for (const auto& key : input.tag_keys) table.tags.erase(key);
    save_table(request, table);
    return api::UntagResourceOutput{};
}

Result<api::DescribeEndpointsOutput> Service::describe_endpoints(wire::Request& request,
                                                                 const api::DescribeEndpointsInput&) {
    api::DescribeEndpointsOutput output;
    auto& endpoint = output.endpoints.emplace_back();
    const auto host = request.http == nullptr ? std::string_view{} : request.http->header("host");
    endpoint.address = host.empty() ? fmt::format("dynamodb.{}.amazonaws.com", request.region) : std::string(host);
    endpoint.cache_period_in_minutes = endpoint_cache_minutes;
    return output;
}

Result<api::DescribeLimitsOutput> Service::describe_limits(wire::Request&, const api::DescribeLimitsInput&) {
    api::DescribeLimitsOutput output;
    output.account_max_read_capacity_units = output.account_max_write_capacity_units = account_units_max;
    output.table_max_read_capacity_units = output.table_max_write_capacity_units = table_units_max;
    return output;
}

}  // namespace stormglass::dynamodb
