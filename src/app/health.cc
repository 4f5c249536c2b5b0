#include "app/health.h"

#include <map>

namespace stormglass::app {
namespace {

using base::Json;

/// A pass that takes longer, or fails for longer, is not merely a hiccup.
constexpr base::Millis degraded_after{60'000}, failed_after{300'000}, failing_max{60'000};
/// Services that have nothing to make real do not miss a reconciler.
constexpr const char* made_real[] = {"autoscaling", "ec2", "elbv2", "rds"};

const char* word(ServiceState state) {
    switch (state) {
        case ServiceState::running: return "running";
        case ServiceState::degraded: return "degraded";
        case ServiceState::failed: break;
    }
    return "failed";
}

/// "s3" of "s3-lifecycle": a reconciler is named after its service.
std::string service_of(const std::string& reconciler) {
    return reconciler.substr(0, reconciler.find('-'));
}

double seconds(base::Millis time) { return static_cast<double>(time.count()) / 1000; }

/// A service's state grows worse with each finding.
struct Verdict {
    ServiceState state = ServiceState::running;
    std::string why;
    Json reconcilers = Json::array();

    void add(ServiceState found, const std::string& reason) {
        state = std::max(state, found);
        if (found == ServiceState::running) return;
        why += (why.empty() ? "" : "; ") + reason;
    }
};

Json shown(const PassReport& report, base::Time now) {
    Json json{{"name", report.name}, {"passes", report.passes}, {"error", report.error}};
    json["last_pass_seconds_ago"] =
        report.last_ended ? Json(seconds(now - *report.last_ended)) : Json();
    json["at_work_seconds"] =
        report.at_work_since ? Json(seconds(now - *report.at_work_since)) : Json();
    return json;
}

}  // namespace

std::pair<ServiceState, std::string> judge(const PassReport& report, base::Time now) {
    const auto at_work = report.at_work_since ? now - *report.at_work_since : base::Millis{0};
    if (at_work > degraded_after) {
        return {at_work > failed_after ? ServiceState::failed : ServiceState::degraded,
                fmt::format("{}: a pass takes {:.0f} s", report.name, seconds(at_work))};
    }
    if (report.failing_since) {
        const auto failing = now - *report.failing_since;
        return {failing > failing_max ? ServiceState::failed : ServiceState::degraded,
                report.name + ": " + report.error};
    }
    if (!report.last_ended) {
        return {ServiceState::degraded, report.name + ": its first pass has not ended"};
    }
    return {ServiceState::running, {}};
}

/// Readable, and its writer's lock comes free; nothing is written.
Result<void> Health::look_at_store() const {
    TRY(store_.read()->get("health"));
    TRY(store_.write());
    return {};
}

Json Health::look(const std::vector<std::string>& services, base::Time now) const {
    std::map<std::string, Verdict> verdicts;
    for (const auto& name : services) verdicts[name];
    const auto add = [&](const std::string& service, ServiceState state, const std::string& why) {
        if (const auto found = verdicts.find(service); found != verdicts.end()) {
            found->second.add(state, why);
        }
    };
    if (const auto store = look_at_store(); !store) {
        for (const auto& name : services) {
            add(name, ServiceState::failed, "store: " + store.error().message);
        }
    }
    if (!why_not_.empty()) {
        for (const char* name : made_real) add(name, ServiceState::degraded, why_not_);
    }
    for (const auto& probe : probes_) {
        const auto outcome = probe.look();
        if (outcome) continue;
        for (const auto& name : probe.services) {
            add(name, ServiceState::failed, probe.name + ": " + outcome.error().message);
        }
    }
    for (const auto& report : reconcilers_.reports()) {
        const std::string service = service_of(report.name);
        const auto [state, why] = judge(report, now);
        add(service, state, why);
        if (const auto found = verdicts.find(service); found != verdicts.end()) {
            found->second.reconcilers.push_back(shown(report, now));
        }
    }
    Json json = Json::object();
    ServiceState worst = ServiceState::running;
    for (const auto& [name, verdict] : verdicts) {
        worst = std::max(worst, verdict.state);
        json[name] = {{"state", word(verdict.state)}, {"why", verdict.why}};
        if (!verdict.reconcilers.empty()) json[name]["reconcilers"] = verdict.reconcilers;
    }
    return {{"status", word(worst)}, {"services", std::move(json)}};
}

}  // namespace stormglass::app
