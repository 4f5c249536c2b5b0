// The rules of composite alarms: ALARM("a") AND NOT (OK(b) OR AT_LEAST(2, ALARM, (c, d, e))).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace stormglass::cloudwatch {

class CompositeRule {
public:
    static Result<CompositeRule> parse(std::string_view text);
    /// `state_of` says the state of an alarm by its name; nothing: there is no such alarm.
    bool holds(
        const std::function<std::optional<std::string>(const std::string& name)>& state_of) const;
    /// Names (never ARNs) of all alarms in the rule.
    std::vector<std::string> children() const;

private:
    friend class CompositeParser;
    struct Term {
        enum class Kind { constant, state, at_least, negated, all, any };
        Kind kind = Kind::constant;
        bool value = false;              // constant
        std::string state;               // state, at_least
        std::vector<std::string> names;  // state: one
        std::size_t least = 0;
        std::vector<Term> terms;
    };
    Term root_;
};

/// "web-high" of "arn:aws:cloudwatch:us-east-1:123456789012:alarm:web-high", else as it is.
std::string alarm_name_of(std::string_view name_or_arn);

}  // namespace stormglass::cloudwatch
