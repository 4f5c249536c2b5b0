// Deletes items whose time to live is over. AWS does it within a few days; here it is a matter of
// seconds after it, in tables of ordinary size.
#pragma once

#include "base/clock.h"
#include "services/common/reconciler.h"
#include "services/dynamodb/items.h"

namespace stormglass::dynamodb {

/// Is the item's time over? Only numbers count, seconds since 1970; what lies more than five years
/// back is taken for a mistake, as on AWS.
bool is_expired(const Table& table, const Item& item, base::Time now);

/// On one thread. Looks through the tables that have a time to live, and never takes more than a
/// small part of the time for it.
class TimeToLive final : public services::Reconciler {
public:
    TimeToLive(store::Store& store, const base::Clock& clock) : store_(store), clock_(clock) {}
    std::string_view name() const override { return "dynamodb-ttl"; }
    Result<base::Millis> reconcile() override;

private:
    Result<std::vector<Item>> expired_keys(const Table& table);
    Result<void> erase(const Table& seen, const std::vector<Item>& keys);
    /// Forgets changes that no point in time to restore needs any more.
    Result<void> shorten_history(const Table& table);

    store::Store& store_;
    const base::Clock& clock_;
    base::Time next_{};
};

}  // namespace stormglass::dynamodb
