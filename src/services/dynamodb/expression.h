// DynamoDB's expressions: conditions, projections, updates and key conditions, parsed into trees
// with names and values already put in.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "services/dynamodb/value.h"

namespace stormglass::dynamodb {

bool is_reserved_word(std::string_view name);

struct PathStep {
    std::string name;  // Empty: an index.
    std::size_t index = 0;
    bool is_index() const { return name.empty(); }
    bool operator==(const PathStep&) const = default;
};
using Path = std::vector<PathStep>;
/// "[a, b, [1]]", as error messages show a path.
std::string shown_path(const Path& path);

struct Node {
    enum class Kind { path, value, function, comparison, between, in, all_of, any_of, negation, plus, minus };
    Kind kind = Kind::value;
    std::string name;  // Of a function, or the comparison's operator.
    Path path;
    Value value;
    std::vector<Node> children;
};

/// The placeholders of a request; what no expression used is an error at the end.
class Placeholders {
public:
    Placeholders(const wire::Map<std::string>& names, const Item& values)
        : names_(names), values_(values) {}
    Result<void> check_given(bool any_expression) const;
    Result<void> check_used() const;

    Result<std::string> name(const std::string& placeholder, std::string_view kind);
    Result<Value> value(const std::string& placeholder, std::string_view kind);

private:
    const wire::Map<std::string>& names_;
    const Item& values_;
    std::set<std::string> used_names_, used_values_;
};

/// `kind` is how messages call the expression: "ConditionExpression", "FilterExpression", ...
Result<Node> parse_condition(std::string_view text, std::string_view kind, Placeholders& placeholders);
Result<std::vector<Path>> parse_projection(std::string_view text, Placeholders& placeholders);

enum class UpdateAction { set, remove, add, erase };
struct UpdateClause {
    UpdateAction action;
    Path path;
    Node operand;  // Unused by remove.
};
Result<std::vector<UpdateClause>> parse_update(std::string_view text, Placeholders& placeholders);

}  // namespace stormglass::dynamodb
