#include "services/dynamodb/table_shapes.h"

#include <cmath>

#include "services/dynamodb/items.h"

namespace stormglass::dynamodb {
namespace {

constexpr std::int64_t warm_read_units = 12'000, warm_write_units = 4'000;
constexpr double read_unit_bytes = 4096, write_unit_bytes = 1024;

wire::List<api::KeySchemaElement> schema_of(const KeySchema& key) {
    wire::List<api::KeySchemaElement> schema;
    schema.push_back({key.hash, "HASH"});
    if (!key.range.empty()) schema.push_back({key.range, "RANGE"});
    return schema;
}

api::ProvisionedThroughputDescription throughput(std::int64_t read, std::int64_t write) {
    api::ProvisionedThroughputDescription described;
    described.number_of_decreases_today = 0;
    described.read_capacity_units = read;
    described.write_capacity_units = write;
    return described;
}

api::Projection projection_of(const Index& index) {
    api::Projection projection;
    projection.projection_type = index.projection;
    projection.non_key_attributes.assign(index.included.begin(), index.included.end());
    return projection;
}

Result<std::pair<std::int64_t, std::int64_t>> measure(store::Tx& tx, const Table& table, const Index& index) {
    std::int64_t count = 0, bytes = 0;
    const std::string from = entries_prefix(table, &index);
    TRY(tx.scan(from, store::prefix_end(from), store::Direction::forward, [&](std::string_view, std::string_view value) {
        ++count;
        bytes += static_cast<std::int64_t>(value.size());
        return store::Step::next;
    }));
    return std::pair{count, bytes};
}

Result<void> describe_indexes(store::Tx& tx, const Table& table, api::TableDescription& described) {
    for (const Index& index : table.indexes) {
        const auto [count, bytes] = TRY(measure(tx, table, index));
        const std::string arn = table_arn(table) + "/index/" + index.name;
        if (!index.global) {
            auto& local = described.local_secondary_indexes.emplace_back();
            local.index_name = index.name;
            local.key_schema = schema_of(index.key);
            local.projection = projection_of(index);
            local.item_count = count;
            local.index_size_bytes = bytes;
            local.index_arn = arn;
            continue;
        }
        auto& global = described.global_secondary_indexes.emplace_back();
        global.index_name = index.name;
        global.key_schema = schema_of(index.key);
        global.projection = projection_of(index);
        global.index_status = active;
        global.provisioned_throughput = throughput(index.read_units, index.write_units);
        global.item_count = count;
        global.index_size_bytes = bytes;
        global.index_arn = arn;
    }
    return {};
}

}  // namespace

std::string name_of(const std::string& name_or_arn) {
    const auto mark = name_or_arn.find(":table/");
    if (!name_or_arn.starts_with("arn:") || mark == std::string::npos) return name_or_arn;
    const std::string rest = name_or_arn.substr(mark + 7);
    return rest.substr(0, rest.find('/'));
}

std::string table_arn(const Table& table) {
    return fmt::format("arn:aws:dynamodb:{}:{}:table/{}", table.region, table.account, table.name);
}

Result<Table> need_table(wire::Request& request, const std::string& name_or_arn) {
    const std::string name = name_of(name_or_arn);
    auto table = TRY(tables.get(request.tx(), {request.account, request.region, name}));
    if (!table) {
        return api::resource_not_found(fmt::format("Requested resource not found: Table: {} not found", name));
    }
    return std::move(*table);
}

Result<Table> need_item_table(wire::Request& request, const std::string& name_or_arn) {
    auto table = TRY(tables.get(request.tx(), {request.account, request.region, name_of(name_or_arn)}));
    if (!table) return api::resource_not_found("Requested resource not found");
    return std::move(*table);
}

void save_table(wire::Request& request, const Table& table) {
    tables.put(request.tx(), {table.account, table.region, table.name}, table);
}

const Index* find_index(const Table& table, const std::string& name) {
    for (const Index& index : table.indexes) {
        if (index.name == name) return &index;
    }
    return nullptr;
}

Result<api::TableDescription> describe(wire::Request& request, const Table& table, const std::string& status) {
    const TableSize size = TRY(table_sizes.get(request.tx(), {table.id})).value_or(TableSize{});
    api::TableDescription described;
    for (const auto& [name, type] : table.attributes) described.attribute_definitions.push_back({name, type});
    described.table_name = table.name;
    described.key_schema = schema_of(table.key);
    described.table_status = status;
    described.creation_date_time = table.created;
    described.provisioned_throughput = throughput(table.read_units, table.write_units);
    described.table_size_bytes = size.bytes;
    described.item_count = size.items;
    described.table_arn = table_arn(table);
    described.table_id = table.id;
    described.deletion_protection_enabled = table.deletion_protection;
    if (table.billing_mode == "PAY_PER_REQUEST") {
        auto& billing = described.billing_mode_summary.emplace();
        billing.billing_mode = table.billing_mode;
        billing.last_update_to_pay_per_request_date_time = table.billing_changed;
        auto& warm = described.warm_throughput.emplace();
        warm.read_units_per_second = warm_read_units;
        warm.write_units_per_second = warm_write_units;
        warm.status = active;
    }
    if (table.sse_enabled) {
        auto& sse = described.sse_description.emplace();
        sse.status = "ENABLED";
        sse.sse_type = "KMS";
        sse.kms_master_key_arn = table.kms_key_arn;
    }
    if (!table.table_class.empty()) described.table_class_summary.emplace().table_class = table.table_class;
    TRY(describe_indexes(request.tx(), table, described));
    return described;
}

std::optional<api::ConsumedCapacity> capacity(const std::optional<std::string>& wanted, const Table& table,
                                              std::size_t bytes, Access access, double factor) {
    if (!wanted || *wanted == "NONE") return std::nullopt;
    const double unit = access == Access::write ? write_unit_bytes : read_unit_bytes;
    double units = std::max(1.0, std::ceil(static_cast<double>(bytes) / unit)) * factor;
    if (access == Access::read) units /= 2;
    api::ConsumedCapacity consumed;
    consumed.table_name = table.name;
    consumed.capacity_units = units;
    if (*wanted == "INDEXES") consumed.table.emplace().capacity_units = units;
    return consumed;
}

}  // namespace stormglass::dynamodb
