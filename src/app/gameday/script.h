// A game day's script: load, a sequence of failures, and the objectives that must hold meanwhile. JSON; README.md
// beside this file describes each member.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace stormglass::gameday {

inline constexpr double duration_max_s = 3600;
inline constexpr int threads_max = 64;
inline constexpr std::size_t steps_max = 100;

struct Step {
    double at_s = 0;  // After the load began.
    std::string action;
    std::string title;  // For people; made from the action where the script gives none.
    base::Json with;    // The action's own members.
};

/// Each is checked only if given.
struct Objectives {
    std::optional<double> availability_percent;  // Of all requests, at least.
    std::optional<double> recovery_s;            // From a step to its last failed request, at most.
    std::optional<double> write_gap_s;           // Longest time without an acknowledged write, at most.
    std::optional<int> failed_seconds;           // Seconds with any failed request, at most.
    std::optional<int> lost_writes;              // Acknowledged and not there afterwards, at most.
};

struct Load {
    std::string scheme = "https";
    std::string load_balancer;  // Name; empty: the only one.
    std::string read_path = "/", write_path = "/api/entries";
    int readers = 4, writers = 2;
    double pause_s = 0.01;  // Of each reader and writer between two requests.
    double timeout_s = 10;
};

struct Script {
    std::string name, description;
    double duration_s = 60;
    Load load;
    std::vector<Step> steps;  // By time.
    Objectives objectives;
};

/// What is wrong is named with its place ("steps[2].zone: ..."). Unknown members are errors: a mistyped objective
/// must not pass for one that was met.
Result<Script> parse_script(std::string_view text);

}  // namespace stormglass::gameday
