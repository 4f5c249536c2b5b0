// The health of one target as AWS tells it: states, thresholds and words. No I/O, no clock.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace stormglass::lb {

/// Which codes pass: "200", "200-299", "200,202,300-399".
class Matcher {
public:
    static Result<Matcher> parse(std::string_view text);
    bool matches(int code) const;

private:
    struct Range {
        int first = 0;
        int last = 0;
    };
    std::vector<Range> ranges_;
};

enum class CheckOutcome { passed, wrong_code, timed_out, failed };

class HealthMachine {
public:
    enum class State { initial, healthy, unhealthy };

    /// Counts one check; `code` matters for wrong_code only. True when the state or its reason
    /// changed.
    bool record(CheckOutcome outcome, int code, int healthy_threshold, int unhealthy_threshold);

    State state() const { return state_; }
    std::string_view state_name() const;
    const std::string& reason() const { return reason_; }
    const std::string& description() const { return description_; }

private:
    bool become(State state, std::string reason, std::string description);

    State state_ = State::initial;
    int passes_ = 0;    // In a row.
    int failures_ = 0;  // In a row.
    std::string reason_ = "Elb.InitialHealthChecking";
    std::string description_ = "Initial health checks in progress";
};

}  // namespace stormglass::lb
