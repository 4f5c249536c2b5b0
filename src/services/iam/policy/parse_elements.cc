#include "services/iam/policy/parse_elements.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace stormglass::policy {
namespace {

using base::Json;

bool all_of(std::string_view text, std::string_view allowed) {
    return text.find_first_not_of(allowed) == std::string_view::npos;
}
constexpr std::string_view digits = "0123456789";
constexpr std::string_view letters_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool is_account(std::string_view text) { return text.size() == 12 && all_of(text, digits); }

/// An account, "*", or an ARN of iam or sts without wildcards; also the unique id (AIDA...,
/// AROA...) that AWS puts in the place of a deleted principal.
bool is_aws_principal(std::string_view text) {
    if (text == "*" || is_account(text)) return true;
    if ((text.starts_with("AIDA") || text.starts_with("AROA")) && all_of(text, letters_digits)) {
        return true;
    }
    const auto parts = base::split(text, ':');
    if (parts.size() != 6 || parts[0] != "arn" || !parts[1].starts_with("aws")) return false;
    const bool known_service = parts[2] == "iam" || parts[2] == "sts";
    return known_service && parts[3].empty() && is_account(parts[4]) && !parts[5].empty() &&
           parts[5].find_first_of("*?") == std::string::npos;
}

Result<PrincipalPattern> read_principal(const std::string& type, std::string value) {
    const auto invalid = [&] {
        return malformed(fmt::format("Invalid principal in policy: \"{}\":\"{}\"", type, value));
    };
    if (value.empty()) return invalid();
    if (type == "AWS") {
        if (!is_aws_principal(value)) return invalid();
        if (value == "*") return PrincipalPattern{PrincipalType::any, ""};
        return PrincipalPattern{PrincipalType::aws, std::move(value)};
    }
    if (type == "Service") {
        if (value.find('.') == std::string::npos) return invalid();
        return PrincipalPattern{PrincipalType::service, base::to_lower(value)};
    }
    if (type == "Federated") return PrincipalPattern{PrincipalType::federated, std::move(value)};
    if (type == "CanonicalUser") {
        return PrincipalPattern{PrincipalType::canonical_user, std::move(value)};
    }
    return malformed("Invalid principal in policy");
}

Result<std::vector<std::string>> condition_values(const Json& json) {
    const auto one = [](const Json& value) -> Result<std::string> {
        if (value.is_string()) return value.get<std::string>();
        if (value.is_boolean() || value.is_number()) return value.dump();
        return syntax_error();
    };
    std::vector<std::string> values;
    if (!json.is_array()) {
        values.push_back(TRY(one(json)));
        return values;
    }
    for (const Json& value : json) values.push_back(TRY(one(value)));
    return values;
}

}  // namespace

Result<std::vector<std::string>> strings_of(const Json& json) {
    std::vector<std::string> strings;
    if (json.is_string()) {
        strings.push_back(json.get<std::string>());
        return strings;
    }
    if (!json.is_array() || json.empty()) return syntax_error();
    for (const Json& one : json) {
        if (!one.is_string()) return syntax_error();
        strings.push_back(one.get<std::string>());
    }
    return strings;
}

Result<void> check_sid(std::string_view sid, PolicyKind kind) {
    if (kind == PolicyKind::resource || all_of(sid, letters_digits)) return {};
    return malformed(
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
        "expression [0-9A-Za-z]*");
}

Result<void> check_action(std::string_view action, PolicyKind kind) {
    if (kind == PolicyKind::trust) {
        const std::string lower = base::to_lower(action);
        if (lower.starts_with("sts:") || lower == "*") return {};
        return malformed("AssumeRole policy may only specify STS AssumeRole actions.");
    }
    if (action == "*") return {};
    const std::size_t colon = action.find(':');
    if (colon == std::string_view::npos) {
        if (kind == PolicyKind::resource) return malformed("Policy has invalid action");
        return malformed(
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
    }
    if (action.find(':', colon + 1) != std::string_view::npos) {
        return malformed("Actions/Condition can contain only one colon.");
    }
    const std::string_view vendor = action.substr(0, colon);
    if (vendor.empty() || vendor.find_first_not_of(
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.") !=
                              std::string_view::npos) {
        return malformed(fmt::format("Vendor {} is not valid", vendor));
    }
    if (colon + 1 == action.size()) return syntax_error();
    return {};
}

Result<void> check_resource(std::string_view resource) {
    if (resource == "*" || resource.starts_with("${")) return {};
    const auto parts = base::split(resource, ':');
    if (parts[0] != "arn") {
        return malformed(fmt::format("Resource {} must be in ARN format or \"*\".", resource));
    }
    if (parts.size() < 6) return malformed("The policy failed legacy parsing");
    const std::string& partition = parts[1];
    const bool known = partition == "aws" || partition == "aws-cn" || partition == "aws-us-gov" ||
                       partition == "*" || partition.starts_with("${");
    if (!known) {
        return malformed(
            fmt::format("Partition \"{}\" is not valid for resource \"{}\".", partition, resource));
    }
    return {};
}

Result<std::vector<PrincipalPattern>> read_principals(const Json& json) {
    std::vector<PrincipalPattern> patterns;
    if (json == "*") {
        patterns.push_back({PrincipalType::any, ""});
        return patterns;
    }
    if (!json.is_object() || json.empty()) return malformed("Invalid principal in policy");
    for (const auto& [type, values] : json.items()) {
        for (std::string& value : TRY(strings_of(values))) {
            patterns.push_back(TRY(read_principal(type, std::move(value))));
        }
    }
    return patterns;
}

Result<std::vector<Condition>> read_conditions(const Json& json) {
    std::vector<Condition> conditions;
    if (!json.is_object()) return syntax_error();
    for (const auto& [name, keys] : json.items()) {
        const auto op = parse_operator(name);
        if (!op) return malformed("Invalid Condition type : " + name);
        if (!keys.is_object()) return syntax_error();
        for (const auto& [key, values] : keys.items()) {
            if (key.find(':') == std::string::npos) {
                return malformed(
                    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
            }
            conditions.push_back({*op, key, TRY(condition_values(values))});
        }
    }
    return conditions;
}

}  // namespace stormglass::policy
