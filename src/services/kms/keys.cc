// CreateKey, DescribeKey, ListKeys, UpdateKeyDescription.
#include "services/common/ids.h"
#include "services/kms/service.h"

namespace stormglass::kms {
namespace {

constexpr std::int64_t list_default = 100;
constexpr auto symmetric = "SYMMETRIC_DEFAULT", encrypt_decrypt = "ENCRYPT_DECRYPT";

Result<void> check_kind(const api::CreateKeyInput& input) {
    if (input.customer_master_key_spec && input.key_spec) {
        return aws_error(
            "ValidationException",
            "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. "
            "CustomerMasterKeySpec is deprecated.");
    }
    const std::string spec =
        input.key_spec.value_or(input.customer_master_key_spec.value_or(symmetric));
    if (spec != symmetric) return unsupported("keys of spec " + spec);
    const std::string usage = input.key_usage.value_or(encrypt_decrypt);
    if (usage != encrypt_decrypt) {
        return aws_error("ValidationException",
                         "KeyUsage " + usage + " is not compatible with KeySpec " + spec);
    }
    if (input.custom_key_store_id || input.xks_key_id) return unsupported("custom key stores");
    const std::string origin = input.origin.value_or("AWS_KMS");
    if (origin != "AWS_KMS") return unsupported("key material of origin " + origin);
    if (input.multi_region.value_or(false)) return unsupported("multi-Region keys");
    return {};
}

}  // namespace

api::KeyMetadata metadata_of(const Key& key) {
    api::KeyMetadata metadata;
    metadata.aws_account_id = key.account;
    metadata.key_id = key.id;
    metadata.arn = key.arn;
    metadata.creation_date = key.created;
    metadata.enabled = key.state == state::enabled;
    metadata.description = key.description;
    metadata.key_usage = encrypt_decrypt;
    metadata.key_state = key.state;
    metadata.deletion_date = key.deletion_date;
    metadata.origin = "AWS_KMS";
    metadata.key_manager = key.manager;
    metadata.customer_master_key_spec = symmetric;
    metadata.key_spec = symmetric;
    metadata.encryption_algorithms = std::vector<std::string>{symmetric};
    metadata.multi_region = false;
    metadata.current_key_material_id = key.materials.back().id;
    return metadata;
}

Result<api::CreateKeyOutput> Service::create_key(wire::Request& request,
                                                 const api::CreateKeyInput& input) {
    TRY(check_kind(input));
    Key key;
    key.id = materials_.random().uuid();
    key.account = request.account;
    key.region = request.region;
    key.arn = request.arn("kms", "key/" + key.id);
    key.created = request.now;
    key.description = input.description.value_or("");
    TRY(add_tags(key, input.tags));
    key.policy = input.policy.value_or(default_policy(request.account));
    const bool bypass = input.bypass_policy_lockout_safety_check.value_or(false);
    TRY(check_policy(request, key, key.policy, bypass ? Lockout::bypassed : Lockout::checked));
    key.materials = {TRY(materials_.make(key.id, request.now, {}))};
    put_key(request.tx(), key);
    api::CreateKeyOutput output;
    output.key_metadata = metadata_of(key);
    return output;
}

Result<api::DescribeKeyOutput> Service::describe_key(wire::Request& request,
                                                     const api::DescribeKeyInput& input) {
    const auto found = TRY(find(request, input.key_id, Naming::key_or_alias));
    TRY(authorize(request, found, {"DescribeKey", {}, KeyUse::Kind::management}));
    api::DescribeKeyOutput output;
    output.key_metadata = metadata_of(found.key);
    return output;
}

Result<api::ListKeysOutput> Service::list_keys(wire::Request& request,
                                               const api::ListKeysInput& input) {
    std::vector<api::KeyListEntry> entries;
    TRY(keys.scan(request.tx(), {request.account, request.region}, [&](Key& key) {
        auto& entry = entries.emplace_back();
        entry.key_id = key.id;
        entry.key_arn = key.arn;
    }));
    auto page = services::page_of(std::move(entries), input.marker.value_or(""),
                                  static_cast<std::size_t>(input.limit.value_or(list_default)));
    if (!page) return api::invalid_marker("Invalid marker");
    api::ListKeysOutput output;
    output.keys = std::move(page->items);
    output.truncated = !page->next.empty();
    if (*output.truncated) output.next_marker = page->next;
    return output;
}

Result<api::UpdateKeyDescriptionOutput> Service::update_key_description(
    wire::Request& request, const api::UpdateKeyDescriptionInput& input) {
    auto key = TRY(manage(request, input.key_id, "UpdateKeyDescription"));
    TRY(must_not_be_pending(key));
    key.description = input.description;
    put_key(request.tx(), key);
    return api::UpdateKeyDescriptionOutput{};
}

}  // namespace stormglass::kms
