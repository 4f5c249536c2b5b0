// Local time by the machine's time zone database (tzdata, TZif files): what a scheduled action's
// TimeZone means. Files hold transitions until 2037; later the last offset counts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace stormglass::autoscaling {

class TimeZone {
public:
    TimeZone() = default;  // UTC.
    /// "Europe/Berlin"; an unknown name is an error.
    static Result<TimeZone> load(const std::string& name);
    static Result<TimeZone> parse(std::string_view tzif);

    /// Seconds to add to UTC at a moment (seconds since 1970).
    std::int64_t offset_at(std::int64_t utc) const;
    /// The moment at which clocks there show `local`. Shown twice: the first. Never shown, since
    /// clocks are put forward: as if they had not been.
    std::int64_t to_utc(std::int64_t local) const;

private:
    std::int64_t first_offset_ = 0;
    std::vector<std::int64_t> moments_, offsets_;  // From moments_[i] on, offsets_[i].
};

}  // namespace stormglass::autoscaling
