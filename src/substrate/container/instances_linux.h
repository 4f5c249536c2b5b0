// Instances as this machine runs them; the contract is substrate/instances.h.
#pragma once

#include <memory>

#include "substrate/instances.h"
#include "substrate/realm.h"

namespace stormglass::substrate {

std::unique_ptr<Instances> make_linux_instances(const Realm& realm);

}  // namespace stormglass::substrate
