// What the architecture under glass would cost on AWS: by resource, and with the choices that lower it. Pure: figures
// from what is there (inventory.h) and the table of prices.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"

namespace stormglass::app::cost {

/// So many of one kind.
struct Line {
    std::string service, what;  // "EC2", "t3.micro instances, On-Demand"
    double count = 0;
    double hourly_each = 0;     // USD.
    std::vector<std::string> resources;
    bool is_known = true;       // Has it a price in the table?
    double hourly() const { return count * hourly_each; }
};

/// One instance's stay in an Auto Scaling group, from its launch to its end (or the end of the look).
struct Stay {
    base::Time from{}, to{};
};

/// A group's instances over the time that its history covers.
struct GroupHistory {
    std::string group;
    double hourly_each = 0;
    std::int64_t min_size = 0, max_size = 0;
    std::vector<Stay> stays;
};

struct Scaling {
    std::string group;
    double hours = 0, average = 0;
    std::int64_t peak = 0;
    double hourly_as_scaled = 0, hourly_at_peak = 0, hourly_at_max = 0;
};

/// Average and peak number of instances over the history.
Scaling scaling_of(const GroupHistory& history);

struct Inventory {
    std::vector<Line> lines;
    std::vector<GroupHistory> groups;
};

base::Json report_json(const Inventory& inventory);
/// The same for people.
std::string report_text(const base::Json& report);

}  // namespace stormglass::app::cost
