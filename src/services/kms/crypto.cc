// What keys are for: Encrypt, Decrypt, ReEncrypt, data keys, random bytes.
#include "services/kms/service.h"

namespace stormglass::kms {
namespace {

constexpr auto symmetric = "SYMMETRIC_DEFAULT";

Unexpected invalid(std::string message) {
    return aws_error("ValidationException", std::move(message));
}

KeyUse use_of(const char* operation, const EncryptionContext& context) {
    return {operation, context, KeyUse::Kind::cryptographic};
}

Result<void> check_algorithm(const std::optional<std::string>& algorithm) {
    if (algorithm.value_or(symmetric) == symmetric) return {};
    return api::invalid_key_usage("Algorithm " + *algorithm +
                                  " is not compatible with key spec SYMMETRIC_DEFAULT.");
}

Result<void> check_recipient(const std::optional<api::RecipientInfo>& recipient) {
    if (recipient) return unsupported("Nitro Enclaves attestation (Recipient)");
    return {};
}

/// Last of all checks: a dry run that would succeed says so with an error.
Result<void> end_dry_run(const std::optional<bool>& dry_run) {
    if (!dry_run.value_or(false)) return {};
    return api::dry_run_operation(
        "The request would have succeeded, but the DryRun option is set.");
}

Result<std::size_t> data_key_size(const std::optional<std::string>& spec,
                                  const std::optional<std::int64_t>& bytes) {
    if (spec.has_value() == bytes.has_value()) {
        return invalid("Please specify either number of bytes or key spec.");
    }
    if (bytes) return static_cast<std::size_t>(*bytes);
    return *spec == "AES_128" ? 16 : 32;
}

}  // namespace

Result<std::string> Service::encrypt_with(const Key& key, std::string_view plain,
                                          const EncryptionContext& context) {
    const std::size_t newest = key.materials.size() - 1;
    const std::string material = TRY(materials_.open(key, newest));
    return seal_envelope({key.id, static_cast<std::uint32_t>(newest)}, material, plain, context,
                         materials_.random());
}

Result<Service::Decrypted> Service::decrypt_blob(wire::Request& request,
                                                 const std::optional<std::string>& blob,
                                                 const std::optional<std::string>& key_id,
                                                 const KeyUse& use) {
    if (!blob) {
        return invalid(
            "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy "
            "constraint: Member must not be null");
    }
    const auto header = TRY(read_envelope_header(*blob));
    FoundKey found;
    if (key_id) {
        found = TRY(find(request, *key_id, Naming::key_or_alias));
        if (found.key.id != header.key_id) {
            return api::incorrect_key(
                "The key ID in the request does not identify a CMK that can perform this "
                "operation.");
        }
    } else {
        auto key = TRY(keys.get(request.tx(), {request.account, request.region, header.key_id}));
        if (!key) {
            return aws_error("AccessDeniedException",
                             "The ciphertext refers to a customer master key that does not exist, "
                             "does not exist in this region, or you are not allowed to access.");
        }
        found.key = std::move(*key);
    }
    TRY(authorize(request, found, use));
    TRY(must_be_enabled(found.key));
    if (header.generation >= found.key.materials.size()) return api::invalid_ciphertext("");
    const std::string material = TRY(materials_.open(found.key, header.generation));
    Decrypted decrypted;
    decrypted.plain = TRY(open_envelope(*blob, material, use.context));
    decrypted.material_id = found.key.materials[header.generation].id;
    decrypted.key = std::move(found.key);
    return decrypted;
}

Result<api::EncryptOutput> Service::encrypt(wire::Request& request,
                                            const api::EncryptInput& input) {
    const auto key = TRY(use(request, input.key_id, use_of("Encrypt", input.encryption_context)));
    TRY(check_algorithm(input.encryption_algorithm));
    TRY(end_dry_run(input.dry_run));
    api::EncryptOutput output;
    output.ciphertext_blob = TRY(encrypt_with(key, input.plaintext, input.encryption_context));
    output.key_id = key.arn;
    output.encryption_algorithm = symmetric;
    return output;
}

Result<api::DecryptOutput> Service::decrypt(wire::Request& request,
                                            const api::DecryptInput& input) {
    TRY(check_recipient(input.recipient));
    if (!input.dry_run_modifiers.empty()) return unsupported("DryRunModifiers");
    TRY(check_algorithm(input.encryption_algorithm));
    auto decrypted = TRY(decrypt_blob(request, input.ciphertext_blob, input.key_id,
                                      use_of("Decrypt", input.encryption_context)));
    TRY(end_dry_run(input.dry_run));
    api::DecryptOutput output;
    output.key_id = decrypted.key.arn;
    output.plaintext = std::move(decrypted.plain);
    output.encryption_algorithm = symmetric;
    output.key_material_id = decrypted.material_id;
    return output;
}

Result<api::ReEncryptOutput> Service::re_encrypt(wire::Request& request,
                                                 const api::ReEncryptInput& input) {
    if (!input.dry_run_modifiers.empty()) return unsupported("DryRunModifiers");
    TRY(check_algorithm(input.source_encryption_algorithm));
    TRY(check_algorithm(input.destination_encryption_algorithm));
    const auto source = TRY(decrypt_blob(request, input.ciphertext_blob, input.source_key_id,
                                         use_of("ReEncryptFrom", input.source_encryption_context)));
    const auto key = TRY(use(request, input.destination_key_id,
                             use_of("ReEncryptTo", input.destination_encryption_context)));
    TRY(end_dry_run(input.dry_run));
    api::ReEncryptOutput output;
    output.ciphertext_blob =
        TRY(encrypt_with(key, source.plain, input.destination_encryption_context));
    output.source_key_id = source.key.arn;
    output.key_id = key.arn;
    output.source_encryption_algorithm = symmetric;
    output.destination_encryption_algorithm = symmetric;
    output.source_key_material_id = source.material_id;
    output.destination_key_material_id = key.materials.back().id;
    return output;
}

Result<api::GenerateDataKeyOutput> Service::generate_data_key(
    wire::Request& request, const api::GenerateDataKeyInput& input) {
    TRY(check_recipient(input.recipient));
    const std::size_t size = TRY(data_key_size(input.key_spec, input.number_of_bytes));
    const auto key =
        TRY(use(request, input.key_id, use_of("GenerateDataKey", input.encryption_context)));
    TRY(end_dry_run(input.dry_run));
    api::GenerateDataKeyOutput output;
    output.plaintext = materials_.random().bytes(size);
    output.ciphertext_blob = TRY(encrypt_with(key, *output.plaintext, input.encryption_context));
    output.key_id = key.arn;
    output.key_material_id = key.materials.back().id;
    return output;
}

Result<api::GenerateDataKeyWithoutPlaintextOutput> Service::generate_data_key_without_plaintext(
    wire::Request& request, const api::GenerateDataKeyWithoutPlaintextInput& input) {
    const std::size_t size = TRY(data_key_size(input.key_spec, input.number_of_bytes));
    const auto key = TRY(use(request, input.key_id,
                             use_of("GenerateDataKeyWithoutPlaintext", input.encryption_context)));
    TRY(end_dry_run(input.dry_run));
    api::GenerateDataKeyWithoutPlaintextOutput output;
    output.ciphertext_blob =
        TRY(encrypt_with(key, materials_.random().bytes(size), input.encryption_context));
    output.key_id = key.arn;
    output.key_material_id = key.materials.back().id;
    return output;
}

Result<api::GenerateRandomOutput> Service::generate_random(wire::Request&,
                                                           const api::GenerateRandomInput& input) {
    TRY(check_recipient(input.recipient));
    if (input.custom_key_store_id) return unsupported("custom key stores");
    if (!input.number_of_bytes) return invalid("NumberOfBytes is required.");
    api::GenerateRandomOutput output;
    output.plaintext = materials_.random().bytes(static_cast<std::size_t>(*input.number_of_bytes));
    return output;
}

}  // namespace stormglass::kms
