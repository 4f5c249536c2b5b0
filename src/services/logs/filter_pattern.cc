#include "services/logs/filter_pattern.h"

#include <re2/re2.h>

#include <cstring>

#include "api/logs.h"
#include "base/strings.h"

namespace stormglass::logs {
namespace {

constexpr std::size_t pattern_bytes_max = 1024;

bool is_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

std::size_t find_bytes(std::string_view text, std::string_view term, std::size_t from) {
    if (from > text.size()) return std::string_view::npos;
    const void* at = ::memmem(text.data() + from, text.size() - from, term.data(), term.size());
    return at == nullptr ? std::string_view::npos
                         : static_cast<std::size_t>(static_cast<const char*>(at) - text.data());
}

/// A term is found as a whole: "error" is not in "errors".
bool contains_term(std::string_view message, std::string_view term) {
    for (auto at = find_bytes(message, term, 0); at != std::string_view::npos;
         at = find_bytes(message, term, at + 1)) {
        const auto end = at + term.size();
        const bool starts = at == 0 || !is_word(term.front()) || !is_word(message[at - 1]);
        const bool ends = end == message.size() || !is_word(term.back()) || !is_word(message[end]);
        if (starts && ends) return true;
    }
    return false;
}

Unexpected invalid(const std::string& what) { return api::invalid_parameter(what); }

/// The phrase in quotes that `rest` begins with, taken off.
Result<std::string> take_quoted(std::string_view& rest) {
    std::string term;
    std::size_t i = 1;
    for (; i < rest.size() && rest[i] != '"'; ++i) {
        if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
        term += rest[i];
    }
    if (i >= rest.size()) return invalid("Invalid filter pattern: a quote is not closed");
    rest.remove_prefix(i + 1);
    return term;
}

std::string text_of(const base::Json& value) {
    return value.is_string() ? value.get<std::string>() : base::dump_json(value);
}

}  // namespace

Result<std::shared_ptr<const re2::RE2>> parse_regex(std::string_view text) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    auto regex =
        std::make_shared<const re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
    if (!regex->ok())
        return invalid("Invalid filter pattern: regular expression: " + regex->error());
    return std::shared_ptr<const re2::RE2>(std::move(regex));
}

bool regex_matches(const re2::RE2& regex, std::string_view text) {
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), regex);
}

bool FilterPattern::Term::is_in(std::string_view message) const {
    return regex ? regex_matches(*regex, message) : contains_term(message, text);
}

bool FilterPattern::Term::may_be_in(std::string_view packed) const {
    return regex != nullptr || find_bytes(packed, text, 0) != std::string_view::npos;
}

/// Takes a quoted phrase, a regular expression or a bare word off the front of `rest`.
Result<FilterPattern::Term> FilterPattern::take_term(std::string_view& rest) {
    Term term;
    if (rest.starts_with('"')) {
        term.text = TRY(take_quoted(rest));
    } else if (rest.starts_with('%')) {
        const auto end = rest.find('%', 1);
        if (end == std::string_view::npos)
            return invalid("Invalid filter pattern: a % is not closed");
        term.text = rest.substr(1, end - 1);
        term.regex = TRY(parse_regex(term.text));
        rest.remove_prefix(end + 1);
    } else {
        const auto end = rest.find_first_of(" \t\r\n");
        term.text = rest.substr(0, end);
        rest.remove_prefix(term.text.size());
        for (const char c : term.text) {
            if (!is_word(c))
                return invalid(fmt::format("Invalid character(s) in term '{}'", term.text));
        }
    }
    if (term.text.empty()) return invalid("Invalid filter pattern: an empty term");
    return term;
}

Result<FilterPattern> FilterPattern::parse(std::string_view text) {
    FilterPattern pattern;
    std::string_view rest = base::trim(text);
    if (text.size() > pattern_bytes_max) return invalid("Invalid filter pattern: too long");
    pattern.text_ = rest;
    if (rest.starts_with('{')) {
        pattern.json_ = TRY(parse_json_pattern(rest));
        return pattern;
    }
    if (rest.starts_with('[')) {
        pattern.space_ = TRY(parse_space_pattern(rest));
        return pattern;
    }
    while (!rest.empty()) {
        auto* into = &pattern.all_of_;
        if (rest.front() == '?' || rest.front() == '-') {
            into = rest.front() == '?' ? &pattern.any_of_ : &pattern.none_of_;
            rest.remove_prefix(1);
        }
        into->push_back(TRY(take_term(rest)));
        rest = base::trim(rest);
    }
    // AWS ignores optional terms beside required ones.
    if (!pattern.all_of_.empty()) pattern.any_of_.clear();
    return pattern;
}

bool FilterPattern::matches(std::string_view message) const {
    if (space_) return space_->holds(message);
    if (json_) {
        if (base::trim(message).starts_with('{')) {
            const auto event = base::parse_json(message);
            return event && event->is_object() && json_->holds(*event);
        }
        return false;
    }
    const auto found = [&](const Term& term) { return term.is_in(message); };
    return std::ranges::all_of(all_of_, found) && std::ranges::none_of(none_of_, found) &&
           (any_of_.empty() || std::ranges::any_of(any_of_, found));
}

bool FilterPattern::may_match(std::string_view packed) const {
    const auto found = [&](const Term& term) { return term.may_be_in(packed); };
    return std::ranges::all_of(all_of_, found) &&
           (any_of_.empty() || std::ranges::any_of(any_of_, found));
}

std::optional<std::string> FilterPattern::value(std::string_view message,
                                                std::string_view selector) const {
    if (json_) {
        const auto event = base::parse_json(message);
        const auto found = event ? select_json(*event, selector) : std::nullopt;
        if (!found || found->is_null()) return std::nullopt;
        return text_of(*found);
    }
    if (!space_ || !selector.starts_with('$')) return std::nullopt;
    const auto fields = space_->fields(message);
    const auto found = fields.find(std::string(selector.substr(1)));
    if (found == fields.end()) return std::nullopt;
    return found->second;
}

std::map<std::string, std::string> FilterPattern::extracted(std::string_view message) const {
    std::map<std::string, std::string> values;
    if (space_) {
        for (auto& [name, value] : space_->fields(message)) values["$" + name] = value;
    } else if (json_) {
        for (const auto& selector : selectors_in(text_)) {
            if (auto found = value(message, selector)) values[selector] = *found;
        }
    }
    return values;
}

}  // namespace stormglass::logs
