// From samples to what a game day says: pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/gameday/sample.h"
#include "app/gameday/script.h"

namespace stormglass::gameday {

struct Second {
    int good = 0, failed = 0;
    double p50_s = 0, p99_s = 0;  // Of those answered as they should be.
};

struct StepResult {
    StepRecord step;
    int failed = 0;          // Requests that failed between this step and the next.
    double recovery_s = 0;   // Recovery time (RTO): from the step to the last of them. 0: none failed.
    double write_gap_s = 0;  // Longest time without an acknowledged write that touches this span.
};

struct Verdict {
    std::string objective, wanted, measured;
    bool met = false;
};

struct Report {
    std::string name, description, begun;  // `begun`: ISO 8601.
    double duration_s = 0;
    int requests = 0, failed = 0, failed_seconds = 0, writes_acknowledged = 0;
    std::optional<int> writes_lost;  // Recovery point (RPO), in writes; nothing: it could not be found out.
    double availability_percent = 100, write_gap_s = 0;
    std::vector<Second> seconds;
    std::map<std::string, int> errors;  // By kind.
    std::vector<StepResult> steps;
    std::vector<Verdict> verdicts;
    std::vector<std::pair<double, std::string>> events;  // Of the daemon's timeline, by seconds.

    bool passed() const;
};

/// `samples` by time. `lost`: acknowledged writes that were not there afterwards; nothing: unknown, which fails an
/// objective about it.
Report analyse(const Script& script, const std::vector<Sample>& samples, const std::vector<StepRecord>& steps,
               std::optional<int> lost, double duration_s);

base::Json report_json(const Report& report);
std::string report_text(const Report& report);
/// One file without anything from outside: plots are inline SVG.
std::string report_html(const Report& report);

}  // namespace stormglass::gameday
