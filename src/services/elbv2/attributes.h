// Attributes of load balancers, target groups and listeners: names, defaults, what may be set.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "services/elbv2/records.h"

namespace stormglass::elbv2 {

/// One attribute. `allowed`: "bool", "1-4000" (a range of whole numbers), "a|b|c" (these words), or
/// "text". `only`: the one value that the nodes act on, others are refused; empty: all are.
struct AttributeRule {
    std::string_view key, value_default, allowed, only;
};

std::span<const AttributeRule> load_balancer_attributes();
std::span<const AttributeRule> target_group_attributes();
/// HTTPS listeners have more of them.
std::span<const AttributeRule> listener_attributes(std::string_view protocol);

/// The value that counts: set, or the default.
std::string attribute(std::span<const AttributeRule> table, const Names& set, std::string_view key);
/// Checks one value and puts it into `set`.
Result<void> set_attribute(std::span<const AttributeRule> table, Names& set, const std::string& key,
                           const std::string& value);

}  // namespace stormglass::elbv2
