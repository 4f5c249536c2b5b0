// What can be done and to what: the catalogue, as the API lists it.
#include "services/common/ids.h"
#include "services/fis/catalogue.h"
#include "services/fis/service.h"

namespace stormglass::fis {
namespace {

constexpr std::int64_t page_size = 100;

template <class Shape>
void show(const wire::Request& request, const ActionKind& kind, Shape& to) {
    to.id = kind.id;
    to.arn = action_arn(request.region, request.account, kind.id);
    to.description = kind.description;
    to.tags.present = true;
    if (kind.target_key != nullptr) to.targets[kind.target_key].resource_type = kind.resource_type;
}

template <class Kind>
Result<services::Page<const Kind*>> page(std::span<const Kind> kinds,
                                         const std::optional<std::string>& token,
                                         const std::optional<std::int64_t>& size) {
    std::vector<const Kind*> all;
    for (const auto& kind : kinds) all.push_back(&kind);
    auto found = services::page_of(std::move(all), token.value_or(""),
                                   static_cast<std::size_t>(size.value_or(page_size)));
    if (!found) return api::validation("Invalid nextToken");
    return found;
}

}  // namespace

Result<api::GetActionOutput> Service::get_action(wire::Request& request,
                                                 const api::GetActionInput& input) {
    const auto* kind = find_action_kind(input.id);
    if (kind == nullptr) return api::resource_not_found("Action " + input.id + " not found.");
    api::GetActionOutput output;
    auto& shown = output.action.emplace();
    show(request, *kind, shown);
    for (const auto& parameter : kind->parameters) {
        shown.parameters[parameter.name].description = parameter.description;
        shown.parameters[parameter.name].required = parameter.is_required;
    }
    return output;
}

Result<api::ListActionsOutput> Service::list_actions(wire::Request& request,
                                                     const api::ListActionsInput& input) {
    auto found = TRY(page(action_kinds(), input.next_token, input.max_results));
    api::ListActionsOutput output;
    for (const auto* kind : found.items) show(request, *kind, output.actions.emplace_back());
    if (!found.next.empty()) output.next_token = found.next;
    return output;
}

Result<api::GetTargetResourceTypeOutput> Service::get_target_resource_type(
    wire::Request& /*request*/, const api::GetTargetResourceTypeInput& input) {
    const auto* kind = find_resource_kind(input.resource_type);
    if (kind == nullptr)
        return api::resource_not_found("TargetResourceType " + input.resource_type + " not found.");
    api::GetTargetResourceTypeOutput output;
    auto& shown = output.target_resource_type.emplace();
    shown.resource_type = kind->type;
    shown.description = kind->description;
    shown.parameters.present = true;
    for (const auto& parameter : kind->parameters) {
        shown.parameters[parameter.name].description = parameter.description;
        shown.parameters[parameter.name].required = parameter.is_required;
    }
    return output;
}

Result<api::ListTargetResourceTypesOutput> Service::list_target_resource_types(
    wire::Request& /*request*/, const api::ListTargetResourceTypesInput& input) {
    auto found = TRY(page(resource_kinds(), input.next_token, input.max_results));
    api::ListTargetResourceTypesOutput output;
    for (const auto* kind : found.items) {
        auto& shown = output.target_resource_types.emplace_back();
        shown.resource_type = kind->type;
        shown.description = kind->description;
    }
    if (!found.next.empty()) output.next_token = found.next;
    return output;
}

}  // namespace stormglass::fis
