// A new primary. The steps, each of which may be the last before a crash:
//   1. decide   the record names the successor (which must be in sync), the reason and event 0013
//   2. fence    the old primary is killed and its address shut: it accepts nothing any more
//   3. promote  the successor applies what it has received and accepts writes
//   4. swap     one transaction: who is primary, the endpoint's address, event 0015
//   5. finish   the new primary was seen to accept writes: event 0049; the old one becomes standby
// A daemon that finds the record between 1 and 5 goes on; every step may be repeated. Nothing leads
// back: from step 2 on nobody knows whether the successor has already accepted a write.
//
// The invariants:
//   - one writable primary: no server but the record's primary (or its successor, while a failover
//     is under way) accepts writes;
//   - acknowledged is durable on two: while the record says in_sync, the primary waits for the
//     standby's word.
#include "base/log.h"
#include "services/rds/health.h"
#include "services/rds/server_care.h"

namespace stormglass::rds {
namespace {

using substrate::ServerRole;

constexpr base::Millis rest_between_tries{50};
constexpr base::Seconds asked_failover_max{30};
constexpr std::int64_t storage_of_use = 64 << 20;

}  // namespace

/// Both are kept by the order of the steps; what breaks one nevertheless is stopped and told.
Result<void> InstanceCare::check_invariants() {
    const auto servers = instance_.servers;
    for (const auto& server : servers) {
        const auto* state = state_of(&server);
        if (state == nullptr || !state->answers || server.id == instance_.primary) continue;
        if (instance_.failover && instance_.failover->to == server.id) continue;
        if (state->role != ServerRole::primary) continue;
        spdlog::error("rds: {}: {} accepts writes and is not the primary: fenced",
                      instance_.identifier, server.id);
        TRY(parts_.databases.fence(spec_of(server)));
        TRY(observe());
    }
    const auto* standby = instance_.standby_server();
    const auto* primary = state_of(instance_.primary_server());
    if (standby == nullptr || !standby->in_sync || primary == nullptr || !primary->answers ||
        primary->role != ServerRole::primary || primary->waits_for_standby) {
        return {};
    }
    spdlog::error("rds: {}: the primary does not wait for the standby that the record trusts",
                  instance_.identifier);
    return drop_out_of_sync(Server(*standby));
}

bool InstanceCare::can_take_over(const Server& standby) const {
    const auto* state = state_of(&standby);
    // One that is as full as its primary would help nobody.
    if (is_storage_full() && state != nullptr && state->storage_free_bytes &&
        *state->storage_free_bytes < storage_of_use) {
        return false;
    }
    return standby.in_sync && standby.seeded && !standby.retired && is_usable(standby) &&
           state != nullptr && state->answers && state->role == ServerRole::standby &&
           state->unreachable_for < unreachable_max &&
           state->storage_fails_for < storage_failing_max;
}

std::optional<std::string> InstanceCare::reason_to_fail_over() const {
    const auto* primary = instance_.primary_server();
    const auto* standby = instance_.standby_server();
    if (primary == nullptr || standby == nullptr || !can_take_over(*standby)) return std::nullopt;
    if (instance_.failover_asked) return reason::asked;
    const auto* state = state_of(primary);
    if (instance_.reboot_wanted && !state->running && is_usable(*primary)) return std::nullopt;
    return failure_of(*state, zones_.at(primary->zone));
}

Result<void> InstanceCare::begin_failover(const std::string& why) {
    const std::string from = instance_.primary, to = instance_.standby_server()->id;
    spdlog::warn("rds: {}: failing over from {} to {}: {}", instance_.identifier, from, to, why);
    return update([&](wire::Request& request, Instance& record) -> Result<void> {
        const auto* successor = record.server(to);
        if (record.status == "deleting" || record.primary != from || successor == nullptr ||
            successor->retired || !successor->in_sync) {
            return fail(Domain::system, "Changed", "the record changed meanwhile");
        }
        record.failover = Failover{.from = from, .to = to, .reason = why, .begun = request.now};
        record.failover_asked.reset();
        record.status = "rebooting";
        return record_event(request, {parts_.random, parts_.timeline}, record.identifier,
                            event::failover_begun, why);
    });
}

/// Steps 2 to 4.
Result<void> InstanceCare::promote_successor(const Failover& failover) {
    const auto* from = instance_.server(failover.from);
    if (from != nullptr) TRY(parts_.databases.fence(spec_of(*from)));
    const auto* found = instance_.server(failover.to);
    if (found == nullptr) return fail(Domain::system, "NoPrimary", "the successor is gone");
    const auto to = *found;
    const auto spec = spec_of(to);
    const auto* state = state_of(&to);
    if (!is_usable(to)) return fail(Domain::system, "ZoneLost", "the successor's zone is lost too");
    if (is_hung(*state)) TRY(parts_.databases.kill(to.id));
    if (!state->running || is_hung(*state)) TRY(parts_.databases.start(spec, ServerRole::standby));
    TRY(parts_.databases.promote(spec));
    TRY(update([&](wire::Request& request, Instance& record) -> Result<void> {
        record.primary = to.id;
        for (auto& server : record.servers) {
            server.in_sync = false;
            if (server.id == failover.from) server.seeded = true;  // It has the data it was primary with.
        }
        const auto name = name_record(to);
        services::dns_records.put(request.tx(), {realm_.region, name.name}, name);
        return record_event(request, {parts_.random, parts_.timeline}, record.identifier,
                            event::failover_promoted);
    }));
    parts_.wake();  // Resolvers learn the name's new address.
    return observe();
}

Result<base::Millis> InstanceCare::continue_failover() {
    const auto failover = *instance_.failover;
    if (instance_.primary != failover.to) {
        if (auto promoted = promote_successor(failover); !promoted) {
            spdlog::warn("rds: {}: {}", instance_.identifier, promoted.error().message);
            memory_.last_error = promoted.error().message;
            return rest_between_tries;
        }
    }
    const auto* state = state_of(instance_.primary_server());
    if (!state->answers || state->role != ServerRole::primary) {
        // It died again, right after: it has everything, and starts as what it is.
        TRY(revive_primary());
        state = state_of(instance_.primary_server());
        if (!state->answers) return rest_between_tries;
    }
    TRY(update([&](wire::Request& request, Instance& record) -> Result<void> {
        record.failover.reset();
        return record_event(request, {parts_.random, parts_.timeline}, record.identifier,
                            event::failover_done, failover.reason);
    }));
    TRY(finish());
    return base::Millis{0};
}

/// Asked for, but there is no standby that could take over: a while later nobody waits any more.
Result<void> InstanceCare::settle_asked_failover() {
    if (!instance_.failover_asked) return {};
    const auto waited = parts_.clock.now() - *instance_.failover_asked;
    if (instance_.standby_server() != nullptr && waited < asked_failover_max) return {};
    return update([&](wire::Request& request, Instance& record) -> Result<void> {
        record.failover_asked.reset();
        return record_event(request, {parts_.random, parts_.timeline}, record.identifier,
                            event::failover_abandoned);
    });
}

}  // namespace stormglass::rds
