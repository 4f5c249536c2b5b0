// The filter pattern language of CloudWatch Logs.
// Reference: "Filter pattern syntax" in the CloudWatch Logs user guide.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace re2 {
class RE2;
}

namespace stormglass::logs {

/// A condition on a JSON event; see json_pattern.cc.
class JsonCondition {
public:
    virtual ~JsonCondition() = default;
    virtual bool holds(const base::Json& event) const = 0;
};
/// `text` from its opening to its closing brace.
Result<std::shared_ptr<const JsonCondition>> parse_json_pattern(std::string_view text);
/// What "$.a.b[0]" selects; the first where it selects several.
std::optional<base::Json> select_json(const base::Json& event, std::string_view selector);
/// The selectors that a JSON pattern names.
std::vector<std::string> selectors_in(std::string_view pattern);

/// A condition on a line of fields; see space_pattern.cc.
class SpaceCondition {
public:
    virtual ~SpaceCondition() = default;
    virtual bool holds(std::string_view message) const = 0;
    /// Values by the pattern's names for fields; empty where the line has another number of them.
    virtual std::map<std::string, std::string> fields(std::string_view message) const = 0;
};
/// `text` from its opening to its closing bracket.
Result<std::shared_ptr<const SpaceCondition>> parse_space_pattern(std::string_view text);

/// A regular expression as patterns hold it, without its two %.
Result<std::shared_ptr<const re2::RE2>> parse_regex(std::string_view text);
bool regex_matches(const re2::RE2& regex, std::string_view text);

/// Terms (`ERROR "disk full" ?a ?b -debug %re%`), a JSON selector (`{ $.level = "error" }`) or
/// fields
/// (`[ip, user, status=5*]`). Immutable once parsed.
class FilterPattern {
public:
    static Result<FilterPattern> parse(std::string_view text);
    bool matches(std::string_view message) const;
    /// False: no message within these bytes can match. Cheap.
    bool may_match(std::string_view packed) const;
    /// "$.a.b" of a JSON event, "$name" of a field; nothing where there is none.
    std::optional<std::string> value(std::string_view message, std::string_view selector) const;
    /// All that the pattern names, by its names: what TestMetricFilter shows.
    std::map<std::string, std::string> extracted(std::string_view message) const;

private:
    struct Term {
        std::string text;
        std::shared_ptr<const re2::RE2> regex;  // Instead of the text.
        bool is_in(std::string_view message) const;
        bool may_be_in(std::string_view packed) const;
    };
    static Result<Term> take_term(std::string_view& rest);

    std::vector<Term> all_of_, any_of_, none_of_;
    std::shared_ptr<const JsonCondition> json_;
    std::shared_ptr<const SpaceCondition> space_;
    std::string text_;
};

}  // namespace stormglass::logs
