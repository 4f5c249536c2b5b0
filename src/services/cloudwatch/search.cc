#include "services/cloudwatch/search.h"

#include <algorithm>
#include <cctype>

#include "base/strings.h"

namespace stormglass::cloudwatch {
namespace {

constexpr int depth_max = 20;

Unexpected problem(std::string message) { return aws_error("ValidationError", std::move(message)); }

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
    return out;
}

bool ends_word(char c) {
    return std::isspace(static_cast<unsigned char>(c)) != 0 || c == '(' || c == ')' || c == '=' ||
           c == '"' || c == '{' || c == '}' || c == ',';
}

}  // namespace

/// Words, NOT, AND (or nothing between), OR, brackets; before them a schema in braces.
class SearchParser {
public:
    explicit SearchParser(std::string_view text) : text_(text) {}

    Result<MetricSearch> whole() {
        MetricSearch out;
        if (take('{')) TRY(schema(out));
        out.condition_ = TRY(any());
        skip();
        if (at_ != text_.size()) return problem("SEARCH: unexpected text at its end");
        return out;
    }

private:
    using Term = MetricSearch::Term;

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
        const std::size_t end = at_ + word.size();
        if (!text_.substr(at_).starts_with(word)) return false;
        if (end < text_.size() && !ends_word(text_[end])) return false;
        at_ = end;
        return true;
    }

    /// A bare word or a quoted text.
    Result<std::string> token() {
        skip();
        std::size_t end = at_;
        if (end < text_.size() && text_[end] == '"') {
            end = text_.find('"', at_ + 1);
            if (end == std::string_view::npos) return problem("SEARCH: a quote is not closed");
            std::string out(text_.substr(at_ + 1, end - at_ - 1));
            at_ = end + 1;
            return out;
        }
        while (end < text_.size() && !ends_word(text_[end])) ++end;
        if (end == at_) return problem("SEARCH: a word is missing");
        std::string out(text_.substr(at_, end - at_));
        at_ = end;
        return out;
    }

    Result<void> schema(MetricSearch& out) {
        out.namespace_ = TRY(token());
        out.dimension_names_.emplace();
        while (take(',')) out.dimension_names_->push_back(TRY(token()));
        std::ranges::sort(*out.dimension_names_);
        if (!take('}')) return problem("SEARCH: a '}' is missing");
        return {};
    }

    Result<Term> any() {
        if (++depth_ > depth_max) return problem("SEARCH: it is nested too deeply");
        Term out{Term::Kind::any, {}, {}, {}};
        do {
            out.terms.push_back(TRY(all()));
        } while (take_word("OR"));
        --depth_;
        return out;
    }

    Result<Term> all() {
        Term out{Term::Kind::all, {}, {}, {}};
        for (;;) {
            skip();
            if (at_ == text_.size() || text_[at_] == ')') return out;
            const std::size_t before = at_;
            if (take_word("OR")) {
                at_ = before;
                return out;
            }
            take_word("AND");
            out.terms.push_back(TRY(one()));
        }
    }

    Result<Term> one() {
        if (take_word("NOT")) {
            Term inner = TRY(one());
            Term out{Term::Kind::negated, {}, {}, {}};
            out.terms.push_back(std::move(inner));
            return out;
        }
        if (take('(')) {
            Term inner = TRY(any());
            if (!take(')')) return problem("SEARCH: a ')' is missing");
            return inner;
        }
        return leaf();
    }

    Result<Term> leaf() {
        skip();
        const bool quoted = at_ < text_.size() && text_[at_] == '"';
        std::string text = TRY(token());
        if (!take('=')) {
            return Term{quoted ? Term::Kind::exact : Term::Kind::word, {}, lower(text), {}};
        }
        if (take('(')) {  // Name=("a" OR "b")
            Term out{Term::Kind::any, {}, {}, {}};
            do {
                out.terms.push_back(TRY(value_of(text)));
            } while (take_word("OR"));
            if (!take(')')) return problem("SEARCH: a ')' is missing");
            return out;
        }
        return value_of(text);
    }

    Result<Term> value_of(const std::string& property) {
        skip();
        const bool quoted = at_ < text_.size() && text_[at_] == '"';
        const std::string text = TRY(token());
        return Term{quoted ? Term::Kind::exact : Term::Kind::word, property, lower(text), {}};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

Result<MetricSearch> MetricSearch::parse(std::string_view text) {
    return SearchParser(text).whole();
}

bool MetricSearch::holds(const Term& term, const Metric& metric) {
    const auto inner = [&](const Term& one) { return holds(one, metric); };
    if (term.kind == Term::Kind::all) return std::ranges::all_of(term.terms, inner);
    if (term.kind == Term::Kind::any) return std::ranges::any_of(term.terms, inner);
    if (term.kind == Term::Kind::negated) return !inner(term.terms.front());
    const auto meets = [&](std::string_view property, const std::string& value) {
        if (!term.property.empty() && term.property != property) return false;
        const std::string text = lower(value);
        return term.kind == Term::Kind::exact ? text == term.text
                                              : text.find(term.text) != std::string::npos;
    };
    if (meets("Namespace", metric.metric_namespace) || meets("MetricName", metric.metric_name)) {
        return true;
    }
    return std::ranges::any_of(metric.dimensions, [&](const DimensionValue& one) {
        return meets(one.name, one.value) || (term.property.empty() && meets("", one.name));
    });
}

bool MetricSearch::matches(const Metric& metric) const {
    if (namespace_ && *namespace_ != metric.metric_namespace) return false;
    if (dimension_names_) {
        std::vector<std::string> names;
        for (const auto& one : metric.dimensions) names.push_back(one.name);
        std::ranges::sort(names);
        if (names != *dimension_names_) return false;
    }
    return holds(condition_, metric);
}

}  // namespace stormglass::cloudwatch
