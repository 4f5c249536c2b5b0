#include "services/sns/filter_check.h"

#include <arpa/inet.h>

#include <set>

#include "base/strings.h"
#include "services/sns/filter_policy.h"

namespace stormglass::sns {
namespace {

using base::Json;

constexpr double number_max = 1e9;  // SNS takes -10^9 to 10^9.
constexpr int mask_v4_max = 32, mask_v6_max = 128;

Unexpected bad(std::string text) { return fail(Domain::config, "FilterPolicy", std::move(text)); }

Result<void> check_string(const std::string& name, const Json& value) {
    if (!value.is_string()) return bad(name + " match pattern must be a string");
    return {};
}

Result<void> check_cidr(const Json& value) {
    // SNS says "prefix" here.
    if (!value.is_string()) return bad("prefix match pattern must be a string");
    const std::string text = value.get<std::string>();
    const auto slash = text.find('/');
    if (slash == std::string::npos || text.find('/', slash + 1) != std::string::npos) {
        return bad("Malformed CIDR, one '/' required");
    }
    const auto bits = base::parse_integer(text.substr(slash + 1));
    if (!bits) return bad("Malformed CIDR, mask bits must be an integer");
    const std::string address = text.substr(0, slash);
    unsigned char bytes[sizeof(in6_addr)];
    const bool v4 = ::inet_pton(AF_INET, address.c_str(), bytes) == 1;
    if (!v4 && ::inet_pton(AF_INET6, address.c_str(), bytes) != 1) {
        return bad("Nonstandard IP address: " + address);
    }
    if (*bits < 0 || *bits > (v4 ? mask_v4_max : mask_v6_max)) {
        return bad("Malformed CIDR, mask bits must be between 0 and " +
                   std::to_string(v4 ? mask_v4_max : mask_v6_max));
    }
    return {};
}

Result<void> check_number(const Json& value) {
    if (!value.is_number()) return bad("Value of numeric match must be a number");
    const double number = value.get<double>();
    if (number < -number_max || number > number_max) {
        return bad("Value of numeric match must be between -1.0E9 and 1.0E9");
    }
    return {};
}

/// ["=", 5], [">", 0], [">=", 0, "<", 10].
Result<void> check_numeric(const Json& value) {
    if (!value.is_array()) return bad("Value of numeric must be an array");
    if (value.empty()) return bad("Invalid member in numeric match: ]");
    if (value.size() % 2 != 0) return bad("Value of numeric match must be a number");
    if (value.size() > 4) return bad("Too many elements in numeric expression");
    static const std::set<std::string> lower{">", ">="}, upper{"<", "<="};
    for (std::size_t i = 0; i < value.size(); i += 2) {
        if (!value[i].is_string()) return bad("Invalid member in numeric match");
        const auto sign = value[i].get<std::string>();
        if (sign != "=" && !lower.contains(sign) && !upper.contains(sign)) {
            return bad("Unrecognized numeric range operator: " + sign);
        }
        TRY(check_number(value[i + 1]));
    }
    if (value.size() == 4) {
        if (!lower.contains(value[0].get<std::string>()) ||
            !upper.contains(value[2].get<std::string>())) {
            return bad("Bad numeric range operator: " + value[2].get<std::string>());
        }
        if (value[1].get<double>() >= value[3].get<double>())
            return bad("Bottom must be less than top");
    }
    return {};
}

Result<void> check_one_of_operators(const std::string& name, const Json& value) {
    if (name == "prefix" || name == "suffix" || name == "equals-ignore-case" ||
        name == "wildcard") {
        return check_string(name, value);
    }
    if (name == "cidr") return check_cidr(value);
    if (name == "numeric") return check_numeric(value);
    if (name == "exists") {
        if (!value.is_boolean()) return bad("exists match pattern must be either true or false.");
        return {};
    }
    return bad("Unrecognized match type " + name);
}

Result<void> check_anything_but(const Json& value) {
    if (value.is_object()) {
        static const std::set<std::string> known{"prefix", "suffix", "wildcard",
                                                 "equals-ignore-case"};
        if (value.size() != 1 || !known.contains(value.begin().key())) {
            return bad("Unsupported anything-but pattern");
        }
        const Json& inner = value.begin().value();
        for (const Json& one : inner.is_array() ? inner : Json::array({inner})) {
            TRY(check_string(value.begin().key(), one));
        }
        return {};
    }
    const Json values = value.is_array() ? value : Json::array({value});
    if (values.empty()) return bad("Empty arrays are not allowed");
    for (const Json& one : values) {
        if (!one.is_string() && !one.is_number()) {
            return bad(
                "Inside anything but list, either all values are number or string, mixed type "
                "is not supported");
        }
    }
    return {};
}

Result<void> check_rule(const Json& rule) {
    if (rule.is_array()) return bad("Match value must be String, number, true, false, or null");
    if (!rule.is_object()) return {};
    if (rule.size() != 1) return bad("Only one key allowed in match expression");
    const std::string name = rule.begin().key();
    if (name == "anything-but") return check_anything_but(rule.begin().value());
    return check_one_of_operators(name, rule.begin().value());
}

struct Size {
    std::size_t keys = 0;
    std::uint64_t combinations = 1;
};

constexpr std::uint64_t combinations_cap = 1'000'000;  // More than any policy may have.

Result<Size> measure(const Json& policy, std::uint64_t level);

/// Alternatives add up, what they are beside multiplies.
Result<Size> measure_alternatives(const Json& alternatives, std::uint64_t level) {
    Size sum{0, 0};
    for (const auto& one : alternatives) {
        const Size size = TRY(measure(one, level));
        sum.keys += size.keys;
        sum.combinations += size.combinations;
    }
    return sum;
}

Result<Size> measure_key(const std::string& key, const Json& value, std::uint64_t level) {
    if (is_alternatives(key, value)) return measure_alternatives(value, level);
    if (value.is_object()) {
        if (value.empty()) return bad("Empty objects are not allowed");
        return measure(value, level + 1);
    }
    if (!value.is_array()) return bad(fmt::format("\"{}\" must be an object or an array", key));
    if (value.empty()) return bad("Empty arrays are not allowed");
    for (const auto& rule : value) TRY(check_rule(rule));
    return Size{1, value.size() * level};
}

Result<Size> measure(const Json& policy, std::uint64_t level) {
    Size all;
    for (const auto& [key, value] : policy.items()) {
        const Size one = TRY(measure_key(key, value, level));
        all.keys += one.keys;
        all.combinations = std::min(all.combinations * one.combinations, combinations_cap);
    }
    return all;
}

bool has_alternatives(const Json& policy) {
    if (!policy.is_object()) return false;
    return std::ranges::any_of(policy.items(), [](const auto& item) {
        return is_alternatives(item.key(), item.value()) || has_alternatives(item.value());
    });
}

}  // namespace

bool is_alternatives(const std::string& key, const Json& value) {
    return key == "$or" && value.is_array() && value.size() >= 2 &&
           std::ranges::all_of(value, [](const Json& one) { return one.is_object(); });
}

Result<void> check_filter(const Json& policy) {
    if (!policy.is_object()) return bad("failed to parse JSON.");
    const Size size = TRY(measure(policy, 1));
    if (size.keys > FilterPolicy::keys_max && !has_alternatives(policy)) {
        return bad("Filter policy can not have more than 5 keys");
    }
    if (size.combinations > FilterPolicy::combinations_max)
        return bad("Filter policy is too complex");
    return {};
}

}  // namespace stormglass::sns
