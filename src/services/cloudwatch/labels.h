// Labels of results: given ones with their dynamic parts, and those that AWS makes up.
#pragma once

#include "services/cloudwatch/math_value.h"

namespace stormglass::cloudwatch {

class Labels {
public:
    explicit Labels(const std::vector<Query>& queries);
    std::string of(const Query& query, const TimeSeries& series) const;

private:
    std::string made_up(const Query& query, const TimeSeries& series) const;
    bool statistics_differ_ = false, periods_differ_ = false;
};

}  // namespace stormglass::cloudwatch
