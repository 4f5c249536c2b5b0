// Enabling, disabling, and the delayed end of a key. The end itself is the reconciler's.
#include "services/kms/service.h"

namespace stormglass::kms {
namespace {

constexpr std::int64_t window_min_days = 7, window_max_days = 30;

Unexpected pending(const Key& key) {
    return api::kms_invalid_state(key.arn + " is pending deletion.");
}

}  // namespace

Result<void> must_not_be_pending(const Key& key) {
    if (key.state == state::pending_deletion) return pending(key);
    return {};
}

Result<void> must_be_enabled(const Key& key) {
    if (key.state == state::disabled) return api::disabled(key.arn + " is disabled.");
    return must_not_be_pending(key);
}

Result<api::EnableKeyOutput> Service::enable_key(wire::Request& request,
                                                 const api::EnableKeyInput& input) {
    auto key = TRY(manage(request, input.key_id, "EnableKey"));
    TRY(must_not_be_pending(key));
    key.state = state::enabled;
    put_key(request.tx(), key);
    return api::EnableKeyOutput{};
}

Result<api::DisableKeyOutput> Service::disable_key(wire::Request& request,
                                                   const api::DisableKeyInput& input) {
    auto key = TRY(manage(request, input.key_id, "DisableKey"));
    TRY(must_not_be_pending(key));
    key.state = state::disabled;
    put_key(request.tx(), key);
    return api::DisableKeyOutput{};
}

Result<api::ScheduleKeyDeletionOutput> Service::schedule_key_deletion(
    wire::Request& request, const api::ScheduleKeyDeletionInput& input) {
    auto key = TRY(manage(request, input.key_id, "ScheduleKeyDeletion"));
    const std::int64_t days = input.pending_window_in_days.value_or(window_max_days);
    if (days < window_min_days || days > window_max_days) {
        return aws_error("ValidationException",
                         fmt::format("PendingWindowInDays must be between {} and {}.",
                                     window_min_days, window_max_days));
    }
    TRY(must_not_be_pending(key));
    key.state = state::pending_deletion;
    key.pending_window_days = static_cast<int>(days);
    key.deletion_date = request.now + base::Days{days};
    put_key(request.tx(), key);
    api::ScheduleKeyDeletionOutput output;
    output.key_id = key.arn;
    output.deletion_date = key.deletion_date;
    output.key_state = key.state;
    output.pending_window_in_days = days;
    return output;
}

Result<api::CancelKeyDeletionOutput> Service::cancel_key_deletion(
    wire::Request& request, const api::CancelKeyDeletionInput& input) {
    auto key = TRY(manage(request, input.key_id, "CancelKeyDeletion"));
    if (key.state != state::pending_deletion) {
        return api::kms_invalid_state(key.arn + " is not pending deletion.");
    }
    key.state = state::disabled;  // As on AWS: whoever wants it back also enables it.
    key.deletion_date.reset();
    key.pending_window_days = 0;
    put_key(request.tx(), key);
    api::CancelKeyDeletionOutput output;
    output.key_id = key.arn;
    return output;
}

}  // namespace stormglass::kms
