// Patterns for JSON events: { ($.a.b[0] = "x*" && $.n >= 3) || $.flag IS TRUE }.
#include <cmath>

#include "api/logs.h"
#include "base/strings.h"
#include "services/logs/filter_pattern.h"

namespace stormglass::logs {
namespace {

using Condition = std::shared_ptr<const JsonCondition>;

Unexpected invalid(const std::string& what) {
    return api::invalid_parameter("Invalid filter pattern: " + what);
}

enum class Joint { all, any };
class Joined final : public JsonCondition {
public:
    Joined(Joint joint, std::vector<Condition> parts) : joint_(joint), parts_(std::move(parts)) {}
    bool holds(const base::Json& event) const override {
        const auto one = [&](const Condition& part) { return part->holds(event); };
        return joint_ == Joint::all ? std::ranges::all_of(parts_, one)
                                    : std::ranges::any_of(parts_, one);
    }

private:
    Joint joint_;
    std::vector<Condition> parts_;
};

/// "$.a.b[0]" as a JSON pointer.
class Selector {
public:
    explicit Selector(base::Json::json_pointer path) : path_(std::move(path)) {}
    const base::Json* find(const base::Json& event) const {
        return event.contains(path_) ? &event.at(path_) : nullptr;
    }

private:
    base::Json::json_pointer path_;
};

struct Comparison final : JsonCondition {
    Comparison(Selector selector_, std::string operator_, std::string value_)
        : selector(std::move(selector_)), op(std::move(operator_)), value(std::move(value_)) {
        char* end = nullptr;
        number = std::strtod(value.c_str(), &end);
        is_number = !value.empty() && *end == '\0' && std::isfinite(number);
    }
    bool holds(const base::Json& event) const override {
        const base::Json* found = selector.find(event);
        if (op == "NOT EXISTS") return found == nullptr;
        if (found == nullptr) return false;
        if (op == "IS NULL") return found->is_null();
        if (op == "IS TRUE") return found->is_boolean() && found->get<bool>();
        if (op == "IS FALSE") return found->is_boolean() && !found->get<bool>();
        if (found->is_number() && is_number) return compare(found->get<double>());
        if (found->is_structured() || found->is_null()) return false;
        const std::string text = found->is_string() ? found->get<std::string>() : found->dump();
        const bool same = matches(value, text);
        return op == "=" ? same : op == "!=" && !same;
    }
    bool compare(double found) const {
        if (op == "=") return found == number;
        if (op == "!=") return found != number;
        if (op == "<") return found < number;
        if (op == "<=") return found <= number;
        if (op == ">") return found > number;
        return found >= number;
    }
    /// Only the star is wild here.
    static bool matches(std::string_view pattern, std::string_view text) {
        const auto star = pattern.find('*');
        if (star == std::string_view::npos) return pattern == text;
        if (!text.starts_with(pattern.substr(0, star))) return false;
        for (std::size_t from = star; from <= text.size(); ++from) {
            if (matches(pattern.substr(star + 1), text.substr(from))) return true;
        }
        return false;
    }

    Selector selector;
    std::string op, value;
    double number = 0;
    bool is_number = false;
};

class Parser {
public:
    explicit Parser(std::string_view text) : rest_(text) {}

    Result<Condition> parse() {
        if (!take("{")) return invalid("it does not begin with {");
        auto condition = TRY(any());
        if (!take("}")) return invalid("it does not end with }");
        if (!base::trim(rest_).empty()) return invalid("text after }");
        return condition;
    }

private:
    static constexpr int depth_max = 32;
    static constexpr int stars_max = 3;

    bool take(std::string_view word) {
        rest_ = base::trim(rest_);
        if (!rest_.starts_with(word)) return false;
        rest_.remove_prefix(word.size());
        return true;
    }
    bool take_keyword(std::string_view word) {
        rest_ = base::trim(rest_);
        if (!base::equals_ignore_case(rest_.substr(0, word.size()), word)) return false;
        rest_.remove_prefix(word.size());
        return true;
    }

