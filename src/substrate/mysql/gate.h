// Whether clients reach a server: a rule of our own in the server's network namespace. Behind a
// shut gate the server goes on replicating (the backplane is not shut), but whoever talks to its
// address in the VPC gets a reset, also on connections that were open.
#pragma once

#include "substrate/databases.h"

namespace stormglass::substrate::mysql {

Result<void> shut_gate(const DatabaseServerSpec& spec);
Result<void> open_gate(const DatabaseServerSpec& spec);

}  // namespace stormglass::substrate::mysql
