// Names that follow from a region, an account or an address.
#pragma once

#include <string>

#include "wire/request.h"

namespace stormglass::ec2 {

/// "ec2.internal" in us-east-1, "REGION.compute.internal" elsewhere.
std::string private_domain(std::string_view region);
/// "ip-10-0-0-5.ec2.internal"
std::string private_name(std::string_view address, std::string_view region);
/// "ec2-203-0-113-4.compute-1.amazonaws.com", or "...REGION.compute.amazonaws.com".
std::string public_name(std::string_view address, std::string_view region);
/// The one set of DHCP options that an account has in a region.
std::string dhcp_options_id(const wire::Request& request);
/// The managed prefix list of S3 in a region.
std::string s3_prefix_list_id(std::string_view region);
std::string s3_service_name(std::string_view region);

}  // namespace stormglass::ec2
