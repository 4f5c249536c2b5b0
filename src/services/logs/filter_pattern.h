// The filter pattern language of CloudWatch Logs.
// Reference: "Filter pattern syntax" in the CloudWatch Logs user guide.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace stormglass::logs {

/// A condition on a JSON event; see json_pattern.cc.
class JsonCondition {
public:
    virtual ~JsonCondition() = default;
    virtual bool holds(const base::Json& event) const = 0;
};
/// `text` from its opening to its closing brace.
Result<std::shared_ptr<const JsonCondition>> parse_json_pattern(std::string_view text);

/// Terms (`ERROR "disk full" ?a ?b -debug`) or a JSON selector (`{ $.level = "error" }`). Immutable
/// once parsed. Regular expressions and space-delimited patterns are refused.
class FilterPattern {
public:
    static Result<FilterPattern> parse(std::string_view text);
    bool matches(std::string_view message) const;

private:
    std::vector<std::string> all_of_, any_of_, none_of_;
    std::shared_ptr<const JsonCondition> json_;
};

}  // namespace stormglass::logs
