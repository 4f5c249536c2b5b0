// CreateTable and what its input must be.
#include <set>

#include "services/dynamodb/items.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/table_input.h"

namespace stormglass::dynamodb {
namespace {

constexpr std::size_t local_indexes_max = 5, global_indexes_max = 20;

Result<void> check_supported(const api::CreateTableInput& input) {
    if (input.stream_specification && input.stream_specification->stream_enabled.value_or(false)) {
        return unsupported("DynamoDB Streams");
    }
    if (input.resource_policy) return unsupported("resource policies of tables");
    if (input.on_demand_throughput) return unsupported("limits of on-demand throughput");
    if (input.warm_throughput) return unsupported("warm throughput");
    if (input.global_table_source_arn) return unsupported("global tables");
    return {};
}

Result<void> check_attributes_used(const Table& table) {
    std::set<std::string> used{table.key.hash, table.key.range};
    for (const Index& index : table.indexes) used.insert({index.key.hash, index.key.range});
    used.erase("");
    for (const auto& [name, type] : table.attributes) {
        if (used.contains(name)) continue;
        return invalid_parameter("Number of attributes in KeySchema does not exactly match number of attributes "
                                 "defined in AttributeDefinitions");
    }
    return {};
}

Result<void> add_indexes(const api::CreateTableInput& input, Table& table) {
    if (input.local_secondary_indexes.size() > local_indexes_max ||
        input.global_secondary_indexes.size() > global_indexes_max) {
        return invalid_parameter("Number of indexes exceeds per-table limit");
    }
    for (const auto& wanted : input.local_secondary_indexes) {
        Index index = TRY(read_index(table, wanted.index_name, wanted.key_schema, wanted.projection));
        index.global = false;
        if (index.key.hash != table.key.hash || index.key.range.empty() || table.key.range.empty()) {
            return invalid_parameter(fmt::format("Table KeySchema: The AttributeValue for a key attribute: index KeySchema "
                                                 "does not share the hash key of the table: {}", wanted.index_name));
        }
        table.indexes.push_back(std::move(index));
    }
    for (const auto& wanted : input.global_secondary_indexes) {
        Index index = TRY(read_index(table, wanted.index_name, wanted.key_schema, wanted.projection));
        if (wanted.on_demand_throughput || wanted.warm_throughput) return unsupported("throughput limits of indexes");
        TRY(read_throughput(table.billing_mode, wanted.provisioned_throughput, index.read_units, index.write_units));
        table.indexes.push_back(std::move(index));
    }
    return {};
}

}  // namespace

Unexpected unsupported(std::string_view what) {
    return invalid(fmt::format("Stormglass does not support {}", what));
}

Result<void> read_throughput(const std::string& billing_mode,
                             const std::optional<api::ProvisionedThroughput>& wanted, std::int64_t& read,
                             std::int64_t& write) {
    const bool on_demand = billing_mode == "PAY_PER_REQUEST";
    if (on_demand && wanted && (wanted->read_capacity_units != 0 || wanted->write_capacity_units != 0)) {
        return invalid_parameter("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode "
                                 "is PAY_PER_REQUEST");
    }
    if (on_demand) return {};
    if (!wanted) {
        return invalid_parameter("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
                                 "PROVISIONED");
    }
    read = wanted->read_capacity_units;
    write = wanted->write_capacity_units;
    return {};
}

Result<KeySchema> read_key_schema(const Table& table, const wire::List<api::KeySchemaElement>& schema) {
    KeySchema key;
    if (schema.empty() || schema.size() > 2 || schema[0].key_type.value_or("") != "HASH" ||
        (schema.size() == 2 && schema[1].key_type.value_or("") != "RANGE")) {
        return invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
    }
    key.hash = schema[0].attribute_name.value_or("");
    if (schema.size() == 2) key.range = schema[1].attribute_name.value_or("");
    if (key.hash == key.range) {
        return invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name");
    }
    for (const auto& name : {key.hash, key.range}) {
        if (name.empty() || table.attributes.contains(name)) continue;
        std::vector<std::string> known;
        for (const auto& [attribute, type] : table.attributes) known.push_back(attribute);
        return invalid_parameter(fmt::format("Some index key attributes are not defined in AttributeDefinitions. Keys: "
                                             "[{}], AttributeDefinitions: [{}]", name, fmt::join(known, ", ")));
    }
    return key;
}

Result<Index> read_index(const Table& table, const std::string& name,
                         const wire::List<api::KeySchemaElement>& schema, const api::Projection& projection) {
    if (find_index(table, name) != nullptr) {
        return invalid_parameter("Duplicate index name: " + name);
    }
    Index index;
    index.name = name;
    index.key = TRY(read_key_schema(table, schema));
    index.projection = projection.projection_type.value_or("");
    if (index.projection.empty()) return invalid_parameter("Unknown ProjectionType: null");
    index.included.assign(projection.non_key_attributes.begin(), projection.non_key_attributes.end());
    if ((index.projection == "INCLUDE") == index.included.empty()) {
        return invalid_parameter(index.included.empty()
                                     ? "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"
                                     : fmt::format("ProjectionType is {}, but NonKeyAttributes is specified",
                                                   index.projection));
    }
    return index;
}

Result<void> read_encryption(const std::optional<api::SSESpecification>& wanted, wire::Request& request, Table& table) {
    if (!wanted) return {};
    table.sse_enabled = wanted->enabled.value_or(wanted->sse_type.has_value());
    table.kms_key_arn.clear();
    if (!table.sse_enabled) return {};
    if (wanted->sse_type.value_or("KMS") != "KMS") {
        return invalid_parameter("SSEType AES256 is not supported");
    }
    const std::string key = wanted->kms_master_key_id.value_or("alias/aws/dynamodb");
    table.kms_key_arn = key.starts_with("arn:") ? key
                        : key.starts_with("alias/") ? request.arn("kms", key)
                                                    : request.arn("kms", "key/" + key);
    return {};
}

Result<std::map<std::string, std::string>> read_tags(const wire::List<api::Tag>& tags) {
    std::map<std::string, std::string> read;
    for (const auto& tag : tags) {
        const std::string key = tag.key.value_or("");
        if (key.starts_with("aws:")) {
            return invalid_parameter("One or more tag keys are invalid: prefix aws: is reserved");
        }
        if (!read.emplace(key, tag.value.value_or("")).second) {
            return invalid("Tag keys must be unique: " + key);
        }
    }
    return read;
}

Result<api::CreateTableOutput> Service::create_table(wire::Request& request, const api::CreateTableInput& input) {
    TRY(check_supported(input));
    if (TRY(tables.contains(request.tx(), {request.account, request.region, input.table_name}))) {
        return api::resource_in_use("Table already exists: " + input.table_name);
    }
    Table table;
    table.name = input.table_name;
    table.id = random_.uuid();
    table.account = request.account;
    table.region = request.region;
    table.created = request.now;
    for (const auto& attribute : input.attribute_definitions) {
        table.attributes[attribute.attribute_name.value_or("")] = attribute.attribute_type.value_or("");
    }
    table.key = TRY(read_key_schema(table, input.key_schema));
    table.billing_mode = input.billing_mode.value_or("PROVISIONED");
    if (table.billing_mode == "PAY_PER_REQUEST") table.billing_changed = request.now;
    TRY(read_throughput(table.billing_mode, input.provisioned_throughput, table.read_units, table.write_units));
    TRY(add_indexes(input, table));
    TRY(check_attributes_used(table));
    TRY(read_encryption(input.sse_specification, request, table));
    table.table_class = input.table_class.value_or("");
    table.deletion_protection = input.deletion_protection_enabled.value_or(false);
    table.tags = TRY(read_tags(input.tags));
    save_table(request, table);
    api::CreateTableOutput output;
    output.table_description = TRY(describe(request, table, "CREATING"));
    return output;
}

}  // namespace stormglass::dynamodb
