// Processes as this machine runs them; the contract is substrate/processes.h.
#pragma once

#include <memory>

#include "substrate/processes.h"
#include "substrate/realm.h"

namespace stormglass::substrate {

std::unique_ptr<Processes> make_linux_processes(const Realm& realm);

}  // namespace stormglass::substrate
