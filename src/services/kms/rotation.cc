// Rotation: a key gets new material and keeps the old, so that what was encrypted stays readable.
#include "services/common/ids.h"
#include "services/kms/service.h"

namespace stormglass::kms {
namespace {

constexpr std::int64_t period_default_days = 365, list_default = 100;
constexpr std::size_t on_demand_max = 25;  // AWS's limit for the life of a key.

Result<void> customer_managed(const Key& key) {
    if (key.manager == manager::customer) return {};
    return aws_error("AccessDeniedException", "AWS managed keys are rotated by AWS.");
}

}  // namespace

Result<api::EnableKeyRotationOutput> Service::enable_key_rotation(
    wire::Request& request, const api::EnableKeyRotationInput& input) {
    auto key = TRY(manage(request, input.key_id, "EnableKeyRotation"));
    TRY(customer_managed(key));
    TRY(must_be_enabled(key));
    const auto days = static_cast<int>(input.rotation_period_in_days.value_or(
        key.next_rotation ? key.rotation_period_days : period_default_days));
    if (!key.next_rotation || days != key.rotation_period_days) {
        key.rotation_period_days = days;
        key.next_rotation = request.now + base::Days{days};
    }
    put_key(request.tx(), key);
    return api::EnableKeyRotationOutput{};
}

Result<api::DisableKeyRotationOutput> Service::disable_key_rotation(
    wire::Request& request, const api::DisableKeyRotationInput& input) {
    auto key = TRY(manage(request, input.key_id, "DisableKeyRotation"));
    TRY(customer_managed(key));
    TRY(must_be_enabled(key));
    key.next_rotation.reset();
    put_key(request.tx(), key);
    return api::DisableKeyRotationOutput{};
}

Result<api::GetKeyRotationStatusOutput> Service::get_key_rotation_status(
    wire::Request& request, const api::GetKeyRotationStatusInput& input) {
    const auto key = TRY(manage(request, input.key_id, "GetKeyRotationStatus"));
    api::GetKeyRotationStatusOutput output;
    output.key_id = key.arn;
    output.key_rotation_enabled =
        key.next_rotation.has_value() && key.state != state::pending_deletion;
    if (*output.key_rotation_enabled) {
        output.rotation_period_in_days = key.rotation_period_days;
        output.next_rotation_date = key.next_rotation;
    }
    return output;
}

Result<api::RotateKeyOnDemandOutput> Service::rotate_key_on_demand(
    wire::Request& request, const api::RotateKeyOnDemandInput& input) {
    auto key = TRY(manage(request, input.key_id, "RotateKeyOnDemand"));
    TRY(customer_managed(key));
    TRY(must_be_enabled(key));
    std::size_t before = 0;
    for (const auto& material : key.materials) before += material.rotation == "ON_DEMAND";
    if (before >= on_demand_max) {
        return api::limit_exceeded(
            fmt::format("{} has been rotated on demand {} times.", key.arn, on_demand_max));
    }
    key.materials.push_back(TRY(materials_.make(key.id, request.now, "ON_DEMAND")));
    put_key(request.tx(), key);
    api::RotateKeyOnDemandOutput output;
    output.key_id = key.arn;
    return output;
}

Result<api::ListKeyRotationsOutput> Service::list_key_rotations(
    wire::Request& request, const api::ListKeyRotationsInput& input) {
    const auto key = TRY(manage(request, input.key_id, "ListKeyRotations"));
    const std::string include = input.include_key_material.value_or("ROTATIONS_ONLY");
    std::vector<api::RotationsListEntry> entries;
    for (std::size_t i = 0; i < key.materials.size(); ++i) {
        const auto& material = key.materials[i];
        if (material.rotation.empty() && include == "ROTATIONS_ONLY") continue;
        auto& entry = entries.emplace_back();
        entry.key_id = key.arn;
        entry.key_material_id = material.id;
        entry.key_material_state = i + 1 == key.materials.size() ? "CURRENT" : "NON_CURRENT";
        if (material.rotation.empty()) continue;
        entry.rotation_date = material.created;
        entry.rotation_type = material.rotation;
    }
    auto page = services::page_of(std::move(entries), input.marker.value_or(""),
                                  static_cast<std::size_t>(input.limit.value_or(list_default)));
    if (!page) return api::invalid_marker("Invalid marker");
    api::ListKeyRotationsOutput output;
    output.rotations = std::move(page->items);
    output.truncated = !page->next.empty();
    if (*output.truncated) output.next_marker = page->next;
    return output;
}

}  // namespace stormglass::kms
