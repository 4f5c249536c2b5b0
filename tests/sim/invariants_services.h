// The parts of unsettled() that are about balancers, groups and databases.
#pragma once

#include "invariants.h"

namespace stormglass::sim {

void compare(const std::set<std::string>& wanted, const std::set<std::string>& actual,
             std::string_view what, Problems& problems);
void check_balancers(World& world, store::Tx& tx, Problems& problems);
void check_scaling(World& world, store::Tx& tx, Problems& problems);
void check_databases(World& world, store::Tx& tx, Problems& problems);

}  // namespace stormglass::sim
