// Whether a composite alarm's actions run, wait or are held back by its suppressor: a pure
// function.
#pragma once

#include <optional>

#include "services/cloudwatch/records.h"

namespace stormglass::cloudwatch {

struct Suppression {
    bool announce = false;   // The state's actions run now.
    bool settle = false;     // The state counts as announced although nothing ran.
    std::string by, reason;  // Empty: nothing holds them back.
    base::Time since{};
};
/// `suppressor_in_alarm` as of now; the alarm's fields say what was decided before.
Suppression decide_suppression(const Alarm& alarm, bool suppressor_in_alarm, base::Time now);

}  // namespace stormglass::cloudwatch
