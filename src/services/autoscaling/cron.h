// The five fields of a recurrence, as cron knows them: minute, hour, day of month, month, weekday.
#pragma once

#include <bitset>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "services/autoscaling/time_zone.h"

namespace stormglass::autoscaling {

class Cron {
public:
    /// "30 0 1 1,6,12 *", "0/10 * * * MON-FRI"; names of months and weekdays may be used.
    static Result<Cron> parse(std::string_view text);
    /// The first moment after `time` that it names by the zone's clocks; nothing within five years:
    /// no such day (30 February).
    std::optional<base::Time> next(base::Time time, const TimeZone& zone) const;

private:
    bool is_day(std::int64_t days_since_1970) const;
    std::optional<std::int64_t> next_in_day(std::int64_t day, std::int64_t from) const;

    std::bitset<60> minutes_;
    std::bitset<24> hours_;
    std::bitset<32> days_;
    std::bitset<13> months_;
    std::bitset<8> weekdays_;
    bool any_day_ = false, any_weekday_ = false;
};

}  // namespace stormglass::autoscaling
