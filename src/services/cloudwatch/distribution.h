// Which values a metric had, for percentiles and trimmed statistics, in bounded space: exact pairs
// of value and count while they are few, and after that values rounded to within one percent.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/cloudwatch/publish.h"

namespace stormglass::cloudwatch {

class Distribution {
public:
    static constexpr std::size_t exact_max = 32;    // Pairs; more are rounded.
    static constexpr std::size_t pairs_max = 1024;  // After rounding; then the least are merged.
    static constexpr double growth = 1.02;          // From one rounded value to the next.

    void add(double value, double count);
    void add(const Distribution& other);
    /// In order of value.
    const std::vector<ValueCount>& pairs() const { return pairs_; }
    bool empty() const { return pairs_.empty(); }

    void encode(std::string& to) const;
    /// Moves `from` past what it read.
    static Distribution decode(std::string_view& from);
    /// Moves `from` past a distribution without reading it.
    static void skip(std::string_view& from);
    bool operator==(const Distribution&) const = default;

private:
    void bound();
    std::vector<ValueCount> pairs_;
    bool rounded_ = false;
};

/// The value that stands for all within one percent of it.
double rounded(double value);

}  // namespace stormglass::cloudwatch
