// One timeline of all that happens: API calls, launches, health changes, failovers, faults.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/json.h"

namespace stormglass::services {

struct TimelineEvent {
    base::Time time{};
    std::string kind;     // "api", "instance", "health", "scaling", "database", "network", "fault".
    std::string subject;  // Id or name of what it is about.
    std::string text;     // One line for people.
    std::string region;
};
STORMGLASS_JSON(TimelineEvent, time, kind, subject, text, region)

/// Thread-safe, bounded, never blocks for long.
class Timeline {
public:
    virtual ~Timeline() = default;
    virtual void add(TimelineEvent event) = 0;
};

}  // namespace stormglass::services
