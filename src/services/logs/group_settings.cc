// What is set on a group after its creation: retention and the name of its key.
#include "services/logs/records.h"
#include "services/logs/service.h"

namespace stormglass::logs {
namespace {

constexpr std::int64_t retentions[] = {1,    3,    5,    7,    14,   30,  60,  90,
                                       120,  150,  180,  365,  400,  545, 731, 1096,
                                       1827, 2192, 2557, 2922, 3288, 3653};

}  // namespace

Result<api::PutRetentionPolicyOutput> Service::put_retention_policy(
    wire::Request& request, const api::PutRetentionPolicyInput& input) {
    if (std::ranges::find(retentions, input.retention_in_days) == std::end(retentions)) {
        return api::invalid_parameter(fmt::format(
            "1 validation error detected: Value '{}' at 'retentionInDays' failed to satisfy "
            "constraint: Member must satisfy enum value set: [{}]",
            input.retention_in_days, fmt::join(retentions, ", ")));
    }
    Group group = TRY(find_group(request, input.log_group_name));
    group.retention_days = input.retention_in_days;
    put_group(request.tx(), group);
    return api::PutRetentionPolicyOutput{};
}

Result<api::DeleteRetentionPolicyOutput> Service::delete_retention_policy(
    wire::Request& request, const api::DeleteRetentionPolicyInput& input) {
    Group group = TRY(find_group(request, input.log_group_name));
    group.retention_days = 0;
    put_group(request.tx(), group);
    return api::DeleteRetentionPolicyOutput{};
}

Result<api::AssociateKmsKeyOutput> Service::associate_kms_key(
    wire::Request& request, const api::AssociateKmsKeyInput& input) {
    Group group = TRY(find_group(request, input.log_group_name, input.resource_identifier));
    group.kms_key_id = input.kms_key_id;
    put_group(request.tx(), group);
    return api::AssociateKmsKeyOutput{};
}

Result<api::DisassociateKmsKeyOutput> Service::disassociate_kms_key(
    wire::Request& request, const api::DisassociateKmsKeyInput& input) {
    Group group = TRY(find_group(request, input.log_group_name, input.resource_identifier));
    group.kms_key_id.clear();
    put_group(request.tx(), group);
    return api::DisassociateKmsKeyOutput{};
}

}  // namespace stormglass::logs
