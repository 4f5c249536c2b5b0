// The words of an expression.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace stormglass::dynamodb {

struct Token {
    enum class Kind { word, name, value, number, sign, end };
    Kind kind = Kind::end;
    std::string text;  // With its '#' or ':'.
};

/// The last token is of kind `end`.
Result<std::vector<Token>> split_tokens(std::string_view text, std::string_view expression_kind);

}  // namespace stormglass::dynamodb
