// CloudWatch Logs: groups, streams, events, metric filters, queries, exports.
#pragma once

#include <span>

#include "api/logs.h"
#include "base/random.h"
#include "services/logs/derived_metrics.h"
#include "services/logs/query_board.h"

namespace stormglass::logs {

/// One instance serves every thread; all state is in the store, except queries (query_board.h).
class Service final : public api::Api {
public:
    explicit Service(base::Random& random) : random_(random) {}
    /// Where metrics go; before the first request. Without it there are none.
    void publish_through(cloudwatch::Publisher& publisher) { publisher_ = &publisher; }
    QueryBoard& queries() { return queries_; }
    /// Keeps events that are in time order, and what follows from them; in the request's
    /// transaction.
    Result<void> take_in(wire::Request& request, Group& group, Stream& stream,
                         std::span<const NewEvent> events);

#include "api/logs_overrides.inc"

private:
    base::Random& random_;
    cloudwatch::Publisher* publisher_ = nullptr;
    PatternCache patterns_;
    QueryBoard queries_;
};

}  // namespace stormglass::logs
