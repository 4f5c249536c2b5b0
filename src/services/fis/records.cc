#include "services/fis/records.h"

#include "api/fis.h"

namespace stormglass::fis {

bool is_over(const Experiment& experiment) {
    return experiment.status == "completed" || experiment.status == "stopped" ||
           experiment.status == "failed" || experiment.status == "cancelled";
}

bool is_over(const Run& run) {
    return run.status == "completed" || run.status == "stopped" || run.status == "failed" ||
           run.status == "cancelled" || run.status == "skipped";
}

Result<Template> find_template(wire::Request& request, const std::string& id) {
    const auto found = TRY(templates.get(request.tx(), {request.account, request.region, id}));
    if (!found) return api::resource_not_found("ExperimentTemplate " + id + " not found.");
    return *found;
}

Result<Experiment> find_experiment(wire::Request& request, const std::string& id) {
    const auto found = TRY(experiments.get(request.tx(), {request.account, request.region, id}));
    if (!found) return api::resource_not_found("Experiment " + id + " not found.");
    return *found;
}

void put(store::Tx& tx, const Template& one) {
    templates.put(tx, {one.account, one.region, one.id}, one);
}

void put(store::Tx& tx, const Experiment& one) {
    experiments.put(tx, {one.account, one.region, one.id}, one);
}

}  // namespace stormglass::fis
