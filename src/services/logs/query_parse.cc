// The parser of Logs Insights queries.
#include <re2/re2.h>

#include "base/strings.h"
#include "services/logs/filter_pattern.h"
#include "services/logs/query.h"

namespace stormglass::logs {
namespace {

Unexpected bad(std::string text) { return fail(Domain::config, "MalformedQuery", std::move(text)); }

constexpr int depth_max = 64;
constexpr double rows_max = 10'000;

Expr call_of(std::string name, std::vector<Expr> arguments) {
    Expr expr;
    expr.kind = Expr::Kind::call;
    expr.name = std::move(name);
    expr.arguments = std::move(arguments);
    return expr;
}

bool is_name(char c) {
    const auto u = static_cast<unsigned char>(c);
    return std::isalnum(u) || c == '_' || c == '@' || c == '.' || c == '$' || u >= 0x80;
}

class Parser {
public:
    explicit Parser(std::string_view text) : rest_(text) {}

    Result<Query> parse() {
        Query query;
        do {
            skip();
            if (rest_.empty() && !query.stages.empty()) break;  // A bar at the end is let pass.
            query.stages.push_back(TRY(stage()));
        } while (take("|"));
        skip();
        if (!rest_.empty())
            return bad(fmt::format("unexpected symbol found: {}", rest_.substr(0, 20)));
        return query;
    }

private:
    void skip() {
        while (true) {
            rest_ = rest_.substr(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
            if (!rest_.starts_with('#')) return;
            rest_ = rest_.substr(std::min(rest_.find('\n'), rest_.size()));
        }
    }
    bool take(std::string_view sign) {
        skip();
        if (!rest_.starts_with(sign)) return false;
        rest_.remove_prefix(sign.size());
        return true;
    }
    bool take_word(std::string_view word) {
        skip();
        if (!base::equals_ignore_case(rest_.substr(0, word.size()), word)) return false;
        if (rest_.size() > word.size() && is_name(rest_[word.size()])) return false;
        rest_.remove_prefix(word.size());
        return true;
    }
    std::string name() {
        skip();
        if (rest_.starts_with('`')) {
            const auto end = rest_.find('`', 1);
            if (end == std::string_view::npos) return {};
            std::string quoted(rest_.substr(1, end - 1));
            rest_.remove_prefix(end + 1);
            return quoted;
        }
        std::size_t size = 0;
        while (size < rest_.size() && is_name(rest_[size])) ++size;
        std::string taken(rest_.substr(0, size));
        rest_.remove_prefix(size);
        return taken;
    }
    Result<std::string> quoted() {
        const char mark = rest_.front();
        std::string text;
        std::size_t i = 1;
        for (; i < rest_.size() && rest_[i] != mark; ++i) {
            if (rest_[i] == '\\' && i + 1 < rest_.size() &&
                (rest_[i + 1] == mark || rest_[i + 1] == '\\'))
                ++i;
            text += rest_[i];
        }
        if (i >= rest_.size()) return bad("a quote is not closed");
        rest_.remove_prefix(i + 1);
        return text;
    }
    bool at_quote() {
        skip();
        return rest_.starts_with('"') || rest_.starts_with('\'');
    }
    /// The expression within slashes.
    Result<std::shared_ptr<const re2::RE2>> regex() {
        std::string text;
        std::size_t i = 1;
        for (; i < rest_.size() && rest_[i] != '/'; ++i) {
            if (rest_[i] == '\\' && i + 1 < rest_.size()) {
                if (rest_[i + 1] != '/') text += '\\';
                ++i;
            }
            text += rest_[i];
        }
        if (i >= rest_.size()) return bad("a regular expression is not closed");
        rest_.remove_prefix(i + 1);
        // Groups are named (?<name>...) there and (?P<name>...) in RE2.
        for (auto at = text.find("(?<"); at != std::string::npos; at = text.find("(?<", at + 1)) {
            if (at + 3 < text.size() && text[at + 3] != '=' && text[at + 3] != '!')
                text.insert(at + 2, "P");
        }
        const auto made = parse_regex(text);
        if (!made) return bad(made.error().message);
        return *made;
    }

    Result<Stage> stage() {
        if (take_word("fields")) return Stage(FieldsStage{TRY(columns()), false});
        if (take_word("display")) return Stage(FieldsStage{TRY(columns()), true});
        if (take_word("filter")) return Stage(FilterStage{TRY(either())});
        if (take_word("parse")) return parse_stage();
        if (take_word("stats")) return stats_stage();
        if (take_word("sort")) return sort_stage();
        if (take_word("dedup")) return Stage(DedupStage{TRY(columns())});
        if (take_word("limit") || take_word("head")) return limit_stage();
        const std::string word = name();
        for (const char* known : {"pattern", "diff", "unnest", "unmask", "anomaly", "lookup",
                                  "filterIndex", "SOURCE"}) {
            if (word == known) return bad("Stormglass does not support the command " + word);
        }
        return bad("unexpected symbol found: " +
                   (word.empty() ? std::string(rest_.substr(0, 20)) : word));
    }

    Result<std::vector<Column>> columns() {
        std::vector<Column> list;
        do {
            Column column;
            column.expr = TRY(either());
            column.name =
                column.expr.kind == Expr::Kind::field ? column.expr.name : column.expr.source;
            if (take_word("as")) column.name = name();
            if (column.name.empty()) return bad("a column has no name");
            list.push_back(std::move(column));
        } while (take(","));
        return list;
    }

    Result<Stage> stats_stage() {
        StatsStage stats;
        stats.aggregates = TRY(columns());
        if (take_word("by")) stats.by = TRY(columns());
        for (const auto& one : stats.aggregates) {
            if (!has_aggregate(one.expr))
                return bad("stats takes aggregates, not " + one.expr.source);
        }
        return Stage(std::move(stats));
    }
    static bool has_aggregate(const Expr& expr) {
        if (expr.kind == Expr::Kind::call && is_aggregate(expr.name)) return true;
        return std::ranges::any_of(expr.arguments, has_aggregate);
    }

    Result<Stage> sort_stage() {
        SortStage sort;
        do {
            SortKey key;
            key.expr = TRY(either());
            key.descending = !take_word("asc");
            if (key.descending) take_word("desc");
            sort.keys.push_back(std::move(key));
        } while (take(","));
        return Stage(std::move(sort));
    }

    Result<Stage> limit_stage() {
        const auto number = base::parse_integer(name());
        if (!number || *number < 1 || static_cast<double>(*number) > rows_max) {
            return bad("limit takes a number from 1 to 10000");
        }
        return Stage(LimitStage{static_cast<std::size_t>(*number)});
    }

    /// parse @message "user=*, n=*" as user, n        parse @message /user=(?<user>\S+)/
    Result<Stage> parse_stage() {
        ParseStage parse;
        skip();
        const bool has_field = !at_quote() && !rest_.starts_with('/');
        if (has_field) {
            parse.from = TRY(primary());
        } else {
            parse.from.kind = Expr::Kind::field;
            parse.from.name = "@message";
        }
        skip();
        if (rest_.starts_with('/')) {
            parse.regex = TRY(regex());
            for (const auto& [index, group] : parse.regex->CapturingGroupNames())
                parse.names.push_back(group);
            if (parse.names.empty())
                return bad("parse: the regular expression has no named groups");
            return Stage(std::move(parse));
        }
        if (!at_quote()) return bad("parse takes a glob in quotes or a regular expression");
        const std::string glob = TRY(quoted());
        if (!take_word("as")) return bad("parse: 'as' is missing");
        do parse.names.push_back(name());
        while (take(","));
        const auto stars = static_cast<std::size_t>(std::ranges::count(glob, '*'));
        if (stars != parse.names.size()) return bad("parse: as many names as wildcards are needed");
        parse.regex = TRY(glob_regex(glob));
        return Stage(std::move(parse));
    }
    static Result<std::shared_ptr<const re2::RE2>> glob_regex(const std::string& glob) {
        std::string text = "(?s)";
        const auto parts = base::split(glob, '*');
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (i > 0) text += i + 1 == parts.size() && parts[i].empty() ? "(.*)" : "(.*?)";
            text += re2::RE2::QuoteMeta(parts[i]);
        }
        return parse_regex(text);
    }

