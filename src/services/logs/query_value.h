// Values in Logs Insights queries.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"

namespace stormglass::logs {

struct Value {
    enum class Kind { none, number, text, boolean, time };  // Time: milliseconds, in `number`.
    Kind kind = Kind::none;
    double number = 0;
    std::string text;

    static Value of(double number) { return {Kind::number, number, {}}; }
    static Value of(std::string text) { return {Kind::text, 0, std::move(text)}; }
    static Value of_bool(bool truth) { return {Kind::boolean, truth ? 1.0 : 0.0, {}}; }
    static Value of_time(double time_ms) { return {Kind::time, time_ms, {}}; }
    static Value of_json(const base::Json& json);

    bool present() const { return kind != Kind::none; }
    /// A number, or a text that reads as one.
    std::optional<double> as_number() const;
    /// As results show it; empty for nothing.
    std::string as_text() const;
    bool as_bool() const;
};

/// Negative, zero or positive; nothing where one of them is not there. Numbers where both are.
std::optional<int> compare(const Value& a, const Value& b);

}  // namespace stormglass::logs
