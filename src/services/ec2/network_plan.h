// From records to what the network shall be: a pure function, so that it can be tested to the last
// rule without a kernel.
#pragma once

#include "services/ec2/region_records.h"
#include "substrate/network.h"

namespace stormglass::ec2 {

/// What an interface is plugged into: the instance's id, the NAT gateway's, or its own. Empty: it is
/// not plugged in.
std::string attachment_of(const RegionRecords& records, const Interface& interface);

substrate::VpcSpec plan_network(const RegionRecords& records, const Vpc& vpc);

/// Equal specs have equal fingerprints.
std::string fingerprint(const substrate::VpcSpec& spec);

}  // namespace stormglass::ec2
