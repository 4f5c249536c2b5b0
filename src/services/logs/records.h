// What Logs keeps, except the events themselves (events.h).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "store/table.h"
#include "wire/request.h"

namespace stormglass::logs {

struct Group {
    std::string account, region, name;
    std::int64_t created_ms = 0, stored_bytes = 0;
    std::int64_t retention_days = 0;  // 0: kept for ever.
    std::string kms_key_id, log_class;
    std::map<std::string, std::string> tags;
};
STORMGLASS_JSON(Group, account, region, name, created_ms, stored_bytes, retention_days, kms_key_id,
                log_class, tags)
/// Key: {account, region, name}.
inline constexpr store::Table<Group> groups{"logs/group"};

struct Stream {
    std::string name;
    std::int64_t created_ms = 0, stored_bytes = 0;
    std::int64_t last_ingestion_ms = 0;                  // 0: nothing came yet.
    std::int64_t first_event_ms = 0, last_event_ms = 0;  // 0: no event.
    std::uint64_t last_number = 0;  // Of the newest event: keeps equal times in order.
};
STORMGLASS_JSON(Stream, name, created_ms, stored_bytes, last_ingestion_ms, first_event_ms,
                last_event_ms, last_number)
/// Key: {account, region, group, name}.
inline constexpr store::Table<Stream> streams{"logs/stream"};

struct MetricFilter {
    std::string name, pattern, metric_name, metric_namespace, metric_value, unit;
    std::optional<double> default_value;
    std::map<std::string, std::string> dimensions;
    std::int64_t created_ms = 0;
};
STORMGLASS_JSON(MetricFilter, name, pattern, metric_name, metric_namespace, metric_value, unit,
                default_value, dimensions, created_ms)
/// Key: {account, region, group, name}.
inline constexpr store::Table<MetricFilter> metric_filters{"logs/metric-filter"};

/// Without ":*", as newer operations show it.
std::string group_arn(const Group& group);
std::string stream_arn(const Group& group, const std::string& stream);
std::int64_t millis(base::Time time);

Result<Group> find_group(wire::Request& request, const std::string& name);
/// By a name or an ARN (with or without ":*"), of which exactly one member is given.
Result<Group> find_group(wire::Request& request, const std::optional<std::string>& name,
                         const std::optional<std::string>& identifier);
Result<Stream> find_stream(wire::Request& request, const Group& group, const std::string& name);
void put_group(store::Tx& tx, const Group& group);
void put_stream(store::Tx& tx, const Group& group, const Stream& stream);
/// "arn:aws:logs:R:A:log-group:NAME[:*]" gives NAME; anything else is given back.
std::string group_name_of(const std::string& identifier);

}  // namespace stormglass::logs
