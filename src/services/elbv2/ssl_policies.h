// The security policies that the balancer nodes know, by AWS's names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stormglass::elbv2 {

inline constexpr char ssl_policy_default[] = "ELBSecurityPolicy-2016-08";

struct SslPolicyFacts {
    std::string name;
    std::vector<std::string> protocols, ciphers;  // In order of preference.
};

const std::vector<SslPolicyFacts>& ssl_policies();
bool is_ssl_policy(std::string_view name);

}  // namespace stormglass::elbv2