    Result<Condition> any() {
        std::vector<Condition> parts{TRY(all())};
        while (take("||")) parts.push_back(TRY(all()));
        return parts.size() == 1 ? parts[0]
                                 : std::make_shared<const Joined>(Joint::any, std::move(parts));
    }
    Result<Condition> all() {
        std::vector<Condition> parts{TRY(one())};
        while (take("&&")) parts.push_back(TRY(one()));
        return parts.size() == 1 ? parts[0]
                                 : std::make_shared<const Joined>(Joint::all, std::move(parts));
    }
    Result<Condition> one() {
        if (!take("(")) return comparison();
        if (++depth_ > depth_max) return invalid("too many parentheses");
        auto inner = TRY(any());
        --depth_;
        if (!take(")")) return invalid("a parenthesis is not closed");
        return inner;
    }

    Result<Condition> comparison() {
        Selector path = TRY(selector());
        std::string op = take_operator();
        if (op.empty()) return invalid("an operator is missing");
        std::string value;
        if (op.find_first_of("=<>") != std::string::npos) value = TRY(operand());
        if (std::ranges::count(value, '*') > stars_max) return invalid("too many wildcards");
        return Condition(
            std::make_shared<const Comparison>(std::move(path), std::move(op), std::move(value)));
    }

    std::string take_operator() {
        for (const char* op : {"!=", "<=", ">=", "=", "<", ">"}) {
            if (take(op)) return op;
        }
        if (take_keyword("NOT")) return take_keyword("EXISTS") ? "NOT EXISTS" : "";
        if (!take_keyword("IS")) return {};
        for (const char* word : {"NULL", "TRUE", "FALSE"}) {
            if (take_keyword(word)) return std::string("IS ") + word;
        }
        return {};
    }

    Result<Selector> selector() {
        if (!take("$")) return invalid("a selector begins with $");
        std::string path;
        while (!rest_.empty() && (rest_.front() == '.' || rest_.front() == '[')) {
            const bool index = rest_.front() == '[';
            rest_.remove_prefix(1);
            const auto end = rest_.find_first_of(index ? "]" : ".[ \t\r\n=!<>()&|}");
            if (end == std::string_view::npos || end == 0)
                return invalid("a selector is not ended");
            const std::string_view name = rest_.substr(0, end);
            rest_.remove_prefix(index ? end + 1 : end);
            if (name.find_first_of("*~/\"") != name.npos ||
                (index && base::parse_integer(name).value_or(-1) < 0)) {
                return invalid(
                    fmt::format("Stormglass does not support the selector part {}", name));
            }
            path += "/";
            path += index ? std::to_string(*base::parse_integer(name)) : std::string(name);
        }
        return Selector(base::Json::json_pointer(path));
    }

    Result<std::string> operand() {
        rest_ = base::trim(rest_);
        std::string value;
        if (rest_.starts_with('%')) {
            return invalid("Stormglass does not support regular expressions");
        }
        if (rest_.starts_with('"')) {
            std::size_t i = 1;
            for (; i < rest_.size() && rest_[i] != '"'; ++i) {
                if (rest_[i] == '\\' && i + 1 < rest_.size()) ++i;
                value += rest_[i];
            }
            if (i >= rest_.size()) return invalid("a quote is not closed");
            rest_.remove_prefix(i + 1);
            return value;
        }
        value = rest_.substr(0, rest_.find_first_of(" \t\r\n()&|}"));
        rest_.remove_prefix(value.size());
        if (value.empty()) return invalid("a value is missing");
        return value;
    }

    std::string_view rest_;
    int depth_ = 0;
};

}  // namespace

Result<std::shared_ptr<const JsonCondition>> parse_json_pattern(std::string_view text) {
    return Parser(text).parse();
}

}  // namespace stormglass::logs
