// Changes that wait (for ApplyImmediately or the maintenance window), and making them the wanted
// state.
#pragma once

#include "services/rds/servers.h"

namespace stormglass::rds {

/// Drops pending changes that would change nothing.
void forget_same(Instance& instance);
/// Pending changes become wanted; a Multi-AZ change reserves or retires the standby.
Result<void> apply_pending(wire::Request& request, ServerTools tools, Instance& instance);
/// The part of them that is about storage; an error where it does not fit together.
Result<void> apply_pending_storage(const PendingChanges& pending, Instance& instance);
/// The servers' storage has another size than is wanted.
bool is_storage_behind(const Instance& instance);
/// Is something wanted that is not in force?
bool needs_work(const Instance& instance);

}  // namespace stormglass::rds
