// What metric math computes with: numbers, time series, and several of them.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "services/cloudwatch/series.h"

namespace stormglass::cloudwatch {

struct TimeSeries {
    std::string label;
    Values values;
    base::Seconds period{60};
    std::optional<Metric> metric;  // None: of an expression.
    std::string statistic;         // Of the metric.
};
using SeriesList = std::vector<TimeSeries>;
/// A text is only ever an argument.
using MathValue = std::variant<double, TimeSeries, SeriesList, std::string>;

}  // namespace stormglass::cloudwatch
