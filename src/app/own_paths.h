// What lies under /_stormglass/: health, status, metrics, the timeline, coverage, zones and their
// faults, and reset (orders are signed by root). Nothing here shows a secret.
#pragma once

#include <functional>
#include <vector>

#include "app/event_log.h"
#include "app/zone_control.h"
#include "net/http_server.h"
#include "services/common/ports.h"
#include "store/store.h"
#include "wire/gateway.h"

namespace stormglass::app {

/// Everything it is given must outlive it. Thread-safe.
class OwnPaths {
public:
    OwnPaths(wire::Gateway& gateway, store::Store& store, EventLog& events,
             const base::Clock& clock)
        : gateway_(gateway), store_(store), events_(events), clock_(clock) {}

    void add_status(services::StatusSource& source) { sources_.push_back(&source); }
    void set_facts(base::Json facts) { facts_ = std::move(facts); }
    void set_server_stats(std::function<net::HttpServerStats()> stats) { stats_ = std::move(stats); }
    void set_health(std::function<base::Json()> health) { health_ = std::move(health); }
    void set_reset(std::function<Result<void>()> reset) { reset_ = std::move(reset); }
    void set_zones(ZoneControl& zones) { zones_ = &zones; }

    net::Response handle(net::Request& request);

private:
    net::Response health();
    net::Response status();
    net::Response metrics();
    net::Response events(const net::Request& request);
    net::Response cost();
    net::Response coverage();
    net::Response reset(net::Request& request);
    net::Response zones(net::Request& request);
    /// The answer to a request that root did not sign; nullopt: it did.
    std::optional<net::Response> refuse_strangers(net::Request& request);

    wire::Gateway& gateway_;
    store::Store& store_;
    EventLog& events_;
    const base::Clock& clock_;
    std::vector<services::StatusSource*> sources_;
    std::function<net::HttpServerStats()> stats_;
    std::function<base::Json()> health_;
    std::function<Result<void>()> reset_;
    ZoneControl* zones_ = nullptr;
    base::Json facts_;
};

}  // namespace stormglass::app
