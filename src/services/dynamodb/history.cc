#include "services/dynamodb/history.h"

#include "base/strings.h"

namespace stormglass::dynamodb {
namespace {

constexpr const char* history_space = "dynamodb/history";
constexpr std::size_t number_digits = 16;  // Of the time and of the place's length, hexadecimal.

std::string history_prefix(const Table& table) { return store::key({history_space, table.id}); }

std::uint64_t micros(base::Time time) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count());
}

/// Time, length of the place, place, and the item if there was one.
std::string encode(const Change& change) {
    std::string bytes = store::ordered(micros(change.time)) + store::ordered(change.place.size()) + change.place;
    return change.before ? bytes + encode_item(*change.before) : bytes;
}

std::uint64_t number_at(std::string_view bytes, std::size_t at) {
    return std::strtoull(std::string(bytes.substr(at, number_digits)).c_str(), nullptr, 16);
}

std::uint64_t micros_of(std::string_view bytes) { return number_at(bytes, 0); }

Result<void> undo(std::string_view bytes, std::map<std::string, Item>& items) {
    const auto length = static_cast<std::size_t>(number_at(bytes, number_digits));
    const std::string place(bytes.substr(2 * number_digits, length));
    const std::string_view item = bytes.substr(2 * number_digits + length);
    if (item.empty()) {
        items.erase(place);
    } else {
        items[place] = TRY(decode_item(item));
    }
    return {};
}

}  // namespace

void note_change(store::Tx& tx, const Table& table, std::int64_t number, const Change& change) {
    tx.put(store::key({history_space, table.id, store::ordered(static_cast<std::uint64_t>(number))}), encode(change));
}

Result<std::size_t> erase_old_changes(store::Tx& tx, const Table& table, base::Time time, std::size_t most) {
    const std::string from = history_prefix(table);
    std::vector<std::string> keys;
    TRY(tx.scan(from, store::prefix_end(from), store::Direction::forward,
                [&](std::string_view key, std::string_view bytes) {
                    if (micros_of(bytes) >= micros(time) || keys.size() == most) return store::Step::stop;
                    keys.emplace_back(key);
                    return store::Step::next;
                }));
    for (const auto& key : keys) tx.erase(key);
    return keys.size();
}

Result<void> erase_history(store::Tx& tx, const Table& table) {
    TRY(store::erase_prefix(tx, history_prefix(table)));
    return {};
}

base::Time earliest_restorable(const Table& table, base::Time now) {
    return std::max<base::Time>(table.backups_since, now - base::Seconds(table.recovery_days * 86'400));
}

Result<std::map<std::string, Item>> items_at(store::Tx& tx, const Table& table, base::Time time) {
    std::map<std::string, Item> items;
    Result<void> outcome;
    const std::string from = entries_prefix(table, nullptr);
    TRY(tx.scan(from, store::prefix_end(from), store::Direction::forward,
                [&](std::string_view place, std::string_view bytes) {
                    auto item = decode_item(bytes);
                    if (!item) {
                        outcome = std::unexpected(item.error());
                        return store::Step::stop;
                    }
                    items[std::string(place)] = std::move(*item);
                    return store::Step::next;
                }));
    TRY(std::move(outcome));
    // Two changes may be noted with times that are not in their order (a request waits for the writer's lock): all
    // from the first that is later on are undone, so that what is restored is a state that once was.
    std::vector<std::string> later;
    bool is_later = false;
    const std::string history = history_prefix(table);
    TRY(tx.scan(history, store::prefix_end(history), store::Direction::forward,
                [&](std::string_view, std::string_view bytes) {
                    is_later = is_later || micros_of(bytes) > micros(time);
                    if (is_later) later.emplace_back(bytes);
                    return store::Step::next;
                }));
    for (auto change = later.rbegin(); change != later.rend(); ++change) TRY(undo(*change, items));
    return items;
}

}  // namespace stormglass::dynamodb
