// Records as the API shows them.
#pragma once

#include "api/rds.h"
#include "services/rds/records.h"

namespace stormglass::rds {

api::DBSubnetGroup view(const wire::Request& request, const SubnetGroup& group);

/// Reads the instance's groups beside it.
Result<api::DBInstance> view(wire::Request& request, const Instance& instance);

/// The name that clients connect to, and its other form for records: lower case.
std::string endpoint_name(const std::string& account, const std::string& region,
                          const std::string& identifier);

}  // namespace stormglass::rds
