// Functions and operators of Logs Insights queries.
#include <cmath>

#include "base/strings.h"
#include "services/logs/query.h"

namespace stormglass::logs {
namespace {

using Values = std::vector<Value>;
using Table = std::map<std::string, Function>;

Function numeric(double (*call)(double)) {
    return {1, 1, [call](const Values& v) {
                const auto x = v[0].as_number();
                return x ? Value::of(call(*x)) : Value{};
            }};
}

template <class Call>
Function arithmetic(Call call) {
    return {2, 2, [call](const Values& v) {
                const auto x = v[0].as_number(), y = v[1].as_number();
                if (!x || !y) return Value{};
                const double result = call(*x, *y);
                return std::isfinite(result) ? Value::of(result) : Value{};
            }};
}

template <class Call>
Function comparison(Call call) {
    return {2, 2, [call](const Values& v) {
                const auto order = compare(v[0], v[1]);
                return Value::of_bool(order && call(*order));
            }};
}

template <class Call>
Function textual(int count, Call call) {
    return {count, count, [call](const Values& v) { return v[0].present() ? call(v) : Value{}; }};
}

Value extreme(const Values& values, int sign) {
    Value best;
    for (const auto& one : values) {
        const auto order = compare(one, best);
        if (one.present() && (!best.present() || (order && *order * sign > 0))) best = one;
    }
    return best;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    if (from.empty()) return text;
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

std::string trimmed(const std::string& text, bool left, bool right) {
    constexpr const char* blanks = " \t\r\n";
    const auto begin = left ? text.find_first_not_of(blanks) : 0;
    if (begin == std::string::npos) return {};
    const auto end = right ? text.find_last_not_of(blanks) + 1 : text.size();
    return text.substr(begin, end - begin);
}

Value substring(const Values& v) {
    const std::string text = v[0].as_text();
    const auto from = static_cast<std::size_t>(std::max(v[1].as_number().value_or(0), 0.0));
    if (from >= text.size()) return Value::of(std::string());
    const double count =
        v.size() > 2 ? v[2].as_number().value_or(0) : static_cast<double>(text.size());
    return Value::of(text.substr(from, static_cast<std::size_t>(std::max(count, 0.0))));
}

/// bin(5m), datefloor(@timestamp, 5m), dateceil(@timestamp, 5m).
Value rounded_time(const Values& v, bool up) {
    const auto time = v[0].as_number(), step = v[1].as_number();
    if (!time || !step || *step <= 0) return {};
    const double units = *time / *step;
    return Value::of_time((up ? std::ceil(units) : std::floor(units)) * *step);
}

void add_arithmetic(Table& table) {
    table["+"] = arithmetic([](double a, double b) { return a + b; });
    table["-"] = arithmetic([](double a, double b) { return a - b; });
    table["*"] = arithmetic([](double a, double b) { return a * b; });
    table["/"] = arithmetic([](double a, double b) { return a / b; });
    table["%"] = arithmetic([](double a, double b) { return std::fmod(a, b); });
    table["^"] = arithmetic([](double a, double b) { return std::pow(a, b); });
    table["abs"] = numeric(std::fabs);
    table["ceil"] = numeric(std::ceil);
    table["floor"] = numeric(std::floor);
    table["log"] = numeric(std::log);
    table["sqrt"] = numeric(std::sqrt);
    table["greatest"] = {1, -1, [](const Values& v) { return extreme(v, 1); }};
    table["least"] = {1, -1, [](const Values& v) { return extreme(v, -1); }};
}

void add_logic(Table& table) {
    table["="] = comparison([](int order) { return order == 0; });
    table["<"] = comparison([](int order) { return order < 0; });
    table["<="] = comparison([](int order) { return order <= 0; });
    table[">"] = comparison([](int order) { return order > 0; });
    table[">="] = comparison([](int order) { return order >= 0; });
    table["!="] = {2, 2, [](const Values& v) {
                       const auto order = compare(v[0], v[1]);
                       return Value::of_bool(!order || *order != 0);
                   }};
    table["not"] = {1, 1, [](const Values& v) { return Value::of_bool(!v[0].as_bool()); }};
    table["in"] = {1, -1, [](const Values& v) {
                       for (std::size_t i = 1; i < v.size(); ++i) {
                           if (compare(v[0], v[i]) == 0) return Value::of_bool(true);
                       }
                       return Value::of_bool(false);
                   }};
    table["ispresent"] = {1, 1, [](const Values& v) { return Value::of_bool(v[0].present()); }};
    table["isempty"] = {1, 1,
                        [](const Values& v) { return Value::of_bool(v[0].as_text().empty()); }};
    table["isblank"] = {
        1, 1, [](const Values& v) { return Value::of_bool(base::trim(v[0].as_text()).empty()); }};
    table["coalesce"] = {1, -1, [](const Values& v) {
                             for (const auto& one : v) {
                                 if (one.present()) return one;
                             }
                             return Value{};
                         }};
}

void add_texts(Table& table) {
    table["strlen"] = textual(
        1, [](const Values& v) { return Value::of(static_cast<double>(v[0].as_text().size())); });
    table["toupper"] =
        textual(1, [](const Values& v) { return Value::of(base::to_upper(v[0].as_text())); });
    table["tolower"] =
        textual(1, [](const Values& v) { return Value::of(base::to_lower(v[0].as_text())); });
    table["trim"] =
        textual(1, [](const Values& v) { return Value::of(trimmed(v[0].as_text(), true, true)); });
    table["ltrim"] =
        textual(1, [](const Values& v) { return Value::of(trimmed(v[0].as_text(), true, false)); });
    table["rtrim"] =
        textual(1, [](const Values& v) { return Value::of(trimmed(v[0].as_text(), false, true)); });
    table["strcontains"] = textual(2, [](const Values& v) {
        return Value::of(v[0].as_text().find(v[1].as_text()) == std::string::npos ? 0.0 : 1.0);
    });
    table["replace"] = textual(3, [](const Values& v) {
        return Value::of(replaced(v[0].as_text(), v[1].as_text(), v[2].as_text()));
    });
    table["substr"] = {2, 3, substring};
    table["concat"] = {1, -1, [](const Values& v) {
                           std::string text;
                           for (const auto& one : v) text += one.as_text();
                           return Value::of(text);
                       }};
}

void add_times(Table& table) {
    table["datefloor"] = {2, 2, [](const Values& v) { return rounded_time(v, false); }};
    table["dateceil"] = {2, 2, [](const Values& v) { return rounded_time(v, true); }};
    table["frommillis"] = {1, 1, [](const Values& v) {
                               const auto x = v[0].as_number();
                               return x ? Value::of_time(*x) : Value{};
                           }};
    table["tomillis"] = {1, 1, [](const Values& v) {
                             const auto x = v[0].as_number();
                             return x ? Value::of(*x) : Value{};
                         }};
}

}  // namespace

const Function* find_function(const std::string& name) {
    static const Table table = [] {
        Table made;
        add_arithmetic(made);
        add_logic(made);
        add_texts(made);
        add_times(made);
        return made;
    }();
    const auto found = table.find(base::to_lower(name));
    return found == table.end() ? nullptr : &found->second;
}

bool is_aggregate(const std::string& name) {
    for (const char* known : {"count", "count_distinct", "sum", "avg", "min", "max", "pct",
                              "stddev", "earliest", "latest", "sortsfirst", "sortslast"}) {
        if (base::to_lower(name) == known) return true;
    }
    return false;
}

std::optional<double> duration_ms(std::string_view text) {
    static const std::map<std::string, double> units{
        {"ms", 1.0},      {"s", 1e3},      {"sec", 1e3},     {"second", 1e3},  {"seconds", 1e3},
        {"m", 6e4},       {"min", 6e4},    {"minute", 6e4},  {"minutes", 6e4}, {"h", 3.6e6},
        {"hr", 3.6e6},    {"hour", 3.6e6}, {"hours", 3.6e6}, {"d", 8.64e7},    {"day", 8.64e7},
        {"days", 8.64e7}, {"w", 6.048e8},  {"week", 6.048e8}};
    const auto digits = text.find_first_not_of("0123456789");
    if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
    const auto unit = units.find(base::to_lower(base::trim(text.substr(digits))));
    const auto count = base::parse_integer(text.substr(0, digits));
    if (unit == units.end() || !count) return std::nullopt;
    return static_cast<double>(*count) * unit->second;
}

}  // namespace stormglass::logs
