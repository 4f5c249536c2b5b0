// The JSON of a metric widget: what GetMetricWidgetImage draws.
#pragma once

#include <optional>

#include "services/cloudwatch/records.h"

namespace stormglass::cloudwatch {

struct Line {
    double value = 0;
    std::string label;
};
struct Widget {
    std::vector<Query> queries;
    std::string title;
    base::Time from{}, to{};
    int width = 600, height = 400;
    bool stacked = false;
    std::optional<double> minimum, maximum;  // Of the left axis.
    std::vector<Line> lines;                 // Horizontal annotations.
};

/// Errors in AWS's manner: "ValidationError", naming what is wrong.
Result<Widget> parse_widget(const std::string& text, base::Time now);

}  // namespace stormglass::cloudwatch
