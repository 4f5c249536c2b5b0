// Which addresses are free: private ones in a subnet, public ones in the pool under glass.
#pragma once

#include "base/random.h"
#include "services/ec2/access.h"

namespace stormglass::ec2 {

/// The address asked for, if it is free and usable, or any free one. The first four and the last
/// of a subnet are reserved.
Result<std::string> take_private_address(wire::Request& request, base::Random& random,
                                         const Subnet& subnet, const std::string& wanted);

/// A free address of the public pool (well_known::public_pool and the block it grows into), now
/// held by `holder`.
Result<std::string> take_public_address(wire::Request& request, base::Random& random,
                                        const std::string& holder);
void give_back_public_address(wire::Request& request, const std::string& address);

}  // namespace stormglass::ec2
