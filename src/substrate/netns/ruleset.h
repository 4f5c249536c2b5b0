// The nftables table of a VPC's router. Pure: the same plan gives the same table.
//
// The order is AWS's, in three chains of the forward hook, each of which a packet must pass (before
// them, while a zone is at fault, `zones` drops what crosses that zone's edge):
//   edge     source check; the subnet's route table; network ACLs where a packet leaves or enters a
//            subnet. Stateless: before any look at conntrack, so it also stops established flows.
//   egress   established flows pass; else the sender's security groups must allow it.
//   ingress  established flows pass; else the receiver's security groups must allow it.
// `input` guards what the router serves itself (resolver, metadata, ping of the gateway); neither
// groups nor ACLs apply there. `from_internet` and `to_internet` map public addresses 1:1.
#pragma once

#include <string>
#include <vector>

#include "substrate/netns/plan.h"
#include "substrate/netns/table.h"

namespace stormglass::substrate::netns {

/// `uplink`: the router's own address on the internet link, which gateway endpoints hide behind.
Table vpc_table(const VpcPlan& plan, Address uplink);

/// The backplane: ends reach each other, with their own source addresses only.
struct BackplaneEnd {
    std::string link;
    Address address;
};
Table backplane_table(const std::vector<BackplaneEnd>& ends);

/// The internet: VPCs reach each other's public addresses and what the namespace serves itself.
Table internet_table();

/// Where the router answers: each subnet's first address, and the resolver's and metadata
/// addresses.
std::vector<Address> gateway_addresses(const VpcPlan& plan);
std::vector<Address> resolver_addresses(const VpcPlan& plan);
Address metadata_address();

}  // namespace stormglass::substrate::netns
