#include "services/logs/retention.h"

#include "services/logs/events.h"
#include "wire/request.h"

namespace stormglass::logs {
namespace {

constexpr base::Millis pause = std::chrono::minutes{10};
constexpr std::int64_t day_ms = 86'400'000;
constexpr std::size_t chunks_per_write = 500;  // The writer's lock is held for so many.

}  // namespace

Result<bool> Retention::erase_some(const Group& group, const std::string& stream,
                                   std::int64_t before_ms) {
    const auto expired =
        TRY(expired_chunks(*store_.read(), group, stream, before_ms, chunks_per_write));
    if (expired.keys.empty()) return false;
    const auto request = wire::make_internal_request(store_, wire::TxMode::write, "logs",
                                                     group.account, group.region, clock_.now());
    if (request == nullptr) return fail(Domain::store, "Busy", "the writer's lock is not free");
    auto& tx = request->tx();
    auto now = TRY(groups.get(tx, {group.account, group.region, group.name}));
    auto kept = TRY(streams.get(tx, {group.account, group.region, group.name, stream}));
    if (!now || !kept) return false;  // Deleted meanwhile, events and all.
    for (const auto& key : expired.keys) tx.erase(key);
    now->stored_bytes -= std::min(now->stored_bytes, expired.bytes);
    kept->stored_bytes -= std::min(kept->stored_bytes, expired.bytes);
    if (kept->stored_bytes == 0) kept->first_event_ms = kept->last_event_ms = 0;
    if (kept->first_event_ms != 0) kept->first_event_ms = std::max(kept->first_event_ms, before_ms);
    put_group(tx, *now);
    put_stream(tx, *now, *kept);
    TRY(request->commit());
    return expired.keys.size() == chunks_per_write;
}

Result<base::Millis> Retention::reconcile() {
    const base::Time now = clock_.now();
    if (now < next_) return next_ - now;
    const auto look = store_.read();
    for (const auto& group : TRY(groups.all(*look))) {
        if (group.retention_days == 0) continue;
        const std::int64_t before_ms = millis(now) - group.retention_days * day_ms;
        for (const auto& stream :
             TRY(streams.all(*look, {group.account, group.region, group.name}))) {
            while (TRY(erase_some(group, stream.name, before_ms))) {
            }
        }
    }
    next_ = now + pause;
    return pause;
}

}  // namespace stormglass::logs
