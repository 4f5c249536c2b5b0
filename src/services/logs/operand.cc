#include "services/logs/operand.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "api/logs.h"
#include "base/strings.h"
#include "services/logs/filter_pattern.h"

namespace stormglass::logs {
namespace {

constexpr int stars_max = 3;

Unexpected invalid(const std::string& what) {
    return api::invalid_parameter("Invalid filter pattern: " + what);
}

/// Only the star is wild here.
bool matches(std::string_view pattern, std::string_view text) {
    const auto star = pattern.find('*');
    if (star == std::string_view::npos) return pattern == text;
    if (!text.starts_with(pattern.substr(0, star))) return false;
    for (std::size_t from = star; from <= text.size(); ++from) {
        if (matches(pattern.substr(star + 1), text.substr(from))) return true;
    }
    return false;
}

std::optional<double> number_of(const std::string& text) {
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !std::isfinite(number)) return std::nullopt;
    return number;
}

}  // namespace

Result<Operand> Operand::take(std::string_view& rest, std::string_view ends) {
    rest = base::trim(rest);
    Operand operand;
    if (rest.starts_with('%')) {
        const auto end = rest.find('%', 1);
        if (end == std::string_view::npos) return invalid("a % is not closed");
        operand.text_ = rest.substr(1, end - 1);
        operand.regex_ = TRY(parse_regex(operand.text_));
        rest.remove_prefix(end + 1);
        return operand;
    }
    if (rest.starts_with('"')) {
        std::size_t i = 1;
        for (; i < rest.size() && rest[i] != '"'; ++i) {
            if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
            operand.text_ += rest[i];
        }
        if (i >= rest.size()) return invalid("a quote is not closed");
        rest.remove_prefix(i + 1);
    } else {
        operand.text_ = rest.substr(0, rest.find_first_of(ends));
        rest.remove_prefix(operand.text_.size());
        if (operand.text_.empty()) return invalid("a value is missing");
    }
    if (std::ranges::count(operand.text_, '*') > stars_max) return invalid("too many wildcards");
    if (const auto number = number_of(operand.text_)) {
        operand.number_ = *number;
        operand.is_number_ = true;
    }
    return operand;
}

bool Operand::holds(std::string_view op, double found) const {
    if (op == "=") return found == number_;
    if (op == "!=") return found != number_;
    if (op == "<") return found < number_;
    if (op == "<=") return found <= number_;
    if (op == ">") return found > number_;
    return found >= number_;
}

bool Operand::holds(std::string_view op, std::string_view found) const {
    if (is_number_) {
        if (const auto number = number_of(std::string(found))) return holds(op, *number);
    }
    const bool same = regex_ ? regex_matches(*regex_, found) : matches(text_, found);
    return op == "=" ? same : op == "!=" && !same;
}

std::string take_comparison(std::string_view& rest) {
    rest = base::trim(rest);
    for (const std::string_view op : {"!=", "<=", ">=", "=", "<", ">"}) {
        if (!rest.starts_with(op)) continue;
        rest.remove_prefix(op.size());
        return std::string(op);
    }
    return {};
}

}  // namespace stormglass::logs
