// Runs a Logs Insights query over a snapshot of the store.
#pragma once

#include <atomic>

#include "services/logs/query.h"
#include "services/logs/records.h"

namespace stormglass::logs {

inline constexpr std::size_t result_rows_max = 10'000;

struct QueryScope {
    std::vector<Group> groups;
    std::int64_t from_ms = 0, to_ms = 0;  // Both included.
    std::size_t limit = result_rows_max;
};

struct QueryResult {
    std::vector<std::vector<std::pair<std::string, std::string>>>
        rows;  // Fields and values, in order.
    std::uint64_t matched = 0, scanned = 0, bytes = 0;
};

/// `stop` set: it ends soon, with what it has. Errors: a query that needs more than it may hold in
/// memory.
Result<QueryResult> run_query(store::Tx& tx, const Query& query, const QueryScope& scope,
                              const std::atomic<bool>& stop);

}  // namespace stormglass::logs
