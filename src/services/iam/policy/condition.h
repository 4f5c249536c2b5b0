// One line of a Condition block: an operator, a context key, values; and whether it holds.
// Reference: "IAM JSON policy elements: Condition operators" in the IAM user guide.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/strings.h"

namespace stormglass::policy {

enum class Test {
    string_equals,
    string_equals_ignore_case,
    string_like,
    numeric_equals,
    numeric_less,
    numeric_less_equal,
    numeric_greater,
    numeric_greater_equal,
    date_equals,
    date_less,
    date_less_equal,
    date_greater,
    date_greater_equal,
    boolean,
    binary_equals,
    ip_address,
    arn_like,  // ArnEquals and ArnLike behave alike.
    null,
};
enum class Polarity { positive, negated };  // StringNotEquals is string_equals, negated.
enum class Quantifier { single, for_all_values, for_any_value };
enum class WhenAbsent { fails, holds };  // ...IfExists holds.

struct Operator {
    Test test = Test::string_equals;
    Polarity polarity = Polarity::positive;
    Quantifier quantifier = Quantifier::single;
    WhenAbsent when_absent = WhenAbsent::fails;
};
/// nullopt: no such operator.
std::optional<Operator> parse_operator(std::string_view name);

struct Condition {
    Operator op;
    std::string key;  // As written; compared without case.
    std::vector<std::string> values;
};

struct IgnoreCase {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const;
};
/// The request's context keys with their values; names in any case.
using Context = std::map<std::string, std::vector<std::string>, IgnoreCase>;

/// Where conditions and policy variables find the values of context keys.
class ContextSource {
public:
    virtual ~ContextSource() = default;
    /// nullopt: the request has no such key.
    virtual std::optional<std::vector<std::string>> find(std::string_view key) const = 0;
};

enum class Variables { literal, substituted };

bool condition_holds(const Condition& condition, const ContextSource& context, Variables variables);

}  // namespace stormglass::policy
