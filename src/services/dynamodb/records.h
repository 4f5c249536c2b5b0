// What DynamoDB keeps in the store: tables as records, items as bytes of their own encoding.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "store/table.h"

namespace stormglass::dynamodb {

struct KeySchema {
    std::string hash, range;  // Attribute names; no range: empty.
};
STORMGLASS_JSON(KeySchema, hash, range)

struct Index {
    std::string name;
    bool global = true;
    KeySchema key;
    std::string projection;  // "ALL", "KEYS_ONLY", "INCLUDE"
    std::vector<std::string> included;
    std::int64_t read_units = 0, write_units = 0;
};
STORMGLASS_JSON(Index, name, global, key, projection, included, read_units, write_units)

struct Table {
    std::string name, id, account, region;
    base::Time created{};
    std::map<std::string, std::string> attributes;  // Name to "S", "N", "B".
    KeySchema key;
    std::vector<Index> indexes;
    std::string billing_mode;  // "PROVISIONED", "PAY_PER_REQUEST"
    std::int64_t read_units = 0, write_units = 0;
    base::Time billing_changed{};
    std::string table_class;
    bool deletion_protection = false;
    std::string kms_key_arn;  // Recorded; items are sealed by the store's own keys.
    bool sse_enabled = false;
    bool backups = false;
    std::int64_t recovery_days = 35;
    base::Time backups_since{};
    std::string ttl_attribute;
    bool ttl_enabled = false;
    std::map<std::string, std::string> tags;
};
STORMGLASS_JSON(Table, name, id, account, region, created, attributes, key, indexes, billing_mode, read_units,
                write_units, billing_changed, table_class, deletion_protection, kms_key_arn, sse_enabled, backups,
                recovery_days, backups_since, ttl_attribute, ttl_enabled, tags)

/// How much a table holds, kept beside it since it changes with every item.
struct TableSize {
    std::int64_t items = 0, bytes = 0;
    std::int64_t changes = 0;  // Noted in its history (history.h).
};
STORMGLASS_JSON(TableSize, items, bytes, changes)

inline constexpr store::Table<Table> tables{"dynamodb/table"};     // {account, region, name}
inline constexpr store::Table<TableSize> table_sizes{"dynamodb/size"};  // {table id}

}  // namespace stormglass::dynamodb
