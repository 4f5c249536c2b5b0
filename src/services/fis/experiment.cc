// Experiments: started from a template, looked at, and stopped. The runner carries them out.
#include <algorithm>

#include "services/common/ids.h"
#include "services/fis/service.h"
#include "services/fis/targets.h"

namespace stormglass::fis {
namespace {

constexpr std::int64_t page_size = 100;
constexpr std::size_t running_max = 5;

Result<void> check_start(wire::Request& request) {
    const auto lever = TRY(safety_levers.get(request.tx(), {request.account, request.region}));
    if (lever && lever->status == "engaged") {
        return api::conflict("The safety lever is engaged: " + lever->reason);
    }
    std::size_t running = 0;
    TRY(experiments.scan(request.tx(), {request.account, request.region},
                         [&](const Experiment& one) {
                             if (!is_over(one)) ++running;
                         }));
    if (running >= running_max) {
        return api::service_quota_exceeded(
            fmt::format("At most {} experiments run at once", running_max));
    }
    return {};
}

/// AWS's key of what a resolved target is, in targetInformation.
std::string information_key(std::string_view type) {
    if (type == "aws:ec2:instance" || type == "aws:ec2:spot-instance") return "instanceArn";
    if (type == "aws:ec2:subnet") return "subnetArn";
    return type == "aws:rds:db" ? "dbInstanceArn" : "autoScalingGroupArn";
}

}  // namespace

Result<api::StartExperimentOutput> Service::start_experiment(
    wire::Request& request, const api::StartExperimentInput& input) {
    TRY(request.authorize(
        {"fis:StartExperiment",
         request.arn("fis", "experiment-template/" + input.experiment_template_id),
         {},
         {},
         {},
         {}}));
    TRY(request.authorize(
        {"fis:StartExperiment", request.arn("fis", "experiment/*"), {}, {}, {}, {}}));
    const Template from = TRY(find_template(request, input.experiment_template_id));
    Experiment one;
    bool is_repeat = false;
    TRY(experiments.scan(request.tx(), {request.account, request.region},
                         [&](const Experiment& there) {
                             if (there.client_token != input.client_token) return;
                             one = there;
                             is_repeat = true;
                         }));
    if (!is_repeat) {
        TRY(check_start(request));
        one = {.account = request.account,
               .region = request.region,
               .id = "EXP" + random_.hex(15),
               .template_id = from.id,
               .client_token = input.client_token,
               .plan = from.plan,
               .created = request.now};
        one.arn = request.arn("fis", "experiment/" + one.id);
        one.reason = "Experiment is pending.";
        one.tags = {input.tags.begin(), input.tags.end()};
        if (input.experiment_options)
            one.actions_mode = input.experiment_options->actions_mode.value_or("run-all");
        for (const auto& [name, action] : one.plan.actions) {
            one.runs[name] = {.status = "pending", .reason = "Initial state"};
        }
        put(request.tx(), one);
    }
    api::StartExperimentOutput output;
    output.experiment = shape_of(one);
    return output;
}

Result<api::GetExperimentOutput> Service::get_experiment(wire::Request& request,
                                                         const api::GetExperimentInput& input) {
    api::GetExperimentOutput output;
    output.experiment = shape_of(TRY(find_experiment(request, input.id)));
    return output;
}

Result<api::StopExperimentOutput> Service::stop_experiment(wire::Request& request,
                                                           const api::StopExperimentInput& input) {
    Experiment one = TRY(find_experiment(request, input.id));
    if (is_over(one)) {
        return api::validation(
            fmt::format("Experiment {} is {} and cannot be stopped.", one.id, one.status));
    }
    one.stop_wanted = true;
    one.stop_reason = "Experiment stopped by user.";
    put(request.tx(), one);
    api::StopExperimentOutput output;
    output.experiment = shape_of(one);
    output.experiment->state->status = "stopping";
    return output;
}

Result<api::ListExperimentsOutput> Service::list_experiments(
    wire::Request& request, const api::ListExperimentsInput& input) {
    auto all = TRY(experiments.all(request.tx(), {request.account, request.region}));
    if (input.experiment_template_id) {
        std::erase_if(all, [&](const Experiment& one) {
            return one.template_id != *input.experiment_template_id;
        });
    }
    auto page = services::page_of(std::move(all), input.next_token.value_or(""),
                                  static_cast<std::size_t>(input.max_results.value_or(page_size)));
    if (!page) return api::validation("Invalid nextToken");
    api::ListExperimentsOutput output;
    for (const auto& one : page->items) {
        const auto whole = shape_of(one);
        auto& shown = output.experiments.emplace_back();
        shown.id = one.id;
        shown.arn = one.arn;
        shown.experiment_template_id = one.template_id;
        shown.state = whole.state;
        shown.creation_time = one.created;
        shown.tags = whole.tags;
        shown.experiment_options = whole.experiment_options;
    }
    if (!page->next.empty()) output.next_token = page->next;
    return output;
}

Result<api::ListExperimentResolvedTargetsOutput> Service::list_experiment_resolved_targets(
    wire::Request& request, const api::ListExperimentResolvedTargetsInput& input) {
    const Experiment one = TRY(find_experiment(request, input.experiment_id));
    std::vector<api::ResolvedTarget> all;
    for (const auto& [name, arns] : one.resolved) {
        if (input.target_name && name != *input.target_name) continue;
        const std::string& type = one.plan.targets.at(name).resource_type;
        for (const auto& arn : arns) {
            auto& shown = all.emplace_back();
            shown.resource_type = type;
            shown.target_name = name;
            shown.target_information = wire::Map<std::string>(Texts{{information_key(type), arn}});
        }
    }
    auto page = services::page_of(std::move(all), input.next_token.value_or(""),
                                  static_cast<std::size_t>(input.max_results.value_or(page_size)));
    if (!page) return api::validation("Invalid nextToken");
    api::ListExperimentResolvedTargetsOutput output;
    for (auto& shown : page->items) output.resolved_targets.push_back(std::move(shown));
    if (!page->next.empty()) output.next_token = page->next;
    return output;
}

}  // namespace stormglass::fis
