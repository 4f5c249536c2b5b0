// The metrics that events become: by metric filters, by the embedded metric format, and the count
// and size of what comes in (AWS/Logs).
#pragma once

#include <map>
#include <mutex>
#include <span>

#include "services/cloudwatch/publish.h"
#include "services/logs/events.h"
#include "services/logs/filter_pattern.h"

namespace stormglass::logs {

/// Patterns by their text, so that a batch need not parse them. Thread-safe.
class PatternCache {
public:
    Result<std::shared_ptr<const FilterPattern>> get(const std::string& text);

private:
    static constexpr std::size_t patterns_max = 1000;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<const FilterPattern>> parsed_;
};

/// What one filter makes of a batch. A batch without a match gives the default value, if there is
/// one.
Result<std::vector<cloudwatch::Sample>> samples_of_filter(const MetricFilter& filter,
                                                          const FilterPattern& pattern,
                                                          std::span<const NewEvent> events);
/// What an event in the embedded metric format says; nothing for any other.
std::vector<cloudwatch::Sample> samples_embedded(const NewEvent& event);
/// IncomingLogEvents and IncomingBytes of the group, and of the whole account.
std::vector<cloudwatch::Sample> samples_of_intake(const Group& group, std::size_t events,
                                                  std::int64_t bytes, base::Time now);

}  // namespace stormglass::logs
