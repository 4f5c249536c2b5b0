// Names of links, and the stamp a link carries to say what it is for.
//
// A link name has 15 characters at most, so ours are a letter and a hash; the link's alias says in
// full what it is. The machine itself thus remembers everything we need to adopt it later.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "substrate/netns/ipv4.h"

namespace stormglass::substrate::netns {

/// The router's end of the veth that leads to the internet namespace.
inline constexpr char gateway_link[] = "igw";
/// The internet namespace's own end of those links.
inline constexpr char internet_router_address[] = "198.18.128.1";
/// First letters of link names: an interface's router end; a VPC's end in the internet namespace.
inline constexpr char interface_letter = 'e';
inline constexpr char vpc_letter = 'v';
/// EC2's own jumbo frames, everywhere inside the glass.
inline constexpr int link_mtu = 9001;

/// letter + 12 hexadecimal digits of the id's FNV-1a hash.
std::string link_name(char letter, std::string_view id);

/// What an interface's router end was made for. Any difference to what is wanted now: remake it.
struct LinkStamp {
    std::string id, attachment, device;  // device: the name in the attachment ("eth0").
    Block address;
    std::string mac;
    bool operator==(const LinkStamp&) const = default;

    std::string to_alias() const;
    static std::optional<LinkStamp> from_alias(const std::string& alias);
};

}  // namespace stormglass::substrate::netns
