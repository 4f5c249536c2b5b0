#include "app/gameday/analysis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace stormglass::gameday {
namespace {

double quantile(std::vector<double>& sorted, double part) {
    if (sorted.empty()) return 0;
    const auto index = static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1) + 0.5);
    return sorted[index];
}

std::vector<Second> per_second(const std::vector<Sample>& samples, double duration_s) {
    std::vector<Second> seconds(static_cast<std::size_t>(std::ceil(duration_s)) + 1);
    std::vector<std::vector<double>> latencies(seconds.size());
    for (const auto& one : samples) {
        const auto n = std::min(static_cast<std::size_t>(one.at_s), seconds.size() - 1);
        if (one.error.empty()) {
            ++seconds[n].good;
            latencies[n].push_back(one.latency_s);
        } else {
            ++seconds[n].failed;
        }
    }
    for (std::size_t n = 0; n < seconds.size(); ++n) {
        std::sort(latencies[n].begin(), latencies[n].end());
        seconds[n].p50_s = quantile(latencies[n], 0.5);
        seconds[n].p99_s = quantile(latencies[n], 0.99);
    }
    return seconds;
}

/// The longest time without an acknowledged write that touches [from, to); ends of the run count as acknowledgements.
double write_gap(const std::vector<Sample>& samples, double from, double to) {
    double last = 0, longest = 0;
    bool any = false;
    for (const auto& one : samples) {
        if (one.kind != Kind::write) continue;
        any = true;
        if (!one.error.empty()) continue;
        if (one.at_s >= from && last < to) longest = std::max(longest, one.at_s - last);
        last = one.at_s;
    }
    if (any && last < to) longest = std::max(longest, to - std::max(last, from));
    return longest;
}

StepResult step_result(const std::vector<Sample>& samples, const StepRecord& step, double until) {
    StepResult result{.step = step};
    for (const auto& one : samples) {
        if (one.error.empty() || one.at_s < step.at_s || one.at_s >= until) continue;
        ++result.failed;
        result.recovery_s = one.at_s - step.at_s;
    }
    result.write_gap_s = write_gap(samples, step.at_s, until);
    return result;
}

void judge(Report& report, const Objectives& goals) {
    const auto add = [&](const char* objective, const std::string& wanted, const std::string& measured, bool met) {
        report.verdicts.push_back({objective, wanted, measured, met});
    };
    double recovery = 0;
    for (const auto& step : report.steps) recovery = std::max(recovery, step.recovery_s);
    if (const auto& goal = goals.availability_percent) {
        add("availability", fmt::format("at least {} %", *goal), fmt::format("{:.3f} %", report.availability_percent),
            report.availability_percent >= *goal);
    }
    if (const auto& goal = goals.recovery_s) {
        add("recovery", fmt::format("at most {} s", *goal), fmt::format("{:.2f} s", recovery), recovery <= *goal);
    }
    if (const auto& goal = goals.write_gap_s) {
        add("time without a write", fmt::format("at most {} s", *goal), fmt::format("{:.2f} s", report.write_gap_s),
            report.write_gap_s <= *goal);
    }
    if (const auto& goal = goals.failed_seconds) {
        add("seconds with failures", fmt::format("at most {}", *goal), std::to_string(report.failed_seconds),
            report.failed_seconds <= *goal);
    }
    if (const auto& goal = goals.lost_writes) {
        add("acknowledged writes lost", fmt::format("at most {}", *goal),
            report.writes_lost ? std::to_string(*report.writes_lost) : "unknown",
            report.writes_lost && *report.writes_lost <= *goal);
    }
    if (report.requests == 0) add("load", "some requests", "none", false);
    for (const auto& step : report.steps) {
        if (!step.step.trouble.empty()) add("every step carried out", step.step.title, step.step.trouble, false);
    }
}

}  // namespace

bool Report::passed() const {
    return std::all_of(verdicts.begin(), verdicts.end(), [](const Verdict& one) { return one.met; });
}

Report analyse(const Script& script, const std::vector<Sample>& samples, const std::vector<StepRecord>& steps,
               std::optional<int> lost, double duration_s) {
    Report report{.name = script.name, .description = script.description};
    report.duration_s = duration_s;
    report.requests = static_cast<int>(samples.size());
    report.writes_lost = lost;
    for (const auto& one : samples) {
        if (one.error.empty()) {
            report.writes_acknowledged += one.kind == Kind::write ? 1 : 0;
        } else {
            ++report.failed;
            ++report.errors[(one.kind == Kind::read ? "read: " : "write: ") + one.error];
        }
    }
    if (report.requests > 0) report.availability_percent = 100.0 * (report.requests - report.failed) / report.requests;
    report.seconds = per_second(samples, duration_s);
    for (const auto& one : report.seconds) report.failed_seconds += one.failed > 0 ? 1 : 0;
    report.write_gap_s = write_gap(samples, 0, duration_s);
    for (std::size_t n = 0; n < steps.size(); ++n) {
        const double until = n + 1 < steps.size() ? steps[n + 1].at_s : duration_s + 1;
        report.steps.push_back(step_result(samples, steps[n], until));
    }
    judge(report, script.objectives);
    return report;
}

}  // namespace stormglass::gameday
