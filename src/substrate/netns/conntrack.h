// Forgetting tracked flows. Rule changes never do this (established flows outlive them, as on AWS);
// an interface or a public address that goes away does: whoever gets the address next must not
// inherit what was allowed to the one before.
#pragma once

#include <set>

#include "base/result.h"
#include "substrate/netns/ipv4.h"

namespace stormglass::substrate::netns {

/// Deletes every flow of the namespace that has one of `addresses` at either end, as sent or as
/// translated. Flows come and go meanwhile: one that ends by itself is no error.
Result<void> forget_flows(int namespace_fd, const std::set<Address>& addresses);

}  // namespace stormglass::substrate::netns
