#include "services/cloudwatch/suppression.h"

namespace stormglass::cloudwatch {
namespace {

Suppression held(const Alarm& alarm, std::string by, std::string reason, base::Time now) {
    const base::Time since = alarm.suppressed_by == by ? alarm.suppressed_since : now;
    return {false, false, std::move(by), std::move(reason), since};
}

}  // namespace

Suppression decide_suppression(const Alarm& alarm, bool suppressor_in_alarm, base::Time now) {
    const bool is_new = alarm.state != alarm.announced;
    const base::Seconds wait{alarm.suppressor_wait.value_or(0)};
    const base::Seconds extension{alarm.suppressor_extension.value_or(0)};
    if (suppressor_in_alarm) {
        auto out =
            held(alarm, "Alarm", "Actions suppressed by " + alarm.suppressor.value_or(""), now);
        // An alarm that ended while its actions were held back tells nobody.
        out.settle = is_new && alarm.state != "ALARM";
        return out;
    }
    const bool was_suppressed =
        alarm.suppressed_by == "Alarm" || alarm.suppressed_by == "ExtensionPeriod";
    if (was_suppressed) {
        const base::Time since =
            alarm.suppressed_by == "ExtensionPeriod" ? alarm.suppressed_since : now;
        if (now < since + extension) {
            auto out =
                held(alarm, "ExtensionPeriod", "Actions suppressed for the extension period", now);
            out.settle = is_new && alarm.state != "ALARM";
            return out;
        }
        return {is_new, false, {}, {}, {}};
    }
    if (!is_new) return {};
    if (alarm.state != "ALARM") {
        // What was never announced needs no end.
        return alarm.suppressed_by == "WaitPeriod" ? Suppression{false, true, {}, {}, {}}
                                                   : Suppression{true, false, {}, {}, {}};
    }
    const base::Time since = alarm.suppressed_by == "WaitPeriod" ? alarm.suppressed_since : now;
    if (now < since + wait) {
        return held(alarm, "WaitPeriod", "Actions wait for the suppressor", now);
    }
    return {true, false, {}, {}, {}};
}

}  // namespace stormglass::cloudwatch
