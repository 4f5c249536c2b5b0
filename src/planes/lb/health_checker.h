// Checks every registered target of a node's configuration at its interval and keeps what it found.
// Control thread only; workers see TargetState::healthy.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "planes/lb/event_loop.h"
#include "planes/lb/health_check.h"
#include "planes/lb/health_machine.h"
#include "planes/lb/snapshot.h"
#include "planes/lb/status.h"

namespace stormglass::lb {

class HealthChecker {
public:
    /// `changed` is called after each change of a state or reason.
    HealthChecker(EventLoop& loop, std::function<void()> changed);
    ~HealthChecker();

    /// Starts checks of new targets, stops those of targets gone, and keeps the rest's findings.
    Result<void> apply(std::shared_ptr<const Snapshot> snapshot);
    /// The health part of a target's status.
    TargetStatus status_of(const TargetGroup& group, const Target& target) const;

private:
    struct Probe {
        explicit Probe(std::function<void()> fire) : timer(std::move(fire)) {}
        const TargetGroup* group = nullptr;
        const Target* target = nullptr;
        HealthCheckPlan plan;
        std::chrono::milliseconds interval{30'000};
        HealthMachine machine;
        std::int64_t since_ms = 0;
        Timer timer;
        std::unique_ptr<HealthCheck> check;
        TimePoint started{};
    };
    Result<HealthCheckPlan> make_plan(const TargetGroup& group, const Target& target) const;
    Result<void> adopt(Probe& probe, const TargetGroup& group, const Target& target);
    void start_check(Probe& probe);
    void on_result(Probe& probe, CheckResult result);

    EventLoop& loop_;
    std::function<void()> changed_;
    SslContextPointer tls_;
    std::shared_ptr<const Snapshot> snapshot_;  // Keeps the probes' groups and targets alive.
    std::map<const TargetState*, std::unique_ptr<Probe>> probes_;
};

}  // namespace stormglass::lb
