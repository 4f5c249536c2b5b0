// The account's emergency brake.
#include "services/fis/service.h"

namespace stormglass::fis {
namespace {

Result<SafetyLever> find_lever(wire::Request& request, const std::string& id) {
    if (id != request.account) return api::resource_not_found("SafetyLever " + id + " not found.");
    return TRY(safety_levers.get(request.tx(), {request.account, request.region}))
        .value_or(SafetyLever{});
}

api::SafetyLever shape_of(const wire::Request& request, const SafetyLever& lever) {
    api::SafetyLever shape;
    shape.id = request.account;
    shape.arn = request.arn("fis", "safety-lever/" + request.account);
    shape.state.emplace();
    shape.state->status = lever.status;
    shape.state->reason = lever.reason;
    return shape;
}

}  // namespace

Result<api::GetSafetyLeverOutput> Service::get_safety_lever(wire::Request& request,
                                                            const api::GetSafetyLeverInput& input) {
    api::GetSafetyLeverOutput output;
    output.safety_lever = shape_of(request, TRY(find_lever(request, input.id)));
    return output;
}

Result<api::UpdateSafetyLeverStateOutput> Service::update_safety_lever_state(
    wire::Request& request, const api::UpdateSafetyLeverStateInput& input) {
    SafetyLever lever = TRY(find_lever(request, input.id));
    lever = {.status = input.state.status, .reason = input.state.reason};
    safety_levers.put(request.tx(), {request.account, request.region}, lever);
    api::UpdateSafetyLeverStateOutput output;
    output.safety_lever = shape_of(request, lever);
    return output;
}

}  // namespace stormglass::fis
