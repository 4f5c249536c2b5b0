// Items in the store: found by their keys, written together with their entries in the indexes.
#pragma once

#include "services/dynamodb/records.h"
#include "services/dynamodb/value.h"

namespace stormglass::dynamodb {

/// The attributes that make an item's key.
Item key_of(const KeySchema& schema, const Item& item);
/// Exactly the key, of the right types.
Result<void> check_key(const Table& table, const Item& key);
/// The key inside a whole item, and the types of the indexes' keys.
Result<void> check_item_key(const Table& table, const Item& item);

Result<std::string> item_place(const Table& table, const Item& key);
Result<std::optional<Item>> read_item(store::Tx& tx, const Table& table, const Item& key);
/// Replaces `before` (what read_item gave) by `after`; either may be absent. `now` is for the history of a table with
/// point-in-time recovery.
Result<void> write_item(store::Tx& tx, const Table& table, const std::optional<Item>& before,
                        const std::optional<Item>& after, base::Time now);
/// Erases all items, index entries and the history.
Result<void> erase_items(store::Tx& tx, const Table& table);
/// Fills an index from the items that are there.
Result<void> fill_index(store::Tx& tx, const Table& table, const Index& index);
Result<void> erase_index(store::Tx& tx, const Table& table, const Index& index);

/// Where the entries of a table (null index) or of an index begin.
std::string entries_prefix(const Table& table, const Index* index);
/// An entry's key in the store: the index's own key, then (in an index) the item's.
Result<std::string> entry_place(const Table& table, const Index* index, const Item& item);

}  // namespace stormglass::dynamodb
