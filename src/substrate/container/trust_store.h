// Adds a CA certificate to an image's trust store, as the distribution's own tools would, so that
// software inside needs no setting to trust our TLS.
#pragma once

#include <string>

#include "substrate/container/seed_layer.h"

namespace stormglass::substrate {

/// An empty `pem` changes nothing. Text that holds no certificate is an error.
Result<void> add_trusted_ca(SeedLayer& seed, const std::string& pem);

}  // namespace stormglass::substrate
