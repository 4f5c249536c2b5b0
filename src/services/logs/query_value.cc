#include "services/logs/query_value.h"

#include <fmt/format.h>

#include <cmath>

namespace stormglass::logs {
namespace {

constexpr double exact_max = 1e15;  // Integers up to here are shown without a fraction.

std::string time_text(double time_ms) {
    std::string text =
        base::iso8601_millis(base::Time{base::Millis{static_cast<std::int64_t>(time_ms)}});
    text[text.find('T')] = ' ';
    text.pop_back();  // The Z.
    return text;
}

}  // namespace

Value Value::of_json(const base::Json& json) {
    if (json.is_number()) return of(json.get<double>());
    if (json.is_string()) return of(json.get<std::string>());
    if (json.is_boolean()) return of_bool(json.get<bool>());
    if (json.is_null()) return {};
    return of(base::dump_json(json));
}

std::optional<double> Value::as_number() const {
    if (kind == Kind::none) return std::nullopt;
    if (kind != Kind::text) return number;
    char* end = nullptr;
    const double read = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !std::isfinite(read)) return std::nullopt;
    return read;
}

std::string Value::as_text() const {
    switch (kind) {
        case Kind::none:
            return {};
        case Kind::text:
            return text;
        case Kind::boolean:
            return number != 0 ? "1" : "0";
        case Kind::time:
            return time_text(number);
        case Kind::number:
            break;
    }
    if (std::abs(number) < exact_max && number == std::trunc(number)) {
        return std::to_string(static_cast<long long>(number));
    }
    return fmt::format("{}", number);
}

bool Value::as_bool() const {
    if (kind == Kind::text) return text == "true" || text == "1";
    return kind != Kind::none && number != 0;
}

std::optional<int> compare(const Value& a, const Value& b) {
    if (!a.present() || !b.present()) return std::nullopt;
    const auto x = a.as_number(), y = b.as_number();
    if (x && y) return *x < *y ? -1 : *x > *y ? 1 : 0;
    if (a.kind == Value::Kind::boolean || b.kind == Value::Kind::boolean) {  // true = "true"
        const auto word = [](const Value& v) {
            return v.kind == Value::Kind::boolean ? std::string(v.number != 0 ? "true" : "false")
                                                  : v.as_text();
        };
        const int order = word(a).compare(word(b));
        return order;
    }
    return a.as_text().compare(b.as_text());
}

}  // namespace stormglass::logs
