// What happened to alarms: kept for thirty days, also after an alarm is deleted.
#pragma once

#include "base/random.h"
#include "services/cloudwatch/records.h"

namespace stormglass::cloudwatch {

struct HistoryItem {
    std::string alarm, type, summary, data;  // Type: ConfigurationUpdate, StateUpdate, Action.
    base::Time time{};
    std::string alarm_type = "MetricAlarm";
};
STORMGLASS_JSON(HistoryItem, alarm, type, summary, data, time, alarm_type)
/// Key: {account, region, time, random}.
inline constexpr store::Table<HistoryItem> history{"cloudwatch/history"};

/// Also forgets what is too old.
Result<void> add_history(wire::Request& request, base::Random& random, HistoryItem item);

}  // namespace stormglass::cloudwatch
