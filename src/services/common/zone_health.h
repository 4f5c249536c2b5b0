// The state of Availability Zones under glass. `stormglass az fail` (and FIS) leave a durable record
// of a fault; everything that runs in a zone asks here and lets the zone be dead as long as it lasts.
//
// What a reconciler does with it:
//   power_lost   Nothing of the zone runs: kill what still does, start and repair nothing there, keep
//                data. Its links are down; leave its ends out of Network::apply_backplane.
//   partitioned  Processes of the zone live, but nobody outside reaches them nor they anybody:
//                whatever a local look says of them counts as unreachable. Leave its ends out of
//                Network::apply_backplane. A database primary there must not acknowledge (it waits
//                for its standby) and is fenced before another is promoted; do not start new things.
//   slow         Latency and loss on its links, made by the network; act on what is observed alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "services/common/zones.h"
#include "store/table.h"

namespace stormglass::services {

enum class ZoneState { healthy, power_lost, partitioned, slow };

struct ZoneFault {
    std::string zone;
    std::string mode;  // "power", "partition", "slow".
    int latency_ms = 0, loss_percent = 0;  // Of mode "slow"; each way.
    base::Time since{};
};
STORMGLASS_JSON(ZoneFault, zone, mode, latency_ms, loss_percent, since)

/// Key: {region, zone}. No record: the zone is healthy.
inline constexpr store::Table<ZoneFault> zone_faults{"common/zone-fault"};

inline Result<std::optional<ZoneFault>> zone_fault(store::Tx& tx, std::string_view zone) {
    return zone_faults.get(tx, {region_of_zone(zone), std::string(zone)});
}

inline ZoneState zone_state(const std::optional<ZoneFault>& fault) {
    if (!fault) return ZoneState::healthy;
    if (fault->mode == "power") return ZoneState::power_lost;
    return fault->mode == "partition" ? ZoneState::partitioned : ZoneState::slow;
}

/// May something be launched or repaired there, and can it be reached?
inline bool is_usable(ZoneState state) {
    return state == ZoneState::healthy || state == ZoneState::slow;
}

/// Thread-safe; each question reads the store as it is now.
class ZoneHealth {
public:
    explicit ZoneHealth(store::Store& store) : store_(store) {}
    Result<ZoneState> state(std::string_view zone) const {
        const auto tx = store_.read();
        return zone_state(TRY(zone_fault(*tx, zone)));
    }

private:
    store::Store& store_;
};

/// What a service has running in zones. cut_power() ends all of it in that zone at once, from any
/// thread; its reconciler keeps it so (power_lost above), whatever was in the middle of something.
class ZoneOccupant {
public:
    virtual ~ZoneOccupant() = default;
    /// In the transaction that records the loss: what the service must remember of it.
    virtual Result<void> note_power_loss(store::Tx& /*tx*/, const std::string& /*zone*/) {
        return {};
    }
    virtual Result<void> cut_power(const std::string& zone) = 0;
};

}  // namespace stormglass::services
