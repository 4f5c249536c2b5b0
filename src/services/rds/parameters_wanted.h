// What an instance's servers should have of their parameter group now, and after a reboot.
#pragma once

#include "services/rds/records.h"

namespace stormglass::rds {

/// After a reboot: everything the group sets.
Texts parameters_after_reboot(const ParameterGroup& group);
/// Now: a change whose method is pending-reboot is left as it is in force, and so is everything
/// while the instance has another group in force than it wants.
Texts parameters_now(const Instance& instance, const ParameterGroup& group);
/// "in-sync", "applying" or "pending-reboot", as DescribeDBInstances shows it.
std::string apply_status(const Instance& instance, const ParameterGroup& group);

}  // namespace stormglass::rds
