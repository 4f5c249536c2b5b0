#include "services/sns/filter_policy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/strings.h"
#include "services/sns/filter_check.h"

namespace stormglass::sns {
namespace {

using base::Json;

constexpr double number_tolerance = 1e-6;  // SNS compares to five digits behind the point.

bool same_number(double a, double b) { return std::abs(a - b) < number_tolerance; }

bool holds(const std::string& sign, double value, double bound) {
    if (sign == "=") return same_number(value, bound);
    if (sign == "<") return value < bound;
    if (sign == "<=") return value <= bound || same_number(value, bound);
    if (sign == ">") return value > bound;
    return value >= bound || same_number(value, bound);
}

bool in_numeric(const Json& condition, const Json& value) {
    if (!value.is_number()) return false;
    for (std::size_t i = 0; i + 1 < condition.size(); i += 2) {
        if (!holds(condition[i].get<std::string>(), value.get<double>(),
                   condition[i + 1].get<double>())) {
            return false;
        }
    }
    return true;
}

bool same(const Json& wanted, const Json& value) {
    if (wanted.is_number() && value.is_number()) {
        return same_number(wanted.get<double>(), value.get<double>());
    }
    return wanted == value;
}

bool text_matches(const std::string& name, const std::string& pattern, const Json& value) {
    if (!value.is_string()) return false;
    const auto& text = value.get_ref<const std::string&>();
    if (name == "prefix") return text.starts_with(pattern);
    if (name == "suffix") return text.ends_with(pattern);
    if (name == "equals-ignore-case") return base::equals_ignore_case(text, pattern);
    if (name == "cidr") return is_in_cidr(pattern, text);
    return base::wildcard_match(pattern, text);  // "wildcard"; '?' is taken as any one character.
}

bool is_anything_but(const Json& condition, const Json& value) {
    if (condition.is_object()) {
        const Json& inner = condition.begin().value();
        const Json patterns = inner.is_array() ? inner : Json::array({inner});
        return std::ranges::none_of(patterns, [&](const Json& one) {
            return text_matches(condition.begin().key(), one.get<std::string>(), value);
        });
    }
    const Json wanted = condition.is_array() ? condition : Json::array({condition});
    return std::ranges::none_of(wanted, [&](const Json& one) { return same(one, value); });
}

bool rule_matches(const Json& rule, const Json& value) {
    if (!rule.is_object()) return same(rule, value);
    const std::string name = rule.begin().key();
    const Json& condition = rule.begin().value();
    if (name == "anything-but") return is_anything_but(condition, value);
    if (name == "numeric") return in_numeric(condition, value);
    if (name == "exists") return condition.get<bool>();
    return text_matches(name, condition.get<std::string>(), value);
}

/// `value` null pointer: the key is not there.
bool rules_match(const Json& rules, const Json* value) {
    return std::ranges::any_of(rules, [&](const Json& rule) {
        if (value == nullptr) {
            return rule.is_object() && rule.begin().key() == "exists" &&
                   !rule.begin().value().get<bool>();
        }
        if (!value->is_array()) return rule_matches(rule, *value);
        return std::ranges::any_of(*value,
                                   [&](const Json& one) { return rule_matches(rule, one); });
    });
}

bool object_matches(const Json& policy, const Json& value);

bool key_matches(const std::string& key, const Json& wanted, const Json& value) {
    if (is_alternatives(key, wanted)) {
        return std::ranges::any_of(wanted,
                                   [&](const Json& one) { return object_matches(one, value); });
    }
    const auto found = value.is_object() ? value.find(key) : value.end();
    const bool present = value.is_object() && found != value.end();
    if (wanted.is_object()) {
        static const Json nothing = Json::object();
        return object_matches(wanted, present ? *found : nothing);
    }
    return rules_match(wanted, present ? &*found : nullptr);
}

bool object_matches(const Json& policy, const Json& value) {
    if (value.is_array()) {  // One of its elements must have all that is asked for.
        return std::ranges::any_of(value,
                                   [&](const Json& one) { return object_matches(policy, one); });
    }
    return std::ranges::all_of(policy.items(), [&](const auto& item) {
        return key_matches(item.key(), item.value(), value);
    });
}

/// As the policy sees it: numbers as numbers, arrays as arrays. Binary attributes are not looked
/// at.
std::optional<Json> value_of(const MessageAttribute& attribute) {
    if (attribute.type.starts_with("Binary")) return std::nullopt;
    if (attribute.type != "String.Array" && !attribute.type.starts_with("Number")) {
        return Json(attribute.value);
    }
    auto parsed = base::parse_json(attribute.value);
    if (!parsed) return std::nullopt;
    return std::move(*parsed);
}

}  // namespace

bool is_in_cidr(const std::string& cidr, const std::string& address) {
    const auto slash = cidr.find('/');
    if (slash == std::string::npos) return false;
    const auto bits = base::parse_integer(cidr.substr(slash + 1));
    unsigned char net[sizeof(in6_addr)], host[sizeof(in6_addr)];
    const std::string base_address = cidr.substr(0, slash);
    const int family = base_address.find(':') == std::string::npos ? AF_INET : AF_INET6;
    if (!bits || ::inet_pton(family, base_address.c_str(), net) != 1 ||
        ::inet_pton(family, address.c_str(), host) != 1) {
        return false;
    }
    const auto whole = static_cast<std::size_t>(*bits / 8);
    if (std::memcmp(net, host, whole) != 0) return false;
    const int rest = static_cast<int>(*bits % 8);
    return rest == 0 || ((net[whole] ^ host[whole]) >> (8 - rest)) == 0;
}

Result<FilterPolicy> FilterPolicy::parse(const std::string& text) {
    auto policy = base::parse_json(text);
    if (!policy) return fail(Domain::config, "FilterPolicy", "failed to parse JSON.");
    TRY(check_filter(*policy));
    return FilterPolicy(std::move(*policy));
}

bool FilterPolicy::matches_attributes(
    const std::map<std::string, MessageAttribute>& attributes) const {
    Json seen = Json::object();
    for (const auto& [name, attribute] : attributes) {
        if (auto value = value_of(attribute)) seen[name] = std::move(*value);
    }
    return object_matches(policy_, seen);
}

bool FilterPolicy::matches_body(const std::string& text) const {
    if (policy_.empty()) return true;
    const auto body = base::parse_json(text);
    return body && body->is_object() && object_matches(policy_, *body);
}

}  // namespace stormglass::sns
