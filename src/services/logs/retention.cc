#include "services/logs/retention.h"

#include "services/logs/events.h"
#include "wire/request.h"

namespace stormglass::logs {
namespace {

constexpr base::Millis pause = std::chrono::minutes{10};
constexpr std::int64_t day_ms = 86'400'000;
constexpr std::size_t events_per_write = 500;  // The writer's lock is held for so many.

}  // namespace

Result<bool> Retention::erase_some(const Group& group, const std::string& stream,
                                   std::int64_t before_ms) {
    std::vector<Position> expired;
    std::int64_t bytes = 0;
    const auto look = store_.read();
    TRY(scan_events(
        *look, group, stream, {}, {before_ms, 0}, store::Direction::forward, [&](Event& event) {
            expired.push_back(event.position);
            bytes += static_cast<std::int64_t>(event.message.size()) + event_overhead_bytes;
            return expired.size() < events_per_write ? store::Step::next : store::Step::stop;
        }));
    if (expired.empty()) return false;
    const auto request = wire::make_internal_request(store_, wire::TxMode::write, "logs",
                                                     group.account, group.region, clock_.now());
    if (request == nullptr) return fail(Domain::store, "Busy", "the writer's lock is not free");
    auto& tx = request->tx();
    auto now = TRY(groups.get(tx, {group.account, group.region, group.name}));
    auto kept = TRY(streams.get(tx, {group.account, group.region, group.name, stream}));
    if (!now || !kept) return false;  // Deleted meanwhile, events and all.
    for (const auto& position : expired) erase_event(tx, group, stream, position);
    now->stored_bytes -= std::min(now->stored_bytes, bytes);
    kept->stored_bytes -= std::min(kept->stored_bytes, bytes);
    put_group(tx, *now);
    put_stream(tx, *now, *kept);
    TRY(request->commit());
    return expired.size() == events_per_write;
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
