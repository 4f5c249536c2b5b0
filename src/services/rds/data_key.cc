#include "services/rds/data_key.h"

#include "base/strings.h"

namespace stormglass::rds {
namespace {

constexpr std::size_t key_size = 32;
constexpr char context_key[] = "aws:rds:db-id";

/// An instance made from a snapshot goes on with the key of the one that the snapshot is of.
const std::string& owner_of(const Instance& instance) {
    return instance.key_owner.empty() ? instance.resource_id : instance.key_owner;
}

std::string purpose(const Instance& instance) { return "rds:" + owner_of(instance); }

Result<std::unique_ptr<wire::Request>> reading_request(const DataKeyParts& parts,
                                                       const Realm& realm) {
    auto request = wire::make_internal_request(parts.store, wire::TxMode::read, "rds",
                                               realm.account, realm.region, parts.clock.now());
    if (request) return request;
    return fail(Domain::store, "Busy", "the store gave no transaction");
}

}  // namespace

Result<std::string> DataKeys::make(const Realm& realm, const Instance& instance) {
    if (!instance.wrapped_by_kms) {
        const auto key = parts_.random.bytes(key_size);
        return base::base64_encode(TRY(parts_.keys.wrap(purpose(instance), key)));
    }
    if (parts_.kms == nullptr) return fail(Domain::config, "NoKms", "there is no KMS");
    const auto request = TRY(reading_request(parts_, realm));
    kms::api::GenerateDataKeyInput asked;
    asked.key_id = instance.kms_key_id;
    asked.encryption_context[context_key] = owner_of(instance);
    asked.key_spec = "AES_256";
    const auto made = TRY(parts_.kms->generate_data_key(*request, asked));
    return base::base64_encode(made.ciphertext_blob.value_or(""));
}

Result<std::string> DataKeys::open(const Realm& realm, const Instance& instance) {
    {
        const std::lock_guard lock(mutex_);
        const auto known = known_.find(instance.resource_id);
        if (known != known_.end()) return known->second;
    }
    const auto wrapped = TRY(base::base64_decode(instance.wrapped_key));
    std::string key;
    if (!instance.wrapped_by_kms) {
        key = TRY(parts_.keys.unwrap(purpose(instance), wrapped));
    } else if (parts_.kms == nullptr) {
        return fail(Domain::config, "NoKms", "there is no KMS");
    } else {
        const auto request = TRY(reading_request(parts_, realm));
        kms::api::DecryptInput asked;
        asked.ciphertext_blob = wrapped;
        asked.encryption_context[context_key] = owner_of(instance);
        asked.key_id = instance.kms_key_id;
        key = TRY(parts_.kms->decrypt(*request, asked)).plaintext.value_or("");
    }
    if (key.size() != key_size) return fail(Domain::system, "BadKey", "the data key is not 32 bytes");
    const std::lock_guard lock(mutex_);
    known_[instance.resource_id] = key;
    return key;
}

void DataKeys::forget(const Instance& instance) {
    const std::lock_guard lock(mutex_);
    known_.erase(instance.resource_id);
}

}  // namespace stormglass::rds
