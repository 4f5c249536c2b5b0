// Rules of security groups between their three spellings: IpPermissions (several rules in one),
// SecurityGroupRule (one, with its id) and the record.
#pragma once

#include <vector>

#include "services/ec2/access.h"

namespace stormglass::ec2 {

/// Every rule that the permissions spell; ids are not set. Protocols, ports and blocks are checked
/// and brought to one form; referenced groups must exist in the network of `group`.
Result<std::vector<GroupRule>> rules_of(wire::Request& request, const Group& group, bool egress,
                                        const wire::List<api::IpPermission>& permissions);
/// Checks one rule and brings it to its one form.
Result<GroupRule> normalise(wire::Request& request, const Group& group, GroupRule rule);

/// Do both let the same traffic through? Ids and descriptions do not count.
bool same_traffic(const GroupRule& a, const GroupRule& b);
/// `peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW`
std::string describe_traffic(const GroupRule& rule);

/// The rules of one direction, those of one protocol and ports together.
wire::List<api::IpPermission> permissions_of(const wire::Request& request, const Group& group,
                                             bool egress);
Result<api::SecurityGroupRule> describe_rule(wire::Request& request, const Group& group,
                                             const GroupRule& rule);

}  // namespace stormglass::ec2
