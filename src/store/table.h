// Typed tables over a transaction: records are structs with STORMGLASS_JSON, keys are parts.
//
//   inline constexpr store::Table<Vpc> vpcs{"ec2/vpc"};
//   auto vpc = TRY(vpcs.get(tx, {account, region, id}));        // optional<Vpc>
//   auto all = TRY(vpcs.all(tx, {account, region}));            // in key order
//
// A second order is a second table, kept by the service that needs it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/json.h"
#include "store/key.h"
#include "store/store.h"

namespace stormglass::store {

/// What a record that no longer reads says; names the table and the key.
Error bad_record(std::string_view key, const Error& cause);

template <class Record>
class Table {
public:
    /// `name` is unique in the whole store, "SERVICE/RESOURCE".
    constexpr explicit Table(std::string_view name) : name_(name) {}

    std::string_view name() const { return name_; }

    Result<std::optional<Record>> get(Tx& tx, const Parts& parts) const {
        const std::string full = full_key(parts);
        const auto text = TRY(tx.get(full));
        if (!text) return std::nullopt;
        return TRY(read(full, *text));
    }

    Result<bool> contains(Tx& tx, const Parts& parts) const {
        return TRY(tx.get(full_key(parts))).has_value();
    }

    void put(Tx& tx, const Parts& parts, const Record& record) const {
        tx.put(full_key(parts), base::to_json_text(record));
    }

    void erase(Tx& tx, const Parts& parts) const { tx.erase(full_key(parts)); }

    /// Visits the records whose key begins with `prefix`, whole parts, in key order. `visit` takes
    /// (Record&), or (const std::vector<std::string>& parts, Record&) where parts leave out the
    /// table's name; it returns Step, or nothing to see all.
    template <class Visit>
    Result<void> scan(Tx& tx, const Parts& prefix, Visit visit,
                      Direction direction = Direction::forward) const {
        const std::string from = full_key(prefix);
        Result<void> outcome;
        TRY(tx.scan(from, prefix_end(from), direction,
                    [&](std::string_view full, std::string_view text) {
                        auto record = read(full, text);
                        if (!record) {
                            outcome = std::unexpected(std::move(record).error());
                            return Step::stop;
                        }
                        return call(visit, full, *record);
                    }));
        return outcome;
    }

    Result<std::vector<Record>> all(Tx& tx, const Parts& prefix = {}) const {
        std::vector<Record> records;
        TRY(scan(tx, prefix, [&](Record& record) { records.push_back(std::move(record)); }));
        return records;
    }

    /// Erases all records whose key begins with `prefix`; returns how many there were.
    Result<std::size_t> erase_all(Tx& tx, const Parts& prefix = {}) const {
        return erase_prefix(tx, full_key(prefix));
    }

private:
    std::string full_key(const Parts& parts) const { return key({name_}) + parts.encoded(); }

    static Result<Record> read(std::string_view full, std::string_view text) {
        auto record = base::from_json_text<Record>(text);
        if (!record) return std::unexpected(bad_record(full, record.error()));
        return record;
    }

    template <class Visit>
    static Step call(Visit& visit, std::string_view full, Record& record) {
        const auto step = [&](auto&&... arguments) {
            if constexpr (std::is_void_v<std::invoke_result_t<Visit&, decltype(arguments)...>>) {
                visit(arguments...);
                return Step::next;
            } else {
                return visit(arguments...);
            }
        };
        if constexpr (std::is_invocable_v<Visit&, const std::vector<std::string>&, Record&>) {
            auto parts = parts_of(full).value();
            parts.erase(parts.begin());
            return step(std::as_const(parts), record);
        } else {
            return step(record);
        }
    }

    std::string_view name_;
};

}  // namespace stormglass::store
