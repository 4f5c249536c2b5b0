// CloudWatch Logs: groups, streams, events, and metric filters.
#pragma once

#include "api/logs.h"

namespace stormglass::logs {

/// Stateless; one instance serves every thread; all state is in the store.
class Service final : public api::Api {
public:
#include "api/logs_overrides.inc"
};

}  // namespace stormglass::logs
