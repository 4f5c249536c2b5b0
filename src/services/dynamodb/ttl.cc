#include "services/dynamodb/ttl.h"

#include <cstdlib>

#include "services/dynamodb/history.h"
#include "wire/request.h"

namespace stormglass::dynamodb {
namespace {

constexpr base::Millis pause_min{10'000};
constexpr int pause_per_duration = 50;        // A pass takes at most a fiftieth of the time.
constexpr std::size_t items_per_write = 100;  // The writer's lock is held for so many.
constexpr std::size_t keys_per_look = 100'000;  // More are left for the next pass.
constexpr double oldest_seconds = 5.0 * 365 * 86'400;

}  // namespace

bool is_expired(const Table& table, const Item& item, base::Time now) {
    if (!table.ttl_enabled) return false;
    const auto found = item.find(table.ttl_attribute);
    if (found == item.end() || !found->second.n) return false;
    const double over = base::epoch_seconds(now) - std::strtod(found->second.n->c_str(), nullptr);
    return over >= 0 && over <= oldest_seconds;
}

Result<std::vector<Item>> TimeToLive::expired_keys(const Table& table) {
    std::vector<Item> keys;
    Result<void> outcome;
    const base::Time now = clock_.now();
    const std::string from = entries_prefix(table, nullptr);
    const auto look = store_.read();
    TRY(look->scan(from, store::prefix_end(from), store::Direction::forward,
                   [&](std::string_view, std::string_view bytes) {
                       const auto item = decode_item(bytes);
                       if (!item) {
                           outcome = std::unexpected(item.error());
                           return store::Step::stop;
                       }
                       if (is_expired(table, *item, now)) keys.push_back(key_of(table.key, *item));
                       return keys.size() < keys_per_look ? store::Step::next : store::Step::stop;
                   }));
    TRY(std::move(outcome));
    return keys;
}

/// Looks again in the transaction that deletes: the table or the item may have changed meanwhile.
Result<void> TimeToLive::erase(const Table& seen, const std::vector<Item>& keys) {
    for (std::size_t from = 0; from < keys.size(); from += items_per_write) {
        const auto request = wire::make_internal_request(store_, wire::TxMode::write, "dynamodb",
                                                         seen.account, seen.region, clock_.now());
        if (request == nullptr) return fail(Domain::store, "Busy", "the writer's lock is not free");
        const auto table = TRY(tables.get(request->tx(), {seen.account, seen.region, seen.name}));
        if (!table || table->id != seen.id) return {};
        const std::size_t to = std::min(keys.size(), from + items_per_write);
        for (std::size_t i = from; i < to; ++i) {
            const auto item = TRY(read_item(request->tx(), *table, keys[i]));
            if (!item || !is_expired(*table, *item, request->now)) continue;
            TRY(write_item(request->tx(), *table, item, std::nullopt, request->now));
        }
        TRY(request->commit());
    }
    return {};
}

Result<void> TimeToLive::shorten_history(const Table& table) {
    for (;;) {
        auto tx = TRY(store_.write());
        if (!TRY(erase_old_changes(*tx, table, earliest_restorable(table, clock_.now()), items_per_write))) return {};
        TRY(store_.commit_durable(std::move(tx)));
    }
}

Result<base::Millis> TimeToLive::reconcile() {
    const base::Time begun = clock_.now();
    if (begun < next_) return next_ - begun;
    std::vector<Table> busy;
    TRY(tables.scan(*store_.read(), {}, [&](Table& table) {
        if (table.ttl_enabled || table.backups) busy.push_back(std::move(table));
    }));
    for (const auto& table : busy) {
        if (table.ttl_enabled) TRY(erase(table, TRY(expired_keys(table))));
        if (table.backups) TRY(shorten_history(table));
    }
    const base::Time ended = clock_.now();
    const base::Millis pause =
        std::max<base::Millis>(pause_min, (ended - begun) * pause_per_duration);
    next_ = ended + pause;
    return pause;
}

}  // namespace stormglass::dynamodb
