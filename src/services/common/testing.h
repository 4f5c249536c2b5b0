// For tests of services: a store in memory, a stopped clock, a repeatable random, and requests that
// are allowed everything.
#pragma once

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/random.h"
#include "services/common/timeline.h"
#include "store/memory_store.h"
#include "wire/request.h"

namespace stormglass::services {

class SilentTimeline final : public Timeline {
public:
    void add(TimelineEvent event) override { events.push_back(std::move(event)); }
    std::vector<TimelineEvent> events;
};

class ServiceTest : public ::testing::Test {
protected:
    /// A writing request that is already begun; commit it with (*r).commit() or let it go.
    std::unique_ptr<wire::Request> request() {
        return wire::make_internal_request(store, wire::TxMode::write, "test", "123456789012",
                                           "us-east-1", clock.now());
    }
    store::MemoryStore store;
    base::ManualClock clock;
    base::SeededRandom random{1};
    SilentTimeline timeline;
};

}  // namespace stormglass::services
