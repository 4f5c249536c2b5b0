// Remembers what a record's text was parsed to, for records that every call reads and few change: a
// table, a bucket.
//
// The text is still read from the transaction, and what is remembered counts only for the very same
// text: nothing can be out of date, in a snapshot or within a writer's own changes.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "store/table.h"

namespace stormglass::store {

/// Thread-safe and bounded.
template <class Record>
class ParsedRecords {
public:
    using Pointer = std::shared_ptr<const Record>;
    static constexpr std::size_t entries_max = 256;  // Then all are forgotten.

    explicit ParsedRecords(const Table<Record>& table) : table_(table) {}

    /// As the table's get(): null when there is no such record.
    Result<Pointer> get(Tx& tx, const Parts& parts) {
        std::string full = key({table_.name()}) + parts.encoded();
        auto text = TRY(tx.get(full));
        if (!text) return Pointer{};
        {
            const std::lock_guard lock(mutex_);
            const auto found = entries_.find(full);
            if (found != entries_.end() && found->second.text == *text) return found->second.record;
        }
        auto record = base::from_json_text<Record>(*text);
        if (!record) return std::unexpected(bad_record(full, record.error()));
        auto parsed = std::make_shared<const Record>(std::move(*record));
        const std::lock_guard lock(mutex_);
        if (entries_.size() >= entries_max) entries_.clear();
        entries_.insert_or_assign(std::move(full), Entry{std::move(*text), parsed});
        return parsed;
    }

private:
    struct Entry {
        std::string text;
        Pointer record;
    };

    const Table<Record>& table_;
    std::mutex mutex_;
    std::map<std::string, Entry> entries_;
};

}  // namespace stormglass::store
