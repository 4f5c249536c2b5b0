// The files that make a root file system this one instance's: its name, resolver, users and
// machine id.
#pragma once

#include "substrate/container/boot_config.h"
#include "substrate/container/seed_layer.h"

namespace stormglass::substrate {

Result<void> put_system_files(SeedLayer& seed, const BootConfig& config);
/// Replaces the host's users by the distribution's, all of them without a password.
Result<void> put_clean_users(SeedLayer& seed);

}  // namespace stormglass::substrate
