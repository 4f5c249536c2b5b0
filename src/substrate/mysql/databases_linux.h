// Database servers as this machine runs them; the contract is substrate/databases.h.
#pragma once

#include <memory>

#include "substrate/databases.h"
#include "substrate/processes.h"
#include "substrate/realm.h"

namespace stormglass::substrate {

/// `processes` must outlive what is returned. Needs root: servers run in namespaces of their own.
std::unique_ptr<Databases> make_linux_databases(const Realm& realm, Processes& processes);

}  // namespace stormglass::substrate
