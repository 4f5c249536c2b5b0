// What a running server uses: asked of itself, its control group, its process and its volume.
#pragma once

#include "substrate/databases.h"
#include "substrate/mysql/connection.h"
#include "substrate/mysql/layout.h"
#include "substrate/processes.h"

namespace stormglass::substrate::mysql {

/// `group` is what its control group says, where the machine has one.
Result<DatabaseUsage> usage_of(Connection& connection, const Layout& layout, int pid,
                               const Result<ResourceUsage>& group);

}  // namespace stormglass::substrate::mysql
