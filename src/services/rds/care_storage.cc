// Room on the disk. A primary whose storage is full is `storage-full`, as on AWS: it answers, takes
// no write, and waits for more storage: by ModifyDBInstance, or by itself where MaxAllocatedStorage
// lets it grow. All servers of an instance grow while they run.
#include "base/log.h"
#include "services/rds/changes.h"
#include "services/rds/health.h"
#include "services/rds/server_care.h"

namespace stormglass::rds {
namespace {

constexpr std::int64_t gib = 1LL << 30;
// AWS's rule: a tenth or less is free, for five minutes; then by 10 GiB or a tenth.
constexpr std::int64_t low_share = 10, growth_share = 10, growth_min = 10;
constexpr base::Seconds low_for{300};

}  // namespace

bool InstanceCare::is_storage_full() const {
    const auto* state = state_of(instance_.primary_server());
    return state != nullptr && state->storage_free_bytes &&
           *state->storage_free_bytes < substrate::storage_full_bytes &&
           state->storage_fails_for >= storage_failing_max;
}

/// Statuses and events: full, and low.
Result<void> InstanceCare::tell_storage() {
    const auto* state = state_of(instance_.primary_server());
    if (is_storage_full() && instance_.status == "available") {
        TRY(set_status("storage-full"));
        TRY(add_event(event::storage_full));
    }
    const auto size = state->storage_size_bytes.value_or(0);
    // Where storage is not bounded, the disk below is not the instance's.
    const bool bounded = size > 0 && size <= instance_.allocated_storage * gib;
    const bool low = bounded && state->storage_free_bytes.value_or(size) * low_share <= size;
    if (!low) memory_.storage_low_since.reset();
    if (!low || memory_.storage_low_since) return {};
    memory_.storage_low_since = parts_.clock.now();
    return add_event(event::storage_low);
}

/// How large the storage shall be by itself; nothing while it need not grow, or may not.
std::optional<std::int64_t> InstanceCare::grown_storage() {
    const auto now = instance_.allocated_storage;
    const auto most = instance_.max_allocated_storage.value_or(now);
    const auto since = memory_.storage_low_since;
    const bool due = is_storage_full() || (since && parts_.clock.now() - *since >= low_for);
    if (!due || most <= now || is_storage_behind(instance_)) return std::nullopt;
    return std::min(most, now + std::max(growth_min, now / growth_share));
}

Result<void> InstanceCare::follow_storage() {
    if (!is_storage_behind(instance_)) return {};
    const auto size = instance_.allocated_storage;
    const auto servers = instance_.servers;
    for (const auto& server : servers) {
        const auto* state = state_of(&server);
        // One that does not run grows when it starts.
        if (server.retired || state == nullptr || !state->running) continue;
        TRY(parts_.databases.grow_storage(spec_of(server)));
    }
    return update([&](wire::Request& request, Instance& record) -> Result<void> {
        record.in_force.allocated_storage = size;
        return record_event(request, {parts_.random, parts_.timeline}, record.identifier,
                            event::storage_change);
    });
}

Result<void> InstanceCare::tend_storage() {
    TRY(tell_storage());
    if (const auto larger = grown_storage()) {
        spdlog::info("rds: {}: storage grows to {} GiB by itself", instance_.identifier, *larger);
        TRY(update([&](wire::Request& request, Instance& record) -> Result<void> {
            record.allocated_storage = *larger;
            if (record.status == "available") record.status = "modifying";
            return record_event(request, {parts_.random, parts_.timeline}, record.identifier,
                                event::storage_grows);
        }));
        memory_.storage_low_since.reset();
    }
    return follow_storage();
}

}  // namespace stormglass::rds
