#include "services/logs/filter_pattern.h"

#include "api/logs.h"
#include "base/strings.h"

namespace stormglass::logs {
namespace {

constexpr std::size_t pattern_bytes_max = 1024;

bool is_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

/// A term is found as a whole: "error" is not in "errors".
bool contains_term(std::string_view message, std::string_view term) {
    for (auto at = message.find(term); at != std::string_view::npos;
         at = message.find(term, at + 1)) {
        const auto end = at + term.size();
        const bool starts = at == 0 || !is_word(term.front()) || !is_word(message[at - 1]);
        const bool ends = end == message.size() || !is_word(term.back()) || !is_word(message[end]);
        if (starts && ends) return true;
    }
    return false;
}

Unexpected invalid(const std::string& what) { return api::invalid_parameter(what); }

/// Takes a quoted phrase or a bare word off the front of `rest`.
Result<std::string> take_term(std::string_view& rest) {
    std::string term;
    if (rest.starts_with('"')) {
        std::size_t i = 1;
        for (; i < rest.size() && rest[i] != '"'; ++i) {
            if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
            term += rest[i];
        }
        if (i >= rest.size()) return invalid("Invalid filter pattern: a quote is not closed");
        rest.remove_prefix(i + 1);
    } else {
        const auto end = rest.find_first_of(" \t\r\n");
        term = rest.substr(0, end);
        rest.remove_prefix(term.size());
        for (const char c : term) {
            if (!is_word(c)) {
                return invalid(fmt::format("Invalid character(s) in term '{}'", term));
            }
        }
    }
    if (term.empty()) return invalid("Invalid filter pattern: an empty term");
    return term;
}

}  // namespace

Result<FilterPattern> FilterPattern::parse(std::string_view text) {
    FilterPattern pattern;
    std::string_view rest = base::trim(text);
    if (text.size() > pattern_bytes_max) return invalid("Invalid filter pattern: too long");
    if (rest.starts_with('{')) {
        pattern.json_ = TRY(parse_json_pattern(rest));
        return pattern;
    }
    if (rest.starts_with('[')) {
        return invalid("Stormglass does not support space-delimited filter patterns");
    }
    while (!rest.empty()) {
        auto* into = &pattern.all_of_;
        if (rest.front() == '?' || rest.front() == '-') {
            into = rest.front() == '?' ? &pattern.any_of_ : &pattern.none_of_;
            rest.remove_prefix(1);
        }
        if (rest.starts_with('%')) {
            return invalid("Stormglass does not support regular expressions in filter patterns");
        }
        into->push_back(TRY(take_term(rest)));
        rest = base::trim(rest);
    }
    // AWS ignores optional terms beside required ones.
    if (!pattern.all_of_.empty()) pattern.any_of_.clear();
    return pattern;
}

bool FilterPattern::matches(std::string_view message) const {
    if (json_) {
        const auto event = base::parse_json(message);
        return event && event->is_object() && json_->holds(*event);
    }
    const auto found = [&](const std::string& term) { return contains_term(message, term); };
    return std::ranges::all_of(all_of_, found) && std::ranges::none_of(none_of_, found) &&
           (any_of_.empty() || std::ranges::any_of(any_of_, found));
}

}  // namespace stormglass::logs
