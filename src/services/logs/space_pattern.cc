// Patterns for lines of fields: [ip, user, ..., status = 4* || status = 5*, bytes > 1000]. Fields
// are parted by blanks; what stands in quotes or brackets is one field.
#include "api/logs.h"
#include "base/strings.h"
#include "services/logs/filter_pattern.h"
#include "services/logs/operand.h"

namespace stormglass::logs {
namespace {

Unexpected invalid(const std::string& what) {
    return api::invalid_parameter("Invalid filter pattern: " + what);
}

struct Test {
    std::string op;
    Operand operand;
};

/// Tests of one field: any of the groups, all within a group.
struct Field {
    std::string name;
    std::vector<std::vector<Test>> any_of;

    bool holds(std::string_view value) const {
        return any_of.empty() || std::ranges::any_of(any_of, [&](const std::vector<Test>& all) {
                   return std::ranges::all_of(
                       all, [&](const Test& test) { return test.operand.holds(test.op, value); });
               });
    }
};

std::vector<std::string_view> split_fields(std::string_view line) {
    std::vector<std::string_view> fields;
    while (true) {
        line = base::trim(line);
        if (line.empty()) return fields;
        const char close = line.front() == '"' ? '"' : line.front() == '[' ? ']' : '\0';
        const auto end = close == '\0' ? line.find_first_of(" \t") : line.find(close, 1);
        if (close != '\0' && end != std::string_view::npos) {
            fields.push_back(line.substr(1, end - 1));
            line.remove_prefix(end + 1);
        } else {
            const auto blank = line.find_first_of(" \t");
            fields.push_back(line.substr(0, blank));
            line.remove_prefix(fields.back().size());
        }
    }
}

class Fields final : public SpaceCondition {
public:
    std::vector<Field> before, after;  // Of the ellipsis, if there is one.
    bool open = false;

    bool holds(std::string_view message) const override {
        const auto values = split_fields(message);
        if (!fits(values.size())) return false;
        const std::size_t skip = values.size() - after.size();
        for (std::size_t i = 0; i < before.size(); ++i) {
            if (!before[i].holds(values[i])) return false;
        }
        for (std::size_t i = 0; i < after.size(); ++i) {
            if (!after[i].holds(values[skip + i])) return false;
        }
        return true;
    }
    std::map<std::string, std::string> fields(std::string_view message) const override {
        std::map<std::string, std::string> named;
        const auto values = split_fields(message);
        if (!fits(values.size())) return named;
        const std::size_t skip = values.size() - after.size();
        for (std::size_t i = 0; i < before.size(); ++i) named[before[i].name] = values[i];
        for (std::size_t i = 0; i < after.size(); ++i) named[after[i].name] = values[skip + i];
        return named;
    }

private:
    bool fits(std::size_t count) const {
        const std::size_t named = before.size() + after.size();
        return open ? count >= named : count == named;
    }
};

class Parser {
public:
    explicit Parser(std::string_view text) : rest_(text) {}

    Result<std::shared_ptr<const SpaceCondition>> parse() {
        rest_.remove_prefix(1);
        auto made = std::make_shared<Fields>();
        do {
            if (take("...")) {
                if (made->open) return invalid("more than one ellipsis");
                made->open = true;
                continue;
            }
            (made->open ? made->after : made->before).push_back(TRY(field()));
        } while (take(","));
        if (!take("]")) return invalid("it does not end with ]");
        if (!base::trim(rest_).empty()) return invalid("text after ]");
        return std::shared_ptr<const SpaceCondition>(std::move(made));
    }

private:
    bool take(std::string_view word) {
        rest_ = base::trim(rest_);
        if (!rest_.starts_with(word)) return false;
        rest_.remove_prefix(word.size());
        return true;
    }
    std::string name() {
        rest_ = base::trim(rest_);
        const auto end = std::ranges::find_if(rest_, [](unsigned char c) {
            return !(std::isalnum(c) || c == '_' || c == '-' || c == '.');
        });
        std::string taken(rest_.begin(), end);
        rest_.remove_prefix(taken.size());
        return taken;
    }
    Result<Field> field() {
        Field field;
        field.name = name();
        if (field.name.empty()) return invalid("a field has no name");
        std::string op = take_comparison(rest_);
        if (op.empty()) return field;
        field.any_of.emplace_back();
        while (true) {
            auto operand = TRY(Operand::take(rest_, " \t,]&|"));
            field.any_of.back().push_back({std::move(op), std::move(operand)});
            const bool other = take("||");
            if (!other && !take("&&")) return field;
            if (other) field.any_of.emplace_back();
            if (name() != field.name) return invalid("conditions of one field name that field");
            op = take_comparison(rest_);
            if (op.empty()) return invalid("an operator is missing");
        }
    }

    std::string_view rest_;
};

}  // namespace

Result<std::shared_ptr<const SpaceCondition>> parse_space_pattern(std::string_view text) {
    return Parser(text).parse();
}

}  // namespace stormglass::logs
