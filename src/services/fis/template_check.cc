// What a template may say. Everything that cannot be carried out is refused here, before an
// experiment counts on it.
#include <algorithm>
#include <array>

#include "services/fis/actions.h"
#include "services/fis/catalogue.h"
#include "services/fis/service.h"

namespace stormglass::fis {
namespace {

constexpr base::Seconds interruption_min{120}, interruption_max{15 * 60};
constexpr base::Seconds duration_min{60}, duration_max{12 * 3600};
constexpr std::size_t actions_max = 20, targets_max = 20, stop_conditions_max = 5;

bool has_parameter(std::span<const ParameterKind> kinds, const std::string& name) {
    return std::ranges::any_of(kinds, [&](const auto& kind) { return name == kind.name; });
}

Result<void> check_duration(const std::string& action, const std::string& name,
                            const std::string& text) {
    const auto period = parse_period(text);
    if (period && *period >= duration_min && *period <= duration_max) return {};
    return api::validation(fmt::format(
        "Action {}: parameter {} must be an ISO 8601 duration from PT1M to PT12H, not {}", action,
        name, text));
}

Result<void> check_values(const std::string& name, const Action& action) {
    for (const auto& [key, value] : action.parameters) {
        if (key == "durationBeforeInterruption") {
            const auto period = parse_period(value);
            if (!period || *period < interruption_min || *period > interruption_max) {
                return api::validation(
                    fmt::format("Action {}: {} must be from PT2M to PT15M", name, key));
            }
        }
        if (key == "duration" || key == "startInstancesAfterDuration")
            TRY(check_duration(name, key, value));
        if (key == "scope" && value != "all" && value != "availability-zone" && value != "vpc") {
            return api::validation(fmt::format(
                "Action {}: Stormglass disrupts the scopes all, availability-zone and vpc, not {}",
                name, value));
        }
        if (key == "percentage" && value != "100") {
            return api::validation(
                fmt::format("Action {}: Stormglass supports a percentage of 100 only", name));
        }
    }
    return {};
}

Result<void> check_parameters(const std::string& name, const Action& action,
                              const ActionKind& kind) {
    for (const auto& [key, value] : action.parameters) {
        if (has_parameter(kind.parameters, key)) continue;
        return api::validation(
            fmt::format("Action {}: {} has no parameter {}", name, kind.id, key));
    }
    for (const auto& wanted : kind.parameters) {
        if (!wanted.is_required || action.parameters.contains(wanted.name)) continue;
        return api::validation(
            fmt::format("Action {}: {} needs the parameter {}", name, kind.id, wanted.name));
    }
    return check_values(name, action);
}

Result<void> check_targets_of(const std::string& name, const Action& action, const ActionKind& kind,
                              const Plan& plan) {
    if (kind.target_key == nullptr) {
        if (action.targets.empty()) return {};
        return api::validation(fmt::format("Action {}: {} takes no targets", name, kind.id));
    }
    if (action.targets.size() != 1 || action.targets.begin()->first != kind.target_key) {
        return api::validation(fmt::format("Action {}: {} needs a target under the key {}", name,
                                           kind.id, kind.target_key));
    }
    const auto target = plan.targets.find(action.targets.begin()->second);
    if (target == plan.targets.end()) {
        return api::validation(
            fmt::format("Action {}: there is no target {}", name, action.targets.begin()->second));
    }
    if (target->second.resource_type == kind.resource_type) return {};
    return api::validation(fmt::format("Action {}: {} targets {}, not {}", name, kind.id,
                                       kind.resource_type, target->second.resource_type));
}

/// Do the actions wait for each other in a circle?
bool waits_for_itself(const Plan& plan, const std::string& name, const std::string& origin,
                      std::size_t depth) {
    if (depth > plan.actions.size()) return true;
    const auto at = plan.actions.find(name);
    if (at == plan.actions.end()) return false;
    return std::ranges::any_of(at->second.start_after, [&](const std::string& before) {
        return before == origin || waits_for_itself(plan, before, origin, depth + 1);
    });
}

Result<void> check_action(const std::string& name, const Action& action, const Plan& plan) {
    const auto* kind = find_action_kind(action.action_id);
    if (kind == nullptr) {
        return api::validation(
            fmt::format("Action {}: Stormglass cannot carry out {}; ListActions says what it can",
                        name, action.action_id));
    }
    TRY(check_parameters(name, action, *kind));
    TRY(check_targets_of(name, action, *kind, plan));
    for (const auto& before : action.start_after) {
        if (plan.actions.contains(before)) continue;
        return api::validation(
            fmt::format("Action {}: startAfter names no action: {}", name, before));
    }
    if (waits_for_itself(plan, name, name, 0)) {
        return api::validation(fmt::format("Action {}: startAfter leads in a circle", name));
    }
    return {};
}

Result<void> check_target(const std::string& name, const Target& target) {
    const auto* kind = find_resource_kind(target.resource_type);
    if (kind == nullptr) {
        return api::validation(fmt::format("Target {}: Stormglass knows no resource type {}", name,
                                           target.resource_type));
    }
    if (target.arns.empty() == (target.tags.empty() && target.parameters.empty())) {
        return api::validation(fmt::format(
            "Target {}: specify either resourceArns, or resourceTags or parameters", name));
    }
    if (!selected_count(target.selection_mode, 0)) {
        return api::validation(
            fmt::format("Target {}: invalid selection mode {}", name, target.selection_mode));
    }
    for (const auto& [key, value] : target.parameters) {
        if (has_parameter(kind->parameters, key)) continue;
        return api::validation(
            fmt::format("Target {}: {} has no parameter {}", name, kind->type, key));
    }
    return {};
}

Result<void> check_stop_conditions(const Plan& plan) {
    for (const auto& condition : plan.stop_conditions) {
        const bool alarm = condition.source == "aws:cloudwatch:alarm";
        if (!alarm && condition.source != "none") {
            return api::validation("Invalid stop condition source " + condition.source);
        }
        if (alarm && condition.value.find(":alarm:") == std::string::npos) {
            return api::validation(
                "A stop condition of the source aws:cloudwatch:alarm needs the ARN of an alarm");
        }
    }
    return {};
}

}  // namespace

Result<void> check_plan(const Plan& plan) {
    if (plan.actions.empty())
        return api::validation("An experiment template needs at least one action");
    if (plan.actions.size() > actions_max || plan.targets.size() > targets_max ||
        plan.stop_conditions.size() > stop_conditions_max) {
        return api::service_quota_exceeded(
            fmt::format("At most {} actions, {} targets and {} stop conditions", actions_max,
                        targets_max, stop_conditions_max));
    }
    if (plan.stop_conditions.empty())
        return api::validation("stopConditions must not be empty; its source may be none");
    for (const auto& [name, target] : plan.targets) TRY(check_target(name, target));
    for (const auto& [name, action] : plan.actions) TRY(check_action(name, action, plan));
    return check_stop_conditions(plan);
}

}  // namespace stormglass::fis
