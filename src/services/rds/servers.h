// The servers of an instance: where they stand and what they are called.
#pragma once

#include "base/random.h"
#include "services/common/ports.h"
#include "services/rds/records.h"

namespace stormglass::rds {

struct ServerTools {
    base::Random& random;
    services::ManagedInterfaces& interfaces;
};

/// A further server, with an interface in a zone of `group` where the instance has none yet
/// (`zone`, if given). Also takes the interface's security groups over into the instance.
Result<void> add_server(wire::Request& request, ServerTools tools, const SubnetGroup& group,
                        const std::string& zone, Instance& instance);

}  // namespace stormglass::rds
