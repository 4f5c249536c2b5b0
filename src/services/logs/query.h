// The query language of CloudWatch Logs Insights: fields, display, filter, parse, stats, sort,
// limit, dedup. Reference: "CloudWatch Logs Insights language query syntax" in the user guide.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "services/logs/query_value.h"

namespace re2 {
class RE2;
}

namespace stormglass::logs {

/// Where an expression finds its fields.
class FieldSource {
public:
    virtual ~FieldSource() = default;
    virtual Value field(const std::string& name) const = 0;
};

struct Expr {
    enum class Kind { literal, field, call };
    Kind kind = Kind::literal;
    Value literal;
    std::string name;  // Of a field or function; operators are functions named by their sign.
    std::vector<Expr> arguments;
    std::shared_ptr<const re2::RE2> regex;  // Of like and =~.
    std::string source;  // As it was written: what a column without "as" is called.
};
Value evaluate(const Expr& expr, const FieldSource& fields);

struct Column {
    std::string name;
    Expr expr;
};
struct FieldsStage {
    std::vector<Column> columns;
    bool only = false;
};  // `only`: display.
struct FilterStage {
    Expr condition;
};
struct ParseStage {
    Expr from;
    std::shared_ptr<const re2::RE2> regex;
    std::vector<std::string> names;  // Of its groups.
};
struct StatsStage {
    std::vector<Column> aggregates, by;
};
struct SortKey {
    Expr expr;
    bool descending = true;
};
struct SortStage {
    std::vector<SortKey> keys;
};
struct LimitStage {
    std::size_t rows = 0;
};
struct DedupStage {
    std::vector<Column> by;
};
using Stage = std::variant<FieldsStage, FilterStage, ParseStage, StatsStage, SortStage, LimitStage,
                           DedupStage>;

struct Query {
    std::vector<Stage> stages;
};

/// Errors are texts for MalformedQueryException.
Result<Query> parse_query(std::string_view text);

/// Functions by name: how many arguments they take (max < 0: any number), and what they do.
struct Function {
    int min = 0, max = 0;
    std::function<Value(const std::vector<Value>&)> call;
};
const Function* find_function(const std::string& name);
bool is_aggregate(const std::string& name);
/// "5m" in milliseconds.
std::optional<double> duration_ms(std::string_view text);

}  // namespace stormglass::logs
