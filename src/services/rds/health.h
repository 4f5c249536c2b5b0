// When a server is given up. Pure: from what is observed to the reason, in AWS's words.
#pragma once

#include <optional>
#include <string>

#include "services/common/zone_health.h"
#include "substrate/databases.h"

namespace stormglass::rds {

namespace reason {
inline constexpr char unhealthy[] =
    "The primary host of the RDS Multi-AZ instance is unhealthy.";
inline constexpr char unreachable[] =
    "The primary host of the RDS Multi-AZ instance is unreachable due to loss of network "
    "connectivity.";
inline constexpr char unresponsive[] =
    "The RDS Multi-AZ primary instance is busy and unresponsive.";
inline constexpr char storage[] =
    "The storage volume underlying the primary host of the RDS Multi-AZ instance experienced a "
    "failure.";
inline constexpr char asked[] = "The user requested a failover of the DB instance.";
}  // namespace reason

/// A stopped server is given up after this much silence; one whose threads still run, which may
/// only be busy, after much more.
inline constexpr std::chrono::milliseconds stopped_silence{1'000}, busy_silence{20'000};
inline constexpr std::chrono::milliseconds unreachable_max{1'500}, storage_failing_max{4'000};
/// A standby that does not replicate, or does not confirm what the primary waits for, is let go.
inline constexpr std::chrono::milliseconds apart_max{1'500}, unconfirmed_max{1'500};

/// Why this primary is to be given up; nothing while it may go on.
std::optional<std::string> failure_of(const substrate::DatabaseServerState& state,
                                      services::ZoneState zone);
/// Silent for so long that it must be ended.
bool is_hung(const substrate::DatabaseServerState& state);

}  // namespace stormglass::rds
