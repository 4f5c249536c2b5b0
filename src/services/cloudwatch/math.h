// Metric math: computes an expression over the series that it names.
#pragma once

#include <functional>

#include "services/cloudwatch/math_parse.h"
#include "services/cloudwatch/math_value.h"

namespace stormglass::cloudwatch {

/// Where an expression finds what it names.
struct MathWorld {
    /// The series of a query; an error when there is no such id.
    std::function<Result<MathValue>(const std::string& id)> named;
    /// METRICS("part of id"): all series of the request that come from metrics.
    std::function<Result<SeriesList>(const std::string& part)> metrics;
    /// SEARCH(text, statistic, period).
    std::function<Result<SeriesList>(const std::string& text, const std::string& statistic,
                                     std::int64_t period)>
        search;
    /// The times at which there might be a value.
    Grid grid;
};

Result<MathValue> evaluate(const MathNode& node, const MathWorld& world);
/// Applies a function to arguments (math_functions.cc).
Result<MathValue> apply(const std::string& function, std::vector<MathValue> arguments,
                        const MathWorld& world);
/// Each value of one or two operands; of series only where both have a value.
using Unary = std::function<double(double)>;
using Binary = std::function<double(double, double)>;
Result<MathValue> each(const MathValue& value, const Unary& f);
Result<MathValue> pairwise(const MathValue& left, const MathValue& right, const Binary& f);

}  // namespace stormglass::cloudwatch
