// What must hold: always, when everything has come to rest, and when everything was deleted. Each
// function says what does not, one line a problem.
#pragma once

#include "world.h"

namespace stormglass::sim {

using Problems = std::vector<std::string>;

/// No more than one server of a database accepts writes.
Problems two_primaries(World& world);

/// Desired equals actual, and nothing is there that no record knows.
Problems unsettled(World& world);

/// Nothing is left: no record of anything that a stack has, nothing of the substrate.
Problems leftovers(World& world);

}  // namespace stormglass::sim
