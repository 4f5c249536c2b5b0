// Patterns of policies: wildcards, policy variables (${aws:username}, ${key, 'default'}, ${*}),
// and ARNs that match part by part.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/iam/policy/condition.h"

namespace stormglass::policy {

/// A pattern after substitution. Wildcards are marked apart from the characters * and ? that came
/// out of a variable: a user called "*" is not everybody.
class Pattern {
public:
    /// nullopt: a variable has no value (or several) and no default; such a pattern matches
    /// nothing.
    static std::optional<Pattern> make(std::string_view text, const ContextSource& context,
                                       Variables variables);

    bool matches(std::string_view text) const;
    /// The first five parts of an ARN each match by themselves, the sixth is the rest.
    bool matches_arn(std::string_view arn) const;
    /// The text, for tests that know no wildcards.
    std::string literal() const;

private:
    std::string marked_;
};

}  // namespace stormglass::policy
