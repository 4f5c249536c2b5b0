#include "services/dynamodb/items.h"

#include "services/dynamodb/evaluate.h"
#include "services/dynamodb/history.h"

namespace stormglass::dynamodb {
namespace {

constexpr const char* item_space = "dynamodb/item";
constexpr const char* index_space = "dynamodb/index";
constexpr std::size_t hash_bytes_max = 2048, range_bytes_max = 1024;

Result<std::string> key_bytes(const KeySchema& schema, const Item& item) {
    std::string bytes = store::Parts{TRY(ordered_bytes_of(item.at(schema.hash)))}.encoded();
    if (!schema.range.empty()) bytes += store::Parts{TRY(ordered_bytes_of(item.at(schema.range)))}.encoded();
    return bytes;
}

bool has_key(const KeySchema& schema, const Item& item) {
    return item.contains(schema.hash) && (schema.range.empty() || item.contains(schema.range));
}

/// Does the item appear in the index: its key there, and of the right types? (Items older than the
/// index may have others.)
bool is_indexed(const Table& table, const Index& index, const Item& item) {
    for (const auto& name : {index.key.hash, index.key.range}) {
        if (name.empty()) continue;
        const auto found = item.find(name);
        if (found == item.end() || type_name(type_of(found->second)) != table.attributes.at(name)) return false;
    }
    return true;
}

Item index_projection(const Table& table, const Index& index, const Item& item) {
    if (index.projection == "ALL") return item;
    Item projected = key_of(table.key, item);
    for (const auto& [name, value] : key_of(index.key, item)) projected[name] = value;
    if (index.projection != "INCLUDE") return projected;
    for (const auto& name : index.included) {
        const auto found = item.find(name);
        if (found != item.end()) projected[name] = found->second;
    }
    return projected;
}

Result<void> check_bounds(const std::string& name, const Value& value, std::size_t most) {
    const std::size_t size = value.s ? value.s->size() : value.b ? value.b->size() : 1;
    if (size == 0) {
        return invalid(fmt::format("One or more parameter values are not valid. The AttributeValue for a key "
                                   "attribute cannot contain an empty {} value. Key: {}",
                                   value.s ? "string" : "binary", name));
    }
    if (size > most) {
        return invalid_parameter(fmt::format("Size of {} has exceeded the maximum size limit of {} bytes",
                                             most == hash_bytes_max ? "hashkey" : "rangekey", most));
    }
    return {};
}

Result<void> check_attribute(const Table& table, const std::string& name, const Item& item, std::size_t most) {
    const auto found = item.find(name);
    if (found == item.end()) return invalid_parameter(fmt::format("Missing the key {} in the item", name));
    const auto type = type_name(type_of(found->second));
    if (type != table.attributes.at(name)) {
        return invalid_parameter(fmt::format("Type mismatch for key {} expected: {} actual: {}", name,
                                             table.attributes.at(name), type));
    }
    return check_bounds(name, found->second, most);
}

}  // namespace

Item key_of(const KeySchema& schema, const Item& item) {
    Item key;
    key.present = true;
    for (const auto& name : {schema.hash, schema.range}) {
        const auto found = name.empty() ? item.end() : item.find(name);
        if (found != item.end()) key[name] = found->second;
    }
    return key;
}

Result<void> check_key(const Table& table, const Item& key) {
    const std::size_t wanted = table.key.range.empty() ? 1 : 2;
    const auto mismatch = [] { return invalid("The provided key element does not match the schema"); };
    if (key.size() != wanted || !has_key(table.key, key)) return mismatch();
    for (const auto& [name, value] : key) {
        if (type_name(type_of(value)) != table.attributes.at(name)) return mismatch();
        TRY(check_bounds(name, value, name == table.key.hash ? hash_bytes_max : range_bytes_max));
    }
    return {};
}

Result<void> check_item_key(const Table& table, const Item& item) {
    TRY(check_attribute(table, table.key.hash, item, hash_bytes_max));
    if (!table.key.range.empty()) TRY(check_attribute(table, table.key.range, item, range_bytes_max));
    for (const Index& index : table.indexes) {
        for (const auto& name : {index.key.hash, index.key.range}) {
            const auto found = name.empty() ? item.end() : item.find(name);
            if (found == item.end()) continue;
            const auto type = type_name(type_of(found->second));
            if (type == table.attributes.at(name)) {
                TRY(check_bounds(name, found->second, hash_bytes_max));
                continue;
            }
            return invalid_parameter(fmt::format("Type mismatch for Index Key {} Expected: {} Actual: {} IndexName: {}",
                                                 name, table.attributes.at(name), type, index.name));
        }
    }
    if (size_of(item) > item_bytes_max) return invalid("Item size has exceeded the maximum allowed size");
    return {};
}

std::string entries_prefix(const Table& table, const Index* index) {
    return index == nullptr ? store::key({item_space, table.id}) : store::key({index_space, table.id, index->name});
}

Result<std::string> entry_place(const Table& table, const Index* index, const Item& item) {
    std::string place = entries_prefix(table, index);
    if (index != nullptr) place += TRY(key_bytes(index->key, item));
    return place + TRY(key_bytes(table.key, item));
}

Result<std::string> item_place(const Table& table, const Item& key) { return entry_place(table, nullptr, key); }

Result<std::optional<Item>> read_item(store::Tx& tx, const Table& table, const Item& key) {
    const auto bytes = TRY(tx.get(TRY(item_place(table, key))));
    if (!bytes) return std::nullopt;
    return TRY(decode_item(*bytes));
}

Result<void> write_item(store::Tx& tx, const Table& table, const std::optional<Item>& before,
                        const std::optional<Item>& after, base::Time now) {
    if (!before && !after) return {};
    const std::string place = TRY(item_place(table, before ? *before : *after));
    if (after) {
        tx.put(place, encode_item(*after));
    } else {
        tx.erase(place);
    }
    for (const Index& index : table.indexes) {
        if (before && is_indexed(table, index, *before)) tx.erase(TRY(entry_place(table, &index, *before)));
        if (after && is_indexed(table, index, *after)) {
            tx.put(TRY(entry_place(table, &index, *after)), encode_item(index_projection(table, index, *after)));
        }
    }
    TableSize size = TRY(table_sizes.get(tx, {table.id})).value_or(TableSize{});
    size.items += static_cast<int>(after.has_value()) - static_cast<int>(before.has_value());
    if (after) size.bytes += static_cast<std::int64_t>(size_of(*after));
    if (before) size.bytes -= static_cast<std::int64_t>(size_of(*before));
    if (table.backups) note_change(tx, table, ++size.changes, {now, place, before});
    table_sizes.put(tx, {table.id}, size);
    return {};
}

Result<void> erase_items(store::Tx& tx, const Table& table) {
    TRY(store::erase_prefix(tx, entries_prefix(table, nullptr)));
    for (const Index& index : table.indexes) TRY(erase_index(tx, table, index));
    TRY(erase_history(tx, table));
    table_sizes.erase(tx, {table.id});
    return {};
}

Result<void> erase_index(store::Tx& tx, const Table& table, const Index& index) {
    TRY(store::erase_prefix(tx, entries_prefix(table, &index)));
    return {};
}

Result<void> fill_index(store::Tx& tx, const Table& table, const Index& index) {
    const std::string from = entries_prefix(table, nullptr);
    Result<void> outcome;
    TRY(tx.scan(from, store::prefix_end(from), store::Direction::forward, [&](std::string_view, std::string_view bytes) {
        outcome = [&]() -> Result<void> {
            const Item item = TRY(decode_item(bytes));
            if (!is_indexed(table, index, item)) return {};
            tx.put(TRY(entry_place(table, &index, item)), encode_item(index_projection(table, index, item)));
            return {};
        }();
        return outcome ? store::Step::next : store::Step::stop;
    }));
    return outcome;
}

}  // namespace stormglass::dynamodb
