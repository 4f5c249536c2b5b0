// Patterns for JSON events: { ($.a.b[0] = "x*" && $.n >= 3) || $.flag IS TRUE || $.list[*].id =
// %^a% }.
#include <fmt/format.h>

#include <functional>

#include "api/logs.h"
#include "base/strings.h"
#include "services/logs/filter_pattern.h"
#include "services/logs/operand.h"

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

/// "$.a.b[0].c[*]", step by step.
class Selector {
public:
    struct Step {
        std::string name;                  // Of a member, unless it is an element.
        std::optional<std::size_t> index;  // Of an element.
        bool every = false;                // "[*]": all elements.
    };
    explicit Selector(std::vector<Step> steps) : steps_(std::move(steps)) {}

    /// Takes "$..." off the front of `rest`.
    static Result<Selector> take(std::string_view& rest);

    /// True as soon as `test` is, for one of those it selects.
    bool any(const base::Json& event, const std::function<bool(const base::Json&)>& test) const {
        return visit(event, 0, test);
    }

private:
    bool visit(const base::Json& value, std::size_t at,
               const std::function<bool(const base::Json&)>& test) const {
        if (at == steps_.size()) return test(value);
        const Step& step = steps_[at];
        if (step.every) {
            return value.is_array() && std::ranges::any_of(value, [&](const base::Json& one) {
                       return visit(one, at + 1, test);
                   });
        }
        if (step.index) {
            return value.is_array() && *step.index < value.size() &&
                   visit(value[*step.index], at + 1, test);
        }
        if (!value.is_object()) return false;
        const auto found = value.find(step.name);
        return found != value.end() && visit(*found, at + 1, test);
    }

    std::vector<Step> steps_;
};

Result<Selector> Selector::take(std::string_view& rest) {
    if (!rest.starts_with('$')) return invalid("a selector begins with $");
    rest.remove_prefix(1);
    std::vector<Step> steps;
    while (!rest.empty() && (rest.front() == '.' || rest.front() == '[')) {
        const bool index = rest.front() == '[';
        rest.remove_prefix(1);
        auto end = rest.find_first_of(index ? "]" : ".[ \t\r\n=!<>()&|}");
        if (!index && end == std::string_view::npos) end = rest.size();
        if (end == std::string_view::npos || end == 0) return invalid("a selector is not ended");
        const std::string_view name = rest.substr(0, end);
        rest.remove_prefix(index ? end + 1 : end);
        Step step;
        if (!index) {
            step.name = name;
        } else if (name == "*") {
            step.every = true;
        } else {
            const auto number = base::parse_integer(name);
            if (!number || *number < 0)
                return invalid(fmt::format("a selector's index is {}", name));
            step.index = static_cast<std::size_t>(*number);
        }
        steps.push_back(std::move(step));
    }
    return Selector(std::move(steps));
}

struct Comparison final : JsonCondition {
    Comparison(Selector selector_, std::string operator_, std::optional<Operand> operand_)
        : selector(std::move(selector_)), op(std::move(operator_)), operand(std::move(operand_)) {}
    bool holds(const base::Json& event) const override {
        if (op == "NOT EXISTS") {
            return !selector.any(event, [](const base::Json&) { return true; });
        }
        return selector.any(event, [this](const base::Json& found) { return holds_for(found); });
    }
    bool holds_for(const base::Json& found) const {
        if (op == "EXISTS") return true;
        if (op == "IS NULL") return found.is_null();
        if (op == "IS TRUE") return found.is_boolean() && found.get<bool>();
        if (op == "IS FALSE") return found.is_boolean() && !found.get<bool>();
        if (found.is_number() && operand->is_number())
            return operand->holds(op, found.get<double>());
        if (found.is_structured() || found.is_null()) return false;
        return operand->holds(op, found.is_string() ? found.get<std::string>() : found.dump());
    }

    Selector selector;
    std::string op;
    std::optional<Operand> operand;
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
        rest_ = base::trim(rest_);
        Selector path = TRY(Selector::take(rest_));
        std::string op = take_operator();
        if (op.empty()) return invalid("an operator is missing");
        std::optional<Operand> value;
        if (op.find_first_of("=<>") != std::string::npos)
            value = TRY(Operand::take(rest_, " \t\r\n()&|}"));
        return Condition(
            std::make_shared<const Comparison>(std::move(path), std::move(op), std::move(value)));
    }

    std::string take_operator() {
        if (auto op = take_comparison(rest_); !op.empty()) return op;
        if (take_keyword("NOT")) return take_keyword("EXISTS") ? "NOT EXISTS" : "";
        if (take_keyword("EXISTS")) return "EXISTS";
        if (!take_keyword("IS")) return {};
        for (const char* word : {"NULL", "TRUE", "FALSE"}) {
            if (take_keyword(word)) return std::string("IS ") + word;
        }
        return {};
    }

    std::string_view rest_;
    int depth_ = 0;
};

}  // namespace

Result<std::shared_ptr<const JsonCondition>> parse_json_pattern(std::string_view text) {
    return Parser(text).parse();
}

std::optional<base::Json> select_json(const base::Json& event, std::string_view text) {
    const auto selector = Selector::take(text);
    if (!selector || !text.empty()) return std::nullopt;
    std::optional<base::Json> found;
    selector->any(event, [&](const base::Json& value) {
        found = value;
        return true;
    });
    return found;
}

std::vector<std::string> selectors_in(std::string_view pattern) {
    std::vector<std::string> selectors;
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        if (pattern[at] != '$') continue;
        std::string_view rest = pattern.substr(at);
        if (!Selector::take(rest)) continue;
        const auto size = pattern.size() - at - rest.size();
        if (size > 1) selectors.emplace_back(pattern.substr(at, size));
    }
    return selectors;
}

}  // namespace stormglass::logs
