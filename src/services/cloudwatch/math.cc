#include "services/cloudwatch/math.h"

#include <fmt/format.h>

#include <cmath>
#include <map>

namespace stormglass::cloudwatch {
namespace {

Unexpected problem(std::string message) { return aws_error("ValidationError", std::move(message)); }

/// What is not a number (a division by zero) is no data point.
void put(Values& values, base::Time time, double value) {
    if (std::isfinite(value)) values.emplace_hint(values.end(), time, value);
}

TimeSeries mapped(const TimeSeries& series, const Unary& f) {
    TimeSeries out = series;
    out.metric.reset();
    out.values.clear();
    for (const auto& [time, value] : series.values) put(out.values, time, f(value));
    return out;
}

TimeSeries joined(const TimeSeries& left, const TimeSeries& right, const Binary& f) {
    TimeSeries out = left;
    out.metric.reset();
    out.values.clear();
    for (const auto& [time, value] : left.values) {
        const auto other = right.values.find(time);
        if (other != right.values.end()) put(out.values, time, f(value, other->second));
    }
    return out;
}

Result<MathValue> lists(const SeriesList& left, const MathValue& right, const Binary& f) {
    SeriesList out;
    if (const auto* others = std::get_if<SeriesList>(&right)) {
        if (others->size() != left.size()) return problem("the lists differ in length");
        for (std::size_t i = 0; i < left.size(); ++i)
            out.push_back(joined(left[i], (*others)[i], f));
        return out;
    }
    for (const auto& one : left) {
        out.push_back(std::get<TimeSeries>(TRY(pairwise(one, right, f))));
    }
    return out;
}

const std::map<std::string, Binary>& operators() {
    static const std::map<std::string, Binary> all{
        {"+", [](double a, double b) { return a + b; }},
        {"-", [](double a, double b) { return a - b; }},
        {"*", [](double a, double b) { return a * b; }},
        {"/", [](double a, double b) { return b == 0 ? NAN : a / b; }},
        {"^", [](double a, double b) { return std::pow(a, b); }},
        {"==", [](double a, double b) { return a == b ? 1.0 : 0.0; }},
        {"!=", [](double a, double b) { return a != b ? 1.0 : 0.0; }},
        {"<", [](double a, double b) { return a < b ? 1.0 : 0.0; }},
        {">", [](double a, double b) { return a > b ? 1.0 : 0.0; }},
        {"<=", [](double a, double b) { return a <= b ? 1.0 : 0.0; }},
        {">=", [](double a, double b) { return a >= b ? 1.0 : 0.0; }},
        {"&&", [](double a, double b) { return a != 0 && b != 0 ? 1.0 : 0.0; }},
        {"||", [](double a, double b) { return a != 0 || b != 0 ? 1.0 : 0.0; }}};
    return all;
}

/// [m1, m2], and [METRICS(), m3]: one list.
Result<MathValue> list_of(const MathNode& node, const MathWorld& world) {
    SeriesList out;
    for (const auto& child : node.children) {
        MathValue value = TRY(evaluate(child, world));
        if (auto* one = std::get_if<TimeSeries>(&value)) {
            out.push_back(std::move(*one));
        } else if (auto* several = std::get_if<SeriesList>(&value)) {
            for (auto& each_one : *several) out.push_back(std::move(each_one));
        } else {
            return problem("a list may hold time series only");
        }
    }
    return out;
}

bool is_keyword(const std::string& function, const std::string& name) {
    if (function == "FILL") return name == "REPEAT" || name == "LINEAR";
    return function == "SORT" && (name == "AVG" || name == "SUM" || name == "MIN" ||
                                  name == "MAX" || name == "ASC" || name == "DESC");
}

}  // namespace

Result<MathValue> each(const MathValue& value, const Unary& f) {
    if (const auto* number = std::get_if<double>(&value)) return f(*number);
    if (const auto* series = std::get_if<TimeSeries>(&value)) return mapped(*series, f);
    const auto* list = std::get_if<SeriesList>(&value);
    if (list == nullptr) return problem("a text is no operand");
    SeriesList out;
    for (const auto& one : *list) out.push_back(mapped(one, f));
    return out;
}

Result<MathValue> pairwise(const MathValue& left, const MathValue& right, const Binary& f) {
    if (std::holds_alternative<std::string>(left) || std::holds_alternative<std::string>(right)) {
        return problem("a text is no operand");
    }
    if (const auto* a = std::get_if<double>(&left)) {
        return each(right, [&f, number = *a](double b) { return f(number, b); });
    }
    if (const auto* b = std::get_if<double>(&right)) {
        return each(left, [&f, number = *b](double a) { return f(a, number); });
    }
    if (const auto* list = std::get_if<SeriesList>(&left)) return lists(*list, right, f);
    if (const auto* list = std::get_if<SeriesList>(&right)) {
        return lists(*list, left, [&f](double a, double b) { return f(b, a); });
    }
    return joined(std::get<TimeSeries>(left), std::get<TimeSeries>(right), f);
}

Result<MathValue> evaluate(const MathNode& node, const MathWorld& world) {
    switch (node.kind) {
        case MathNode::Kind::number:
            return node.number;
        case MathNode::Kind::text:
            return node.text;
        case MathNode::Kind::name:
            return world.named(node.text);
        case MathNode::Kind::list:
            return list_of(node, world);
        case MathNode::Kind::unary:
            return each(TRY(evaluate(node.children[0], world)), [](double v) { return -v; });
        case MathNode::Kind::binary: {
            const MathValue left = TRY(evaluate(node.children[0], world));
            const MathValue right = TRY(evaluate(node.children[1], world));
            return pairwise(left, right, operators().at(node.text));
        }
        case MathNode::Kind::call:
            break;
    }
    std::vector<MathValue> arguments;
    for (const auto& child : node.children) {
        if (child.kind == MathNode::Kind::name && is_keyword(node.text, child.text)) {
            arguments.emplace_back(child.text);
        } else {
            arguments.push_back(TRY(evaluate(child, world)));
        }
    }
    return apply(node.text, std::move(arguments), world);
}

}  // namespace stormglass::cloudwatch
