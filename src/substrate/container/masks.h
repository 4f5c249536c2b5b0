// Hides what is private to the host from an instance whose image is the host's own root.
#pragma once

#include <string>
#include <vector>

#include "substrate/container/seed_layer.h"

namespace stormglass::substrate {

/// Empties the folders that the init mounts over; holds for every image.
Result<void> mask_volatile_folders(SeedLayer& seed);

/// By what is allowed rather than by what is forbidden: of the top level only the folders of a
/// distribution remain, of /var only the package managers' records, of /etc only what every user of
/// the host may read. `hidden_folders` are absolute and hidden wherever they lie.
Result<void> mask_host(SeedLayer& seed, const std::vector<std::string>& hidden_folders);

}  // namespace stormglass::substrate
