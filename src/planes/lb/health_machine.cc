#include "planes/lb/health_machine.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"

namespace stormglass::lb {
namespace {

struct Words {
    std::string reason;
    std::string description;
};

Words words_of(CheckOutcome outcome, int code) {
    switch (outcome) {
        case CheckOutcome::wrong_code:
            return {"Target.ResponseCodeMismatch",
                    fmt::format("Health checks failed with these codes: [{}]", code)};
        case CheckOutcome::timed_out:
            return {"Target.Timeout", "Request timed out"};
        default:
            return {"Target.FailedHealthChecks", "Health checks failed"};
    }
}

}  // namespace

Result<Matcher> Matcher::parse(std::string_view text) {
    Matcher matcher;
    for (const auto& part : base::split(text, ',')) {
        const auto dash = part.find('-');
        const auto first = base::parse_integer(base::trim(std::string_view(part).substr(0, dash)));
        const auto last = dash == std::string::npos
                              ? first
                              : base::parse_integer(base::trim(part.substr(dash + 1)));
        if (!first || !last || *first > *last) {
            return fail(Domain::config, "Matcher", fmt::format("not a matcher: '{}'", text));
        }
        matcher.ranges_.push_back({static_cast<int>(*first), static_cast<int>(*last)});
    }
    return matcher;
}

bool Matcher::matches(int code) const {
    return std::any_of(ranges_.begin(), ranges_.end(),
                       [code](Range range) { return code >= range.first && code <= range.last; });
}

bool HealthMachine::become(State state, std::string reason, std::string description) {
    if (state_ == state && reason_ == reason && description_ == description) return false;
    state_ = state;
    reason_ = std::move(reason);
    description_ = std::move(description);
    return true;
}

bool HealthMachine::record(CheckOutcome outcome, int code, int healthy_threshold,
                           int unhealthy_threshold) {
    if (outcome == CheckOutcome::passed) {
        failures_ = 0;
        ++passes_;
        // A new target needs one pass only; one that was unhealthy, the threshold.
        const bool enough = state_ != State::unhealthy || passes_ >= healthy_threshold;
        return enough && become(State::healthy, "", "");
    }
    passes_ = 0;
    ++failures_;
    if (state_ != State::unhealthy && failures_ < unhealthy_threshold) return false;
    auto words = words_of(outcome, code);
    return become(State::unhealthy, std::move(words.reason), std::move(words.description));
}

std::string_view HealthMachine::state_name() const {
    switch (state_) {
        case State::initial:
            return "initial";
        case State::healthy:
            return "healthy";
        case State::unhealthy:
            break;
    }
    return "unhealthy";
}

}  // namespace stormglass::lb
