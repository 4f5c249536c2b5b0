#include "services/cloudwatch/composite_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/strings.h"

namespace stormglass::cloudwatch {
namespace {

constexpr int depth_max = 40;

Unexpected problem(std::string_view text) {
    return aws_error("ValidationError", fmt::format("AlarmRule is invalid: {}", text));
}

}  // namespace

std::string alarm_name_of(std::string_view name_or_arn) {
    const auto at = name_or_arn.find(":alarm:");
    if (!name_or_arn.starts_with("arn:") || at == std::string_view::npos) {
        return std::string(name_or_arn);
    }
    return std::string(name_or_arn.substr(at + std::string_view(":alarm:").size()));
}

/// Recursive descent: OR binds least, then AND, then NOT.
class CompositeParser {
public:
    explicit CompositeParser(std::string_view text) : text_(text) {}

    Result<CompositeRule> whole() {
        CompositeRule out;
        out.root_ = TRY(any());
        skip();
        if (at_ != text_.size()) return problem("unexpected text at its end");
        return out;
    }

private:
    using Term = CompositeRule::Term;

    void skip() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    }
    bool take(char c) {
        skip();
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    bool take_word(std::string_view word) {
        skip();
        if (!base::equals_ignore_case(text_.substr(at_, word.size()), word)) return false;
        const std::size_t end = at_ + word.size();
        if (end < text_.size() &&
            (std::isalnum(static_cast<unsigned char>(text_[end])) != 0 || text_[end] == '_')) {
            return false;
        }
        at_ = end;
        return true;
    }

    Result<Term> several(Term::Kind kind, std::string_view word,
                         Result<Term> (CompositeParser::*next)()) {
        Term first = TRY((this->*next)());
        if (!take_word(word)) return first;
        Term out;
        out.kind = kind;
        out.terms.push_back(std::move(first));
        do {
            out.terms.push_back(TRY((this->*next)()));
        } while (take_word(word));
        return out;
    }
    Result<Term> any() {
        if (++depth_ > depth_max) return problem("it is nested too deeply");
        auto out = several(Term::Kind::any, "OR", &CompositeParser::all);
        --depth_;
        return out;
    }
    Result<Term> all() { return several(Term::Kind::all, "AND", &CompositeParser::one); }

    Result<Term> one() {
        if (take_word("NOT")) {
            if (++depth_ > depth_max) return problem("it is nested too deeply");
            Term out;
            out.kind = Term::Kind::negated;
            out.terms.push_back(TRY(one()));
            --depth_;
            return out;
        }
        if (take('(')) {
            Term out = TRY(any());
            if (!take(')')) return problem("a ')' is missing");
            return out;
        }
        return leaf();
    }

    Result<Term> leaf() {
        Term out;
        if (take_word("TRUE") || take_word("FALSE")) {
            const char last_but_one = text_[at_ - 2];
            out.value = last_but_one == 'U' || last_but_one == 'u';
            return out;
        }
        if (take_word("AT_LEAST")) return at_least();
        out.kind = Term::Kind::state;
        out.state = TRY(state());
        if (!take('(')) return problem("a '(' is missing");
        out.names.push_back(TRY(name()));
        if (!take(')')) return problem("a ')' is missing");
        return out;
    }

    Result<std::string> state() {
        for (const char* word : {"ALARM", "OK", "INSUFFICIENT_DATA"}) {
            if (take_word(word)) return word;
        }
        return problem(
            "ALARM, OK, INSUFFICIENT_DATA, AT_LEAST, NOT, TRUE, FALSE or '(' is expected");
    }

    Result<Term> at_least() {
        Term out;
        out.kind = Term::Kind::at_least;
        if (!take('(')) return problem("a '(' is missing");
        skip();
        std::size_t end = at_;
        while (end < text_.size() && std::isdigit(static_cast<unsigned char>(text_[end]))) ++end;
        const auto number = base::parse_integer(text_.substr(at_, end - at_));
        if (!number || *number < 1) return problem("AT_LEAST needs a number");
        out.least = static_cast<std::size_t>(*number);
        at_ = end;
        if (!take(',')) return problem("a ',' is missing");
        out.state = TRY(state());
        if (!take(',') || !take('(')) return problem("a list of alarms is missing");
        do {
            out.names.push_back(TRY(name()));
        } while (take(','));
        if (!take(')') || !take(')')) return problem("a ')' is missing");
        return out;
    }

    Result<std::string> name() {
        skip();
        std::size_t end = at_;
        std::string out;
        if (end < text_.size() && (text_[end] == '"' || text_[end] == '\'')) {
            end = text_.find(text_[at_], at_ + 1);
            if (end == std::string_view::npos) return problem("a quote is not closed");
            out = text_.substr(at_ + 1, end - at_ - 1);
            at_ = end + 1;
        } else {
            while (end < text_.size() && text_[end] != ')' && text_[end] != ',') ++end;
            out = base::trim(text_.substr(at_, end - at_));
            at_ = end;
        }
        if (out.empty()) return problem("the name of an alarm is missing");
        return alarm_name_of(out);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

Result<CompositeRule> CompositeRule::parse(std::string_view text) {
    return CompositeParser(text).whole();
}

bool CompositeRule::holds(
    const std::function<std::optional<std::string>(const std::string& name)>& state_of) const {
    const std::function<bool(const Term&)> holds = [&](const Term& term) {
        switch (term.kind) {
            case Term::Kind::constant:
                return term.value;
            case Term::Kind::negated:
                return !holds(term.terms.front());
            case Term::Kind::all:
                return std::ranges::all_of(term.terms, holds);
            case Term::Kind::any:
                return std::ranges::any_of(term.terms, holds);
            case Term::Kind::state:
                return state_of(term.names.front()) == term.state;
            case Term::Kind::at_least:
                break;
        }
        const auto met = std::ranges::count_if(
            term.names, [&](const std::string& name) { return state_of(name) == term.state; });
        return static_cast<std::size_t>(met) >= term.least;
    };
    return holds(root_);
}

std::vector<std::string> CompositeRule::children() const {
    std::vector<std::string> names;
    const std::function<void(const Term&)> visit = [&](const Term& term) {
        names.insert(names.end(), term.names.begin(), term.names.end());
        for (const auto& one : term.terms) visit(one);
    };
    visit(root_);
    std::ranges::sort(names);
    const auto same = std::ranges::unique(names);
    names.erase(same.begin(), same.end());
    return names;
}

}  // namespace stormglass::cloudwatch
