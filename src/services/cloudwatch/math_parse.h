// Metric math expressions, as text and as a tree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace stormglass::cloudwatch {

struct MathNode {
    enum class Kind { number, text, name, call, list, unary, binary };
    Kind kind = Kind::number;
    double number = 0;
    std::string text;  // Name, function (upper case), operator, or the text itself.
    std::vector<MathNode> children;
};

/// Bounded in depth; an error says what is wrong in words.
Result<MathNode> parse_math(std::string_view expression);
/// The ids that an expression names (not those that METRICS() means).
std::vector<std::string> names_in(const MathNode& node);

}  // namespace stormglass::cloudwatch
