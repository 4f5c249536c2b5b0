// The changes of a table with point-in-time recovery: what stood at each place before each of them. A moment is
// restored by taking the items that are there and undoing, newest first, what came after it.
#pragma once

#include "services/dynamodb/items.h"

namespace stormglass::dynamodb {

struct Change {
    base::Time time{};
    std::string place;           // The item's key in the store.
    std::optional<Item> before;  // Absent: there was none.
};

/// `number` counts the table's changes, in the order in which they were committed.
void note_change(store::Tx& tx, const Table& table, std::int64_t number, const Change& change);
/// Forgets the oldest changes before `time`, at most `most` of them; how many those were.
Result<std::size_t> erase_old_changes(store::Tx& tx, const Table& table, base::Time time, std::size_t most);
Result<void> erase_history(store::Tx& tx, const Table& table);
/// The earliest moment that can be restored.
base::Time earliest_restorable(const Table& table, base::Time now);
/// The table's items at `time`, by their places.
Result<std::map<std::string, Item>> items_at(store::Tx& tx, const Table& table, base::Time time);

}  // namespace stormglass::dynamodb