    // Expressions, from the weakest operator to the strongest.
    Result<Expr> either() {
        skip();
        const char* begin = rest_.data();
        if (++depth_ > depth_max) return bad("the expression is nested too deeply");
        Expr left = TRY(both());
        while (take_word("or")) left = call_of("or", {std::move(left), TRY(both())});
        --depth_;
        left.source =
            base::trim(std::string_view(begin, static_cast<std::size_t>(rest_.data() - begin)));
        return left;
    }
    Result<Expr> both() {
        Expr left = TRY(negation());
        while (take_word("and")) left = call_of("and", {std::move(left), TRY(negation())});
        return left;
    }
    Result<Expr> negation() {
        if (!take_word("not")) return comparison();
        return call_of("not", {TRY(negation())});
    }
    Result<Expr> comparison() {
        Expr left = TRY(sum());
        const bool negated = take_word("not");
        Result<Expr> made = bad("");
        if (take_word("like") || take("=~")) {
            made = like(std::move(left));
        } else if (take_word("in")) {
            made = membership(std::move(left));
        } else if (negated) {
            return bad("after 'not' comes 'like' or 'in'");
        } else {
            for (const char* sign : {"!=", "<=", ">=", "==", "=", "<", ">"}) {
                if (!take(sign)) continue;
                return call_of(std::string_view(sign) == "==" ? "=" : sign,
                               {std::move(left), TRY(sum())});
            }
            return left;
        }
        if (!made || !negated) return made;
        return call_of("not", {std::move(*made)});
    }
    Result<Expr> like(Expr left) {
        Expr expr = call_of("like", {std::move(left)});
        skip();
        if (rest_.starts_with('/')) {
            expr.regex = TRY(regex());
            return expr;
        }
        if (!at_quote()) return bad("like takes a text in quotes or a regular expression");
        const std::string text = TRY(quoted());
        // A text is looked for anywhere; % is wild.
        std::string pattern = "(?s)";
        for (const auto& part : base::split(text, '%')) {
            pattern += (pattern.size() > 4 ? ".*" : "") + re2::RE2::QuoteMeta(part);
        }
        expr.regex = TRY(parse_regex(pattern));
        return expr;
    }
    Result<Expr> membership(Expr left) {
        Expr expr = call_of("in", {std::move(left)});
        if (!take("[")) return bad("in takes a list in brackets");
        do expr.arguments.push_back(TRY(sum()));
        while (take(","));
        if (!take("]")) return bad("a bracket is not closed");
        return expr;
    }
    Result<Expr> sum() {
        Expr left = TRY(product());
        while (true) {
            if (take("+"))
                left = call_of("+", {std::move(left), TRY(product())});
            else if (take("-"))
                left = call_of("-", {std::move(left), TRY(product())});
            else
                return left;
        }
    }
    Result<Expr> product() {
        Expr left = TRY(power());
        while (true) {
            if (take("*"))
                left = call_of("*", {std::move(left), TRY(power())});
            else if (take("/"))
                left = call_of("/", {std::move(left), TRY(power())});
            else if (take("%"))
                left = call_of("%", {std::move(left), TRY(power())});
            else
                return left;
        }
    }
    Result<Expr> power() {
        Expr left = TRY(primary());
        if (take("^")) return call_of("^", {std::move(left), TRY(power())});
        return left;
    }
    Result<Expr> primary() {
        Expr expr;
        if (take("(")) {
            expr = TRY(either());
            if (!take(")")) return bad("a parenthesis is not closed");
            return expr;
        }
        if (at_quote()) {
            expr.literal = Value::of(TRY(quoted()));
            return expr;
        }
        if (take("-")) return call_of("-", {Expr{.literal = Value::of(0.0)}, TRY(primary())});
        const bool quoted_name = rest_.starts_with('`');
        const char* begin = rest_.data();
        const std::string word = name();
        if (word.empty()) {
            return bad(rest_.empty()
                           ? "the query ends too early"
                           : fmt::format("unexpected symbol found: {}", rest_.substr(0, 20)));
        }
        if (!quoted_name && std::isdigit(static_cast<unsigned char>(word[0]))) return number(word);
        if (!quoted_name && (word == "true" || word == "false")) {
            expr.literal = Value::of_bool(word == "true");
            return expr;
        }
        if (!quoted_name && take("(")) {
            expr = TRY(call(word));
            // By this name `stats` hands over what an aggregate came to.
            expr.source = std::string(begin, static_cast<std::size_t>(rest_.data() - begin));
            return expr;
        }
        expr.kind = Expr::Kind::field;
        expr.name = word;
        return expr;
    }
    static Result<Expr> number(const std::string& word) {
        Expr expr;
        const auto plain = Value::of(word).as_number();
        const auto duration = duration_ms(word);
        if (!plain && !duration) return bad("unexpected symbol found: " + word);
        expr.literal = Value::of(plain ? *plain : *duration);
        return expr;
    }
    Result<Expr> call(const std::string& word) {
        Expr expr = call_of(base::to_lower(word), {});
        if (take("*")) {
            if (expr.name != "count") return bad("only count takes *");
        } else if (!take(")")) {
            do expr.arguments.push_back(TRY(either()));
            while (take(","));
        } else {
            return check_call(std::move(expr), word);
        }
        if (!take(")")) return bad("a parenthesis is not closed");
        return check_call(std::move(expr), word);
    }
    static Result<Expr> check_call(Expr expr, const std::string& word) {
        if (expr.name == "bin") {
            if (expr.arguments.size() != 1) return bad("bin takes one duration");
            Expr time;
            time.kind = Expr::Kind::field;
            time.name = "@timestamp";
            return call_of("datefloor", {std::move(time), std::move(expr.arguments[0])});
        }
        if (is_aggregate(expr.name)) {
            const bool fits =
                expr.name == "pct" ? expr.arguments.size() == 2 : expr.arguments.size() <= 1;
            if (!fits) return bad("wrong number of arguments for " + word);
            return expr;
        }
        const Function* function = find_function(expr.name);
        const bool named =
            !expr.name.empty() && std::isalpha(static_cast<unsigned char>(expr.name[0]));
        if (function == nullptr || !named) return bad("Stormglass knows no function " + word);
        const auto count = static_cast<int>(expr.arguments.size());
        if (count < function->min || (function->max >= 0 && count > function->max)) {
            return bad("wrong number of arguments for " + word);
        }
        return expr;
    }

    std::string_view rest_;
    int depth_ = 0;
};

}  // namespace

Result<Query> parse_query(std::string_view text) { return Parser(text).parse(); }

Value evaluate(const Expr& expr, const FieldSource& fields) {
    if (expr.kind == Expr::Kind::literal) return expr.literal;
    if (expr.kind == Expr::Kind::field) return fields.field(expr.name);
    if (is_aggregate(expr.name)) return fields.field(expr.source);  // Computed by stats.
    const auto argument = [&](std::size_t i) { return evaluate(expr.arguments[i], fields); };
    if (expr.name == "and") return Value::of_bool(argument(0).as_bool() && argument(1).as_bool());
    if (expr.name == "or") return Value::of_bool(argument(0).as_bool() || argument(1).as_bool());
    if (expr.name == "like") {
        const Value value = argument(0);
        return Value::of_bool(value.present() && regex_matches(*expr.regex, value.as_text()));
    }
    const Function* function = find_function(expr.name);
    if (function == nullptr) return {};
    std::vector<Value> values;
    for (const auto& one : expr.arguments) values.push_back(evaluate(one, fields));
    return function->call(values);
}

}  // namespace stormglass::logs
