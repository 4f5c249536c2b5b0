// SEARCH's expressions: which metrics match {AWS/EC2,InstanceId} MetricName="CPUUtilization" web.
#pragma once

#include <string_view>
#include <vector>

#include "services/cloudwatch/points.h"

namespace stormglass::cloudwatch {

class MetricSearch {
public:
    static Result<MetricSearch> parse(std::string_view text);
    bool matches(const Metric& metric) const;

private:
    friend class SearchParser;
    struct Term {
        enum class Kind { all, any, negated, word, exact };
        Kind kind = Kind::all;
        std::string property, text;  // Of a word: lower case; property: empty for any.
        std::vector<Term> terms;
    };
    static bool holds(const Term& term, const Metric& metric);

    std::optional<std::string> namespace_;
    std::optional<std::vector<std::string>> dimension_names_;  // In order.
    Term condition_;
};

}  // namespace stormglass::cloudwatch
