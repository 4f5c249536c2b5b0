#include "substrate/mysql/apply.h"

#include <algorithm>
#include <optional>

#include "base/strings.h"

namespace stormglass::substrate::mysql {
namespace {

// Some variables of replication cannot change while it runs.
constexpr std::string_view replication_runs = "1198";

struct Variable {
    std::string current, type;
    bool dynamic = false;
};

/// 16M is 16777216 on the command line, but not in SET.
std::optional<std::string> as_number(std::string_view text) {
    if (text.empty()) return std::nullopt;
    long long factor = 1;
    switch (text.back() | 0x20) {
        case 'k':
            factor = 1LL << 10;
            break;
        case 'm':
            factor = 1LL << 20;
            break;
        case 'g':
            factor = 1LL << 30;
            break;
        default:
            break;
    }
    if (factor > 1) text.remove_suffix(1);
    const auto number = base::parse_integer(text);
    if (number) return std::to_string(*number * factor);
    const bool decimal = factor == 1 && text.find_first_not_of("0123456789.") == text.npos;
    return decimal ? std::optional(std::string(text)) : std::nullopt;
}

std::string literal(const std::string& value, const std::string& type) {
    const bool text = type == "VARCHAR" || type == "SET" || type == "FLAGSET";
    if (const auto number = as_number(value); number && !text) return *number;
    return quote(value);
}

Result<std::map<std::string, Variable>> read_variables(Connection& connection) {
    const auto rows = TRY(connection.query(
        "SELECT LOWER(VARIABLE_NAME) AS name, GLOBAL_VALUE AS current, VARIABLE_TYPE AS type, "
        "READ_ONLY = 'NO' AND VARIABLE_SCOPE <> 'SESSION ONLY' AS dynamic "
        "FROM information_schema.SYSTEM_VARIABLES"));
    std::map<std::string, Variable> variables;
    for (const auto& row : rows) {
        variables[row.at("name").value_or("")] = {row.at("current").value_or(""),
                                                  row.at("type").value_or(""),
                                                  row.at("dynamic").value_or("0") == "1"};
    }
    return variables;
}

}  // namespace

bool same_value(const std::string& a, const std::string& b) {
    const auto normal = [](const std::string& value) -> std::string {
        const auto lower = base::to_lower(value);
        if (lower == "on" || lower == "true") return "1";
        if (lower == "off" || lower == "false") return "0";
        return as_number(lower).value_or(lower);
    };
    return normal(a) == normal(b);
}

Result<std::vector<std::string>> apply_variables(Connection& connection,
                                                 const ParameterChange& change) {
    const auto variables = TRY(read_variables(connection));
    std::vector<std::string> pending;
    const auto apply = [&](const std::string& name, const std::string* value) -> Result<void> {
        const auto found = variables.find(name);
        if (found == variables.end() || !found->second.dynamic) {
            const bool same =
                found != variables.end() && value && same_value(found->second.current, *value);
            if (!same) pending.push_back(name);
            return {};
        }
        if (value && same_value(found->second.current, *value)) return {};
        const auto to = value ? literal(*value, found->second.type) : "DEFAULT";
        auto set = connection.execute("SET GLOBAL " + quote_name(name) + " = " + to);
        if (set || set.error().code == "NoAnswer") return set;
        if (set.error().code == replication_runs) {
            pending.push_back(name);
            return {};
        }
        return fail(Domain::config, "InvalidParameter", name + ": " + set.error().message);
    };
    for (const auto& [name, value] : change.wanted) TRY(apply(name, &value));
    for (const auto& [name, value] : change.previous) {
        if (!change.wanted.contains(name)) TRY(apply(name, nullptr));
    }
    return pending;
}

}  // namespace stormglass::substrate::mysql
