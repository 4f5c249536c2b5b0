#include "services/iam/policy/pattern.h"

namespace stormglass::policy {
namespace {

constexpr char any_run = '\x01', any_one = '\x02', replaced = '\x03';
constexpr int arn_separators = 5;

void append_literal(std::string& to, std::string_view text) {
    for (const char c : text) to += c == any_run || c == any_one ? replaced : c;
}

void append_pattern(std::string& to, std::string_view text) {
    for (const char c : text) {
        if (c == '*') {
            to += any_run;
        } else if (c == '?') {
            to += any_one;
        } else {
            append_literal(to, std::string_view(&c, 1));
        }
    }
}

/// What stands between "${" and "}"; false: no value.
bool append_variable(std::string& to, std::string_view inside, const ContextSource& context) {
    if (inside == "*" || inside == "?" || inside == "$") {
        append_literal(to, inside);
        return true;
    }
    std::optional<std::string_view> otherwise;
    const std::size_t comma = inside.find(',');
    if (comma != std::string_view::npos) {
        const std::string_view quoted = base::trim(inside.substr(comma + 1));
        if (quoted.size() >= 2 && quoted.front() == '\'' && quoted.back() == '\'') {
            otherwise = quoted.substr(1, quoted.size() - 2);
        }
        inside = inside.substr(0, comma);
    }
    const auto values = context.find(base::trim(inside));
    if (values && values->size() == 1) {
        append_literal(to, values->front());
        return true;
    }
    if (otherwise) append_literal(to, *otherwise);
    return otherwise.has_value();
}

/// Greedy with one point of return: linear in practice, never exponential.
bool marked_match(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == any_run) {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && (pattern[p] == any_one || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == any_run) ++p;
    return p == pattern.size();
}

}  // namespace

std::optional<Pattern> Pattern::make(std::string_view text, const ContextSource& context,
                                     Variables variables) {
    Pattern made;
    made.marked_.reserve(text.size());
    while (!text.empty()) {
        const std::size_t open =
            variables == Variables::substituted ? text.find("${") : std::string_view::npos;
        const std::size_t close =
            open == std::string_view::npos ? std::string_view::npos : text.find('}', open);
        if (close == std::string_view::npos) break;
        append_pattern(made.marked_, text.substr(0, open));
        if (!append_variable(made.marked_, text.substr(open + 2, close - open - 2), context)) {
            return std::nullopt;
        }
        text.remove_prefix(close + 1);
    }
    append_pattern(made.marked_, text);
    return made;
}

bool Pattern::matches(std::string_view text) const { return marked_match(marked_, text); }

bool Pattern::matches_arn(std::string_view arn) const {
    std::string_view pattern = marked_;
    if (pattern.size() == 1 && pattern[0] == any_run) return true;
    for (int i = 0; i < arn_separators; ++i) {
        const std::size_t mine = pattern.find(':'), its = arn.find(':');
        if (mine == std::string_view::npos || its == std::string_view::npos) return false;
        if (!marked_match(pattern.substr(0, mine), arn.substr(0, its))) return false;
        pattern.remove_prefix(mine + 1);
        arn.remove_prefix(its + 1);
    }
    return marked_match(pattern, arn);
}

std::string Pattern::literal() const {
    std::string text = marked_;
    for (char& c : text) {
        if (c == any_run) c = '*';
        if (c == any_one) c = '?';
    }
    return text;
}

}  // namespace stormglass::policy
