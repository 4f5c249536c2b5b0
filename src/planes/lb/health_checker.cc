#include "planes/lb/health_checker.h"

#include <charconv>
#include <set>

#include "base/clock.h"
#include "base/log.h"

namespace stormglass::lb {
namespace {

std::int64_t unix_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::int64_t steady_ms(TimePoint now) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
}

std::chrono::milliseconds finer_or(int ms, int seconds) {
    return ms > 0 ? std::chrono::milliseconds(ms) : std::chrono::seconds(seconds);
}

}  // namespace

HealthChecker::HealthChecker(EventLoop& loop, std::function<void()> changed)
    : loop_(loop), changed_(std::move(changed)) {
    auto context = make_client_context();
    if (context) tls_ = std::move(*context);
}

HealthChecker::~HealthChecker() {
    for (auto& [state, probe] : probes_) loop_.cancel(probe->timer);
}

Result<HealthCheckPlan> HealthChecker::make_plan(const TargetGroup& group,
                                                 const Target& target) const {
    const HealthCheckConfig& config = group.config.health_check;
    HealthCheckPlan plan;
    plan.address = target.config.address;
    plan.port = target.config.port;
    if (config.port != "traffic-port") {
        const auto* end = config.port.data() + config.port.size();
        if (std::from_chars(config.port.data(), end, plan.port).ptr != end) {
            return fail(Domain::config, "HealthCheckPort", "not a port: " + config.port);
        }
    }
    plan.path = config.path.empty() ? "/" : config.path;
    plan.tls = config.protocol == "HTTPS" ? tls_.get() : nullptr;
    plan.timeout = finer_or(config.timeout_ms, config.timeout_seconds);
    plan.matcher = TRY(Matcher::parse(config.matcher));
    return plan;
}

Result<void> HealthChecker::adopt(Probe& probe, const TargetGroup& group, const Target& target) {
    probe.plan = TRY(make_plan(group, target));
    probe.interval =
        finer_or(group.config.health_check.interval_ms, group.config.health_check.interval_seconds);
    probe.group = &group;
    probe.target = &target;
    // A shorter interval takes effect now, not after the old one has run out.
    if (probe.timer.scheduled() && probe.timer.due() > loop_.now() + probe.interval) {
        loop_.schedule(probe.timer, loop_.now() + probe.interval);
    }
    return {};
}

Result<void> HealthChecker::apply(std::shared_ptr<const Snapshot> snapshot) {
    std::set<const TargetState*> present;
    for (const auto& group : snapshot->groups) {
        TRY(Matcher::parse(group->config.health_check.matcher));  // Before anything changes.
    }
    for (const auto& group : snapshot->groups) {
        for (const Target& target : group->targets) {
            present.insert(target.state.get());
            auto& probe = probes_[target.state.get()];
            const bool is_new = probe == nullptr;
            if (is_new) {
                probe = std::make_unique<Probe>(
                    [this, state = target.state.get()] { start_check(*probes_.at(state)); });
                probe->since_ms = unix_ms();
            }
            TRY(adopt(*probe, *group, target));
            if (is_new) start_check(*probe);
        }
    }
    std::erase_if(probes_, [&](auto& entry) {
        if (present.contains(entry.first)) return false;
        loop_.cancel(entry.second->timer);
        return true;
    });
    snapshot_ = std::move(snapshot);
    return {};
}

void HealthChecker::start_check(Probe& probe) {
    if (!probe.group->config.health_check.enabled) return;
    probe.started = loop_.now();
    auto done = [this, &probe](CheckResult result) { on_result(probe, result); };
    probe.check = std::make_unique<HealthCheck>(loop_, probe.plan, std::move(done));
    probe.check->start();
}

void HealthChecker::on_result(Probe& probe, CheckResult result) {
    loop_.schedule(probe.timer, std::max(probe.started + probe.interval, loop_.now()));
    if (probe.check) loop_.dispose(std::move(probe.check));  // It is still on the call stack.
    const HealthCheckConfig& config = probe.group->config.health_check;
    const auto before = probe.machine.state();
    if (!probe.machine.record(result.outcome, result.code, config.healthy_threshold,
                              config.unhealthy_threshold)) {
        return;
    }
    if (probe.machine.state() != before) {
        probe.since_ms = unix_ms();
        spdlog::info("target {}:{} is {} {} {}", probe.target->config.id, probe.target->config.port,
                     probe.machine.state_name(), probe.machine.reason(),
                     probe.machine.description());
    }
    TargetState& state = *probe.target->state;
    const bool healthy = probe.machine.state() == HealthMachine::State::healthy;
    if (healthy && !state.healthy) state.healthy_since_ms = steady_ms(loop_.now());
    state.healthy = healthy;
    probe.group->state->generation.fetch_add(1);
    changed_();
}

TargetStatus HealthChecker::status_of(const TargetGroup& group, const Target& target) const {
    TargetStatus status{
        .id = target.config.id, .port = target.config.port, .zone = target.config.zone};
    const auto probe = probes_.find(target.state.get());
    if (probe == probes_.end()) return status;
    const HealthMachine& machine = probe->second->machine;
    status.since_ms = probe->second->since_ms;
    status.state = machine.state_name();
    status.reason = machine.reason();
    status.description = machine.description();
    if (target.draining()) {
        status.state = "draining";
        status.reason = "Target.DeregistrationInProgress";
        status.description = "Target deregistration is in progress";
    } else if (!group.config.health_check.enabled) {
        status.state = "unavailable";
        status.reason = "Target.HealthCheckDisabled";
        status.description = "Health checks are disabled for this target group";
    }
    return status;
}

}  // namespace stormglass::lb
