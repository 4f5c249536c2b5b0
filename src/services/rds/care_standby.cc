// The standby: seeded from the primary, kept replicating, and trusted (in_sync) only while every
// acknowledged write is on it. The record says that it is not trusted before the primary stops
// waiting for it, and that it is only after the primary waits again: whoever chooses a new primary
// may rely on the record alone.
#include "base/log.h"
#include "services/rds/server_care.h"

namespace stormglass::rds {
namespace {

using substrate::ServerRole;
using substrate::Synchronous;

constexpr int lagging_passes_max = 3;

}  // namespace

Result<void> InstanceCare::drop_out_of_sync(const Server& standby) {
    const bool trusted = standby.in_sync;
    if (trusted) {
        TRY(update([&](wire::Request& request, Instance& record) -> Result<void> {
            auto* server = record.server(standby.id);
            if (server == nullptr) return {};
            server->in_sync = false;
            if (server->retired) return {};
            return record_event(request, {parts_.random, parts_.timeline}, record.identifier,
                                event::standby_lost);
        }));
    }
    const auto* primary = instance_.primary_server();
    const auto* state = state_of(primary);
    if (state == nullptr || !state->answers || (!trusted && !state->waits_for_standby)) return {};
    return parts_.databases.set_synchronous(spec_of(*primary), Synchronous::off);
}

/// From nothing: a copy of the running primary. Any half-made copy goes first.
Result<void> InstanceCare::seed_standby(const Server& standby) {
    TRY(drop_out_of_sync(standby));
    const auto primary = spec_of(*instance_.primary_server());
    const auto spec = spec_of(standby);
    TRY(parts_.databases.remove(spec.id));
    TRY(parts_.databases.clone_data(primary, spec));
    TRY(parts_.databases.start(spec, ServerRole::standby));
    TRY(parts_.databases.replicate_from(spec, primary, instance_.replication_password));
    TRY(update([&](wire::Request&, Instance& record) -> Result<void> {
        if (auto* server = record.server(standby.id)) server->seeded = true;
        return {};
    }));
    return observe();
}

Result<void> InstanceCare::reconnect_standby(const Server& standby) {
    const auto& state = *state_of(&standby);
    const auto spec = spec_of(standby);
    if (!state.running) {
        TRY(drop_out_of_sync(standby));
        TRY(parts_.databases.start(spec, ServerRole::standby));
    }
    auto joined = parts_.databases.replicate_from(spec, spec_of(*instance_.primary_server()),
                                                  instance_.replication_password);
    if (joined) return observe();
    spdlog::warn("rds: {}: {}", standby.id, joined.error().message);
    const bool lost = joined.error().code == "Diverged" ||
                      ++memory_.lagging_passes >= lagging_passes_max;
    TRY(drop_out_of_sync(standby));
    if (!lost) return {};
    memory_.lagging_passes = 0;
    // It is made anew in the next pass.
    return update([&](wire::Request&, Instance& record) -> Result<void> {
        if (auto* server = record.server(standby.id)) server->seeded = false;
        return {};
    });
}

Result<void> InstanceCare::mark_in_sync(const Server& standby) {
    return update([&](wire::Request& request, Instance& record) -> Result<void> {
        auto* server = record.server(standby.id);
        if (server == nullptr || server->retired) return {};
        server->in_sync = true;
        if (!record.ready) return {};
        return record_event(request, {parts_.random, parts_.timeline}, record.identifier,
                            event::standby_back);
    });
}

Result<void> InstanceCare::tend_standby() {
    const auto* found = instance_.standby_server();
    if (found == nullptr || !is_plugged(*found)) return {};
    if (!found->seeded) TRY(seed_standby(Server(*found)));
    const auto standby = *instance_.standby_server();
    const auto* state = state_of(&standby);
    if (state == nullptr || !state->replicating) {
        TRY(reconnect_standby(standby));
        state = state_of(&standby);
    }
    if (state == nullptr || !state->replicating) return {};
    memory_.lagging_passes = 0;
    const auto& primary = *instance_.primary_server();
    if (!state_of(&primary)->waits_for_standby) {
        TRY(parts_.databases.set_synchronous(spec_of(primary), Synchronous::on));
        TRY(observe());
    }
    const auto& now = *state_of(&primary);
    const auto* current = instance_.server(standby.id);
    if (current == nullptr || current->in_sync) return {};
    const bool synchronous = now.waits_for_standby && now.synchronous;
    if (synchronous && state_of(&standby)->lag_seconds.value_or(0) == 0) {
        return mark_in_sync(standby);
    }
    return {};
}

}  // namespace stormglass::rds
