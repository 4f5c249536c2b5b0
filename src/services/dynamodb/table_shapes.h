// Finding a table, and describing it as the API does.
#pragma once

#include "services/dynamodb/records.h"
#include "services/dynamodb/value.h"
#include "wire/request.h"

namespace stormglass::dynamodb {

inline constexpr const char* active = "ACTIVE";

/// By name or ARN; ResourceNotFoundException.
Result<Table> need_table(wire::Request& request, const std::string& name_or_arn);
/// As need_table, worded as the operations on items word it.
Result<Table> need_item_table(wire::Request& request, const std::string& name_or_arn);
/// What follows ":table/" in an ARN; a name is its own.
std::string name_of(const std::string& name_or_arn);
std::string table_arn(const Table& table);
void save_table(wire::Request& request, const Table& table);
Result<api::TableDescription> describe(wire::Request& request, const Table& table, const std::string& status);
const Index* find_index(const Table& table, const std::string& name);

/// ConsumedCapacity, when it was asked for.
enum class Access { read, read_consistent, write };
std::optional<api::ConsumedCapacity> capacity(const std::optional<std::string>& wanted, const Table& table,
                                              std::size_t bytes, Access access, double factor = 1);

}  // namespace stormglass::dynamodb
