// The whole of one balancer node: control thread (signals, configuration, health checks, status)
// and workers. Made and run on one thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "planes/lb/health_checker.h"
#include "planes/lb/run.h"
#include "planes/lb/snapshot.h"
#include "planes/lb/status.h"
#include "planes/lb/worker.h"

namespace stormglass::lb {

class Node {
public:
    /// Fails when the first configuration cannot be used.
    static Result<std::unique_ptr<Node>> create(const Options& options);
    ~Node();

    void run();                   // Until stop().
    void stop();                  // Any thread.
    void reload();                // Any thread: reads the configuration file again.
    LoadBalancerStatus status();  // The control thread, or when not running.

private:
    explicit Node(Options options) : options_(std::move(options)) {}
    Result<void> load();
    void on_reload();
    struct Binding {
        std::string arn;
        int bound = 0;  // The real port; 0 = not listening.
        std::string error;
    };
    /// Opens sockets for listeners that have none; true when any was opened.
    bool open_listeners(std::vector<std::vector<Worker::Socket>>& opened);
    std::vector<int> close_listeners();
    void publish(std::vector<int> closed_ports);
    void tick();
    void write_status();
    NodeCounters counters() const;
    TargetGroupCounters counters_of(TargetGroupState& state);

    Options options_;
    NodeState state_;
    std::unique_ptr<EventLoop> loop_;
    std::unique_ptr<HealthChecker> health_;
    std::vector<std::unique_ptr<Worker>> workers_;
    SnapshotBuilder builder_;
    std::shared_ptr<const Snapshot> snapshot_;
    std::map<int, Binding> bindings_;  // By the configuration's port.
    std::string bind_address_;
    std::string config_error_;
    std::unique_ptr<Timer> tick_timer_;
    std::int64_t started_at_ms_ = 0;
};

}  // namespace stormglass::lb
