// The standby: seeded from the primary, kept replicating, and trusted (in_sync) only while every
// acknowledged write is on it. The record says that it is not trusted before the primary stops
// waiting for it, and that it is only after the primary waits again and the standby was seen to have
// received whatever was acknowledged before: whoever chooses a new primary may rely on the record
// alone.
#include "base/log.h"
#include "base/strings.h"
#include "services/rds/health.h"
#include "services/rds/server_care.h"

namespace stormglass::rds {
namespace {

using substrate::ServerRole;
using substrate::Synchronous;

constexpr int failed_joins_max = 3;
constexpr int still_passes_max = 100;

/// How many transactions a position stands for: 42 of "0-11-42".
std::int64_t sequence_of(const std::string& position) {
    const auto last = position.rfind('-');
    if (last == position.npos) return 0;
    return base::parse_integer(position.substr(last + 1)).value_or(0);
}

}  // namespace

Result<void> InstanceCare::drop_out_of_sync(const Server& standby) {
    const bool trusted = standby.in_sync;
    memory_.to_receive.reset();
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

/// From nothing: a copy of the running primary, made beside the passes. Any half-made copy goes first.
Result<void> InstanceCare::seed_standby(const Server& standby) {
    const auto primary = spec_of(*instance_.primary_server());
    const auto spec = spec_of(standby);
    const auto name = "copy for " + spec.id;
    memory_.job.give_way_to(name);
    if (memory_.job.is_idle()) {
        TRY(drop_out_of_sync(standby));
        TRY(parts_.databases.remove(spec.id));
        memory_.job.start(parts_.work_mode, name,
                          [&databases = parts_.databases, primary, spec] {
                              return databases.clone_data(primary, spec);
                          });
    }
    if (!memory_.job.is(name)) return {};
    const auto copied = memory_.job.take();
    if (!copied) return {};
    TRY(Result<void>(*copied));
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
    TRY(drop_out_of_sync(standby));
    Result<void> joined;
    if (!state.running) joined = parts_.databases.start(spec, ServerRole::standby);
    if (joined) {
        joined = parts_.databases.replicate_from(spec, spec_of(*instance_.primary_server()),
                                                 instance_.replication_password);
    }
    if (joined) {
        memory_.failed_joins = 0;
        return observe();
    }
    spdlog::warn("rds: {}: {}", standby.id, joined.error().message);
    const auto& code = joined.error().code;
    // A network that leads nowhere, or a long recovery, is no reason to throw the data away.
    const bool patience = code == "NotReplicating" || code == "Starting" || code == "NoAnswer";
    if (code != "Diverged" && (patience || ++memory_.failed_joins < failed_joins_max)) return {};
    memory_.failed_joins = 0;
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

bool InstanceCare::doubts_backplane() const {
    const auto* standby = instance_.standby_server();
    const auto* state = state_of(standby);
    return state != nullptr && standby->seeded && state->answers && !state->replicating;
}

/// Not to be relied on any longer. A moment of silence is not a loss, unless a write waits for it.
bool InstanceCare::is_lost(const Server& standby) const {
    const auto* state = state_of(&standby);
    if (state == nullptr || !state->running || is_hung(*state) || !is_usable(standby)) return true;
    if (state->answers && (state->role != ServerRole::standby || state->apart_for >= apart_max)) {
        return true;
    }
    return state_of(instance_.primary_server())->writes_wait_for >= unconfirmed_max;
}

/// It has received what the primary had written by the last pass. One that stands still although
/// there is more is ended, and begins anew.
bool InstanceCare::keeps_pace(const Server& standby) {
    const auto written = sequence_of(state_of(instance_.primary_server())->log_position);
    const auto received = sequence_of(state_of(&standby)->log_position);
    const bool keeps = received >= memory_.written_before;
    const bool moves = received != memory_.received_before;
    memory_.written_before = written;
    memory_.received_before = received;
    if (keeps || moves) {
        memory_.still_passes = 0;
    } else if (++memory_.still_passes >= still_passes_max) {
        memory_.still_passes = 0;
        spdlog::warn("rds: {} receives nothing and is ended", standby.id);
        (void)parts_.databases.kill(standby.id);
        return false;
    }
    return keeps;
}

/// What had been acknowledged before the primary waited is on the standby too.
bool InstanceCare::has_received_all(const Server& standby) {
    const auto& primary = *state_of(instance_.primary_server());
    if (!primary.waits_for_standby || !primary.synchronous) return false;
    if (!memory_.to_receive) memory_.to_receive = sequence_of(primary.log_position);
    return sequence_of(state_of(&standby)->log_position) >= *memory_.to_receive;
}

Result<void> InstanceCare::confirm_standby(const Server& standby) {
    const bool pace = keeps_pace(standby);
    const auto& primary = *instance_.primary_server();
    if (!state_of(&primary)->waits_for_standby) {
        memory_.to_receive.reset();
        if (!pace) return {};
        TRY(parts_.databases.set_synchronous(spec_of(primary), Synchronous::on));
        TRY(observe());
    }
    const auto* state = state_of(&standby);
    if (state == nullptr || !state->replicating || !has_received_all(standby)) return {};
    memory_.to_receive.reset();
    return mark_in_sync(standby);
}

Result<void> InstanceCare::tend_standby() {
    const auto* found = instance_.standby_server();
    if (found == nullptr) return {};
    if (is_lost(*found)) TRY(drop_out_of_sync(Server(*found)));
    found = instance_.standby_server();
    if (found == nullptr || !is_usable(*found) || !is_plugged(*found)) return {};
    if (!found->seeded) TRY(seed_standby(Server(*found)));
    const auto standby = *instance_.standby_server();
    if (!standby.seeded) return {};
    const auto* state = state_of(&standby);
    if (state == nullptr) return {};
    if (state->running && !state->answers) {
        if (is_hung(*state)) TRY(parts_.databases.kill(standby.id));
        return {};
    }
    if (standby.in_sync) return {};
    if (!state->replicating) {
        TRY(reconnect_standby(standby));
        state = state_of(&standby);
    }
    if (state == nullptr || !state->replicating) return {};
    return confirm_standby(*instance_.standby_server());
}

}  // namespace stormglass::rds
