// Ends everything of a realm that outlives the daemon. Works with or without a daemon, from what is
// really on the machine.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "substrate/realm.h"

namespace stormglass::app {

enum class DataFate { keep, purge };

/// Calls `say` with a line per step. Afterwards no process, namespace, mount, cgroup or socket of
/// the realm is left; with `purge` no file either.
Result<void> tear_down(const substrate::Realm& realm, DataFate fate,
                       const std::function<void(const std::string&)>& say);

}  // namespace stormglass::app
