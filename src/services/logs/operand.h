// What patterns compare with: a number, a text in which only the star is wild, or a regular
// expression.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace stormglass::logs {

class Operand {
public:
    /// Takes it off the front of `rest`; bare ones end before any of `ends`.
    static Result<Operand> take(std::string_view& rest, std::string_view ends);

    /// `op` is one of = != < <= > >=.
    bool holds(std::string_view op, std::string_view found) const;
    bool holds(std::string_view op, double found) const;
    bool is_number() const { return is_number_; }
    const std::string& text() const { return text_; }

private:
    std::string text_;
    std::shared_ptr<const re2::RE2> regex_;
    double number_ = 0;
    bool is_number_ = false;
};

/// Takes one of = != < <= > >= off the front of `rest`; empty when there is none.
std::string take_comparison(std::string_view& rest);

}  // namespace stormglass::logs
