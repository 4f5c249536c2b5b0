// From records to what a VPC's resolver and metadata service are told: a pure function.
#pragma once

#include <map>

#include "planes/vpc/config.h"
#include "services/common/ports.h"
#include "services/ec2/region_records.h"

namespace stormglass::ec2 {

/// By instance id.
using IssuedCredentials = std::map<std::string, services::TemporaryCredentials>;

/// `names` are those of all services in the region.
vpc::Config plan_metadata(const RegionRecords& records, const Vpc& vpc,
                          const std::vector<services::DnsRecord>& names,
                          const IssuedCredentials& credentials);

}  // namespace stormglass::ec2
