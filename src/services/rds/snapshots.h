// Snapshots' records: asked for here, taken by the reconciler.
#pragma once

#include "base/random.h"
#include "base/strings.h"
#include "services/rds/records.h"
#include "wire/request.h"

namespace stormglass::rds {

inline constexpr char manual_snapshot[] = "manual", automated_snapshot[] = "automated";

/// Asks for a snapshot of an instance: "creating" until the reconciler has it. An error where the
/// name is taken.
Result<Snapshot> ask_for_snapshot(wire::Request& request, base::Random& random,
                                  const Instance& instance, const std::string& identifier,
                                  const std::string& type);
Result<std::vector<Snapshot>> snapshots_of(wire::Request& request, const Instance& instance);
Result<Snapshot> need_snapshot(wire::Request& request, const std::string& name);
void save(wire::Request& request, const Snapshot& snapshot);
/// The name of an instance's log archive.
inline std::string archive_name(const Instance& instance) {
    return base::to_lower(instance.resource_id);
}
std::string snapshot_arn(const wire::Request& request, const std::string& identifier);

}  // namespace stormglass::rds
