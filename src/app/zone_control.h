// Failing and restoring an Availability Zone: the durable record first, then the cut at one instant,
// then the reconcilers, which keep the zone dead as long as the record stands.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "services/common/timeline.h"
#include "services/common/zone_health.h"
#include "store/store.h"

namespace stormglass::app {

inline constexpr int latency_ms_max = 10'000;

/// What /_stormglass/zones takes (POST, JSON, signed by root).
struct ZoneOrder {
    std::string action;  // "fail", "restore".
    std::string zone;
    std::string mode = "power";
    int latency_ms = 0, loss_percent = 0;  // Of mode "slow".
};
STORMGLASS_JSON(ZoneOrder, action, zone, mode, latency_ms, loss_percent)

struct ZoneControlParts {
    store::Store& store;
    const base::Clock& clock;
    services::Timeline& timeline;
    std::vector<services::ZoneOccupant*> occupants;
    std::string region;            // Whose zones list() shows.
    std::function<void()> wake;    // The reconcilers.
};

/// Thread-safe. All it is given outlives it.
class ZoneControl {
public:
    explicit ZoneControl(ZoneControlParts parts) : parts_(std::move(parts)) {}

    /// The zones of the daemon's region, and those of other regions that are at fault.
    Result<base::Json> list();
    /// Returns when what dies is dead and what is cut is about to be. Domain::config: a wrong order.
    Result<void> carry_out(const ZoneOrder& order);

private:
    Result<void> fail_zone(const ZoneOrder& order);
    Result<void> restore_zone(const ZoneOrder& order);
    Result<void> cut_power(const std::string& zone);
    void tell(const std::string& zone, std::string text);

    ZoneControlParts parts_;
};

}  // namespace stormglass::app
