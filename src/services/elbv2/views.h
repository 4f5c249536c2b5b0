// Records as the API shows them.
#pragma once

#include <span>

#include "api/elbv2.h"
#include "services/elbv2/attributes.h"
#include "services/elbv2/records.h"

namespace stormglass::elbv2 {

api::LoadBalancer view(const wire::Request& request, const LoadBalancer& balancer);
wire::List<api::AvailabilityZone> zone_list(const LoadBalancer& balancer);
Result<api::TargetGroup> view(wire::Request& request, const TargetGroup& group);
/// With its default actions, which are its default rule's.
Result<api::Listener> view(wire::Request& request, const Listener& listener);
api::Rule view(const Rule& rule);
wire::List<api::Tag> tag_list(const Names& tags);

/// The subnet ids of either form; addresses in mappings are for network load balancers.
Result<std::vector<std::string>> wanted_subnets(const wire::List<std::string>& subnets,
                                                const wire::List<api::SubnetMapping>& mappings);

/// All attributes in the table's order, defaults included.
template <class Attribute>
wire::List<Attribute> attribute_list(std::span<const AttributeRule> table, const Names& set) {
    wire::List<Attribute> list;
    list.present = true;
    for (const AttributeRule& rule : table) {
        list.push_back({std::string(rule.key), attribute(table, set, rule.key)});
    }
    return list;
}

}  // namespace stormglass::elbv2
