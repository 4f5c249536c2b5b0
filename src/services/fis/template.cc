// Experiment templates: what to break, whose rights to use, and when to stop.
#include "services/common/ids.h"
#include "services/fis/service.h"

namespace stormglass::fis {
namespace {

constexpr std::int64_t page_size = 100;

Texts texts(const wire::Map<std::string>& from) { return {from.begin(), from.end()}; }

template <class Input>
Target target_of(const Input& from) {
    Target target;
    target.resource_type = from.resource_type;
    target.selection_mode = from.selection_mode;
    target.arns = {from.resource_arns.begin(), from.resource_arns.end()};
    target.tags = texts(from.resource_tags);
    target.parameters = texts(from.parameters);
    for (const auto& filter : from.filters) {
        target.filters.push_back({filter.path, {filter.values.begin(), filter.values.end()}});
    }
    return target;
}

template <class Input>
Action action_of(const Input& from, std::string action_id) {
    Action action;
    action.action_id = std::move(action_id);
    action.description = from.description.value_or("");
    action.parameters = texts(from.parameters);
    action.targets = texts(from.targets);
    action.start_after = {from.start_after.begin(), from.start_after.end()};
    return action;
}

template <class List>
std::vector<StopCondition> conditions_of(const List& from) {
    std::vector<StopCondition> conditions;
    for (const auto& one : from) conditions.push_back({one.source, one.value.value_or("")});
    return conditions;
}

/// What would be a promise without effect.
template <class Input>
Result<void> check_promises(const Input& input) {
    if (input.log_configuration) {
        return api::validation(
            "Stormglass does not write experiment logs; leave out logConfiguration");
    }
    if (input.experiment_report_configuration) {
        return api::validation(
            "Stormglass does not make experiment reports; leave out experimentReportConfiguration");
    }
    return {};
}

}  // namespace

Result<api::CreateExperimentTemplateOutput> Service::create_experiment_template(
    wire::Request& request, const api::CreateExperimentTemplateInput& input) {
    TRY(check_promises(input));
    const auto& options = input.experiment_options;
    if (options && options->account_targeting.value_or("single-account") != "single-account") {
        return api::validation("Stormglass runs experiments in one account only");
    }
    Template one;
    bool is_repeat = false;
    TRY(templates.scan(request.tx(), {request.account, request.region}, [&](const Template& there) {
        if (there.client_token != input.client_token) return;
        one = there;
        is_repeat = true;
    }));
    if (!is_repeat) {
        one = {.account = request.account,
               .region = request.region,
               .id = "EXT" + random_.hex(15),
               .description = input.description,
               .client_token = input.client_token,
               .tags = texts(input.tags),
               .created = request.now,
               .updated = request.now};
        one.arn = request.arn("fis", "experiment-template/" + one.id);
        one.plan.role_arn = input.role_arn;
        if (options)
            one.plan.empty_targets = options->empty_target_resolution_mode.value_or("fail");
        one.plan.stop_conditions = conditions_of(input.stop_conditions);
        for (const auto& [name, target] : input.targets) one.plan.targets[name] = target_of(target);
        for (const auto& [name, action] : input.actions) {
            one.plan.actions[name] = action_of(action, action.action_id);
        }
        TRY(check_plan(one.plan));
        put(request.tx(), one);
    }
    api::CreateExperimentTemplateOutput output;
    output.experiment_template = shape_of(one);
    return output;
}

Result<api::UpdateExperimentTemplateOutput> Service::update_experiment_template(
    wire::Request& request, const api::UpdateExperimentTemplateInput& input) {
    TRY(check_promises(input));
    Template one = TRY(find_template(request, input.id));
    if (input.description) one.description = *input.description;
    if (input.role_arn) one.plan.role_arn = *input.role_arn;
    if (input.stop_conditions.given())
        one.plan.stop_conditions = conditions_of(input.stop_conditions);
    if (input.experiment_options) {
        one.plan.empty_targets =
            input.experiment_options->empty_target_resolution_mode.value_or("fail");
    }
    if (input.targets.given()) {
        one.plan.targets.clear();
        for (const auto& [name, target] : input.targets) one.plan.targets[name] = target_of(target);
    }
    if (input.actions.given()) {
        one.plan.actions.clear();
        for (const auto& [name, action] : input.actions) {
            one.plan.actions[name] = action_of(action, action.action_id.value_or(""));
        }
    }
    one.updated = request.now;
    TRY(check_plan(one.plan));
    put(request.tx(), one);
    api::UpdateExperimentTemplateOutput output;
    output.experiment_template = shape_of(one);
    return output;
}

Result<api::GetExperimentTemplateOutput> Service::get_experiment_template(
    wire::Request& request, const api::GetExperimentTemplateInput& input) {
    api::GetExperimentTemplateOutput output;
    output.experiment_template = shape_of(TRY(find_template(request, input.id)));
    return output;
}

Result<api::DeleteExperimentTemplateOutput> Service::delete_experiment_template(
    wire::Request& request, const api::DeleteExperimentTemplateInput& input) {
    const Template one = TRY(find_template(request, input.id));
    templates.erase(request.tx(), {one.account, one.region, one.id});
    api::DeleteExperimentTemplateOutput output;
    output.experiment_template = shape_of(one);
    return output;
}

Result<api::ListExperimentTemplatesOutput> Service::list_experiment_templates(
    wire::Request& request, const api::ListExperimentTemplatesInput& input) {
    auto page =
        services::page_of(TRY(templates.all(request.tx(), {request.account, request.region})),
                          input.next_token.value_or(""),
                          static_cast<std::size_t>(input.max_results.value_or(page_size)));
    if (!page) return api::validation("Invalid nextToken");
    api::ListExperimentTemplatesOutput output;
    for (const auto& one : page->items) {
        auto& shown = output.experiment_templates.emplace_back();
        shown.id = one.id;
        shown.arn = one.arn;
        shown.description = one.description;
        shown.creation_time = one.created;
        shown.last_update_time = one.updated;
        shown.tags = wire::Map<std::string>(one.tags);
    }
    if (!page->next.empty()) output.next_token = page->next;
    return output;
}

}  // namespace stormglass::fis
