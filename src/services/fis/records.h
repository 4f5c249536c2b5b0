// What FIS keeps: experiment templates, and experiments with how far each of their actions is.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "store/table.h"
#include "wire/request.h"

namespace stormglass::fis {

using Texts = std::map<std::string, std::string>;

struct Filter {
    std::string path;
    std::vector<std::string> values;
};
STORMGLASS_JSON(Filter, path, values)

struct Target {
    std::string resource_type, selection_mode;
    std::vector<std::string> arns;
    Texts tags;
    std::vector<Filter> filters;
    Texts parameters;
};
STORMGLASS_JSON(Target, resource_type, selection_mode, arns, tags, filters, parameters)

struct Action {
    std::string action_id, description;
    Texts parameters, targets;
    std::vector<std::string> start_after;
};
STORMGLASS_JSON(Action, action_id, description, parameters, targets, start_after)

/// Of an alarm; source "none" is kept as it was given.
struct StopCondition {
    std::string source, value;
};
STORMGLASS_JSON(StopCondition, source, value)

/// What templates and the experiments started from them have in common.
struct Plan {
    std::string role_arn;
    std::map<std::string, Target> targets;
    std::map<std::string, Action> actions;
    std::vector<StopCondition> stop_conditions;
    std::string empty_targets = "fail";  // Or "skip".
};
STORMGLASS_JSON(Plan, role_arn, targets, actions, stop_conditions, empty_targets)

struct Template {
    std::string account, region, id, arn, description, client_token;
    Plan plan;
    Texts tags;
    base::Time created{}, updated{};
};
STORMGLASS_JSON(Template, account, region, id, arn, description, client_token, plan, tags, created,
                updated)

/// How far one action is. `undo` is written before anything is changed: what its end puts back.
struct Run {
    std::string status = "pending", reason;
    base::Time started{}, ended{};
    Texts undo;
};
STORMGLASS_JSON(Run, status, reason, started, ended, undo)

struct Experiment {
    std::string account, region, id, arn, template_id, client_token;
    Plan plan;
    Texts tags;
    std::string actions_mode = "run-all";
    std::string status = "pending", reason, error_code, error_location;
    base::Time created{}, started{}, ended{};
    std::map<std::string, Run> runs;                           // By action.
    std::map<std::string, std::vector<std::string>> resolved;  // ARNs by target.
    bool stop_wanted = false;
    std::string stop_reason;
};
STORMGLASS_JSON(Experiment, account, region, id, arn, template_id, client_token, plan, tags,
                actions_mode, status, reason, error_code, error_location, created, started, ended,
                runs, resolved, stop_wanted, stop_reason)

/// The account's lever: engaged, it stops what runs and refuses what would start.
struct SafetyLever {
    std::string status = "disengaged", reason;
};
STORMGLASS_JSON(SafetyLever, status, reason)

inline constexpr store::Table<Template> templates{"fis/template"};        // {account, region, id}
inline constexpr store::Table<Experiment> experiments{"fis/experiment"};  // {account, region, id}
inline constexpr store::Table<SafetyLever> safety_levers{"fis/lever"};    // {account, region}

/// Has it come to its end, whatever that is?
bool is_over(const Experiment& experiment);
bool is_over(const Run& run);

/// ResourceNotFoundException in AWS's words when there is none.
Result<Template> find_template(wire::Request& request, const std::string& id);
Result<Experiment> find_experiment(wire::Request& request, const std::string& id);
void put(store::Tx& tx, const Template& one);
void put(store::Tx& tx, const Experiment& one);

}  // namespace stormglass::fis
