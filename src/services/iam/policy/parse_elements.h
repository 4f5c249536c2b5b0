// The parts of a statement, each read or checked by itself, with AWS's words for what is wrong.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "services/iam/policy/policy.h"

namespace stormglass::policy {

inline Unexpected malformed(std::string message) {
    return aws_error("MalformedPolicyDocument", std::move(message), 400);
}
inline Unexpected syntax_error() { return malformed("Syntax errors in policy."); }

/// A string or a non-empty list of strings.
Result<std::vector<std::string>> strings_of(const base::Json& json);
Result<void> check_sid(std::string_view sid, PolicyKind kind);
Result<void> check_action(std::string_view action, PolicyKind kind);
Result<void> check_resource(std::string_view resource);
Result<std::vector<PrincipalPattern>> read_principals(const base::Json& json);
Result<std::vector<Condition>> read_conditions(const base::Json& json);

}  // namespace stormglass::policy
