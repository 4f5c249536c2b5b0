#include "services/rds/health.h"

namespace stormglass::rds {

bool is_hung(const substrate::DatabaseServerState& state) {
    if (!state.running || state.answers) return false;
    return state.silent_for >= (state.stands_still ? stopped_silence : busy_silence);
}

std::optional<std::string> failure_of(const substrate::DatabaseServerState& state,
                                      services::ZoneState zone) {
    if (zone == services::ZoneState::partitioned) return reason::unreachable;
    if (zone == services::ZoneState::power_lost || !state.running) return reason::unhealthy;
    if (is_hung(state)) return reason::unresponsive;
    if (state.unreachable_for >= unreachable_max) return reason::unreachable;
    if (state.storage_fails_for >= storage_failing_max) return reason::storage;
    return std::nullopt;
}

}  // namespace stormglass::rds
