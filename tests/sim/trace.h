// What happened, line by line, with simulated times: what one reads of a seed that failed.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/clock.h"

namespace stormglass::sim {

class Trace {
public:
    explicit Trace(const base::Clock& clock) : clock_(clock), start_(clock.now()) {}

    void add(std::string text) {
        const auto passed = clock_.now() - start_;
        lines_.push_back(fmt::format("{:>10.3f}  {}{}",
                                     static_cast<double>(passed.count()) / 1000.0,
                                     std::string(depth_ * 2, ' '), text));
    }
    /// What is added until leave() is part of what was added last.
    void enter() { ++depth_; }
    /// The last line is of no interest after all.
    void drop_last() { lines_.pop_back(); }
    std::size_t size() const { return lines_.size(); }
    void leave() { --depth_; }
    void outermost() { depth_ = 0; }

    const std::vector<std::string>& lines() const { return lines_; }
    std::string tail(std::size_t lines_max) const {
        std::string text;
        const std::size_t from = lines_.size() > lines_max ? lines_.size() - lines_max : 0;
        for (std::size_t i = from; i < lines_.size(); ++i) text += lines_[i] + "\n";
        return text;
    }

private:
    const base::Clock& clock_;
    const base::Time start_;
    std::size_t depth_ = 0;
    std::vector<std::string> lines_;
};

}  // namespace stormglass::sim
