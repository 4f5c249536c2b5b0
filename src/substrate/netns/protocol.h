// A rule's protocol and ports as nftables matches them.
#pragma once

#include <string>

#include "base/result.h"

namespace stormglass::substrate::netns {

/// "tcp dport 80-90 ", "icmp type 8 ", "meta l4proto 50 ", "" for all traffic; with a trailing
/// space.
Result<std::string> protocol_match(const std::string& protocol, int from_port, int to_port);

/// Rules may also carry IPv6 blocks; there is no IPv6 inside the glass, so they match nothing.
inline bool is_ipv4_block(const std::string& cidr) {
    return !cidr.empty() && cidr.find(':') == std::string::npos;
}

}  // namespace stormglass::substrate::netns
