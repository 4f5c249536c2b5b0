// Records as the API shows them.
#include "services/fis/service.h"

namespace stormglass::fis {
namespace {

wire::Map<std::string> map_of(const Texts& from) { return wire::Map<std::string>(from); }
wire::List<std::string> list_of(const std::vector<std::string>& from) {
    return wire::List<std::string>(from);
}
std::optional<std::string> some(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}
std::optional<base::Time> some(base::Time time) {
    return time == base::Time{} ? std::nullopt : std::optional(time);
}

template <class Shape>
void show_target(const Target& from, Shape& to) {
    to.resource_type = from.resource_type;
    to.selection_mode = from.selection_mode;
    if (!from.arns.empty()) to.resource_arns = list_of(from.arns);
    if (!from.tags.empty()) to.resource_tags = map_of(from.tags);
    if (!from.parameters.empty()) to.parameters = map_of(from.parameters);
    for (const auto& filter : from.filters) {
        auto& shown = to.filters.emplace_back();
        shown.path = filter.path;
        shown.values = list_of(filter.values);
    }
}

template <class Shape>
void show_action(const Action& from, Shape& to) {
    to.action_id = from.action_id;
    to.description = some(from.description);
    if (!from.parameters.empty()) to.parameters = map_of(from.parameters);
    if (!from.targets.empty()) to.targets = map_of(from.targets);
    if (!from.start_after.empty()) to.start_after = list_of(from.start_after);
}

template <class Shape>
void show_plan(const Plan& plan, Shape& to) {
    to.role_arn = plan.role_arn;
    to.target_account_configurations_count = 0;
    to.experiment_options.emplace();
    to.experiment_options->account_targeting = "single-account";
    to.experiment_options->empty_target_resolution_mode = plan.empty_targets;
    to.targets.present = to.actions.present = true;
    for (const auto& condition : plan.stop_conditions) {
        auto& shown = to.stop_conditions.emplace_back();
        shown.source = condition.source;
        shown.value = some(condition.value);
    }
    for (const auto& [name, target] : plan.targets) show_target(target, to.targets[name]);
    for (const auto& [name, action] : plan.actions) show_action(action, to.actions[name]);
}

}  // namespace

api::ExperimentTemplate shape_of(const Template& one) {
    api::ExperimentTemplate shape;
    shape.id = one.id;
    shape.arn = one.arn;
    shape.description = one.description;
    shape.creation_time = one.created;
    shape.last_update_time = one.updated;
    shape.tags = map_of(one.tags);
    show_plan(one.plan, shape);
    return shape;
}

api::Experiment shape_of(const Experiment& one) {
    api::Experiment shape;
    shape.id = one.id;
    shape.arn = one.arn;
    shape.experiment_template_id = one.template_id;
    shape.state.emplace();
    shape.state->status = one.status;
    shape.state->reason = some(one.reason);
    if (!one.error_code.empty()) {
        shape.state->error.emplace();
        shape.state->error->account_id = one.account;
        shape.state->error->code = one.error_code;
        shape.state->error->location = some(one.error_location);
    }
    shape.creation_time = one.created;
    shape.start_time = some(one.started);
    shape.end_time = some(one.ended);
    shape.tags = map_of(one.tags);
    show_plan(one.plan, shape);
    shape.experiment_options->actions_mode = one.actions_mode;
    for (const auto& [name, run] : one.runs) {
        auto& shown = shape.actions[name];
        shown.state.emplace();
        shown.state->status = run.status;
        shown.state->reason = some(run.reason);
        shown.start_time = some(run.started);
        shown.end_time = some(run.ended);
    }
    return shape;
}

}  // namespace stormglass::fis
