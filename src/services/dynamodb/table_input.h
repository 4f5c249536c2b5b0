// Reading the parts of CreateTable's and UpdateTable's input.
#pragma once

#include "services/dynamodb/table_shapes.h"

namespace stormglass::dynamodb {

/// ValidationException: "Stormglass does not support ...".
Unexpected unsupported(std::string_view what);
Result<void> read_throughput(const std::string& billing_mode,
                             const std::optional<api::ProvisionedThroughput>& wanted, std::int64_t& read,
                             std::int64_t& write);
Result<KeySchema> read_key_schema(const Table& table, const wire::List<api::KeySchemaElement>& schema);
Result<Index> read_index(const Table& table, const std::string& name,
                         const wire::List<api::KeySchemaElement>& schema, const api::Projection& projection);
Result<void> read_encryption(const std::optional<api::SSESpecification>& wanted, wire::Request& request,
                             Table& table);
Result<std::map<std::string, std::string>> read_tags(const wire::List<api::Tag>& tags);

}  // namespace stormglass::dynamodb
