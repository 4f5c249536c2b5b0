// KMS: symmetric keys whose material is real and never leaves, with policies, aliases and grants.
#pragma once

#include "api/kms.h"
#include "services/kms/envelope.h"
#include "services/kms/materials.h"
#include "services/kms/records.h"

namespace stormglass::kms {

/// How a caller named a key, and what was found.
struct FoundKey {
    Key key;
    std::string alias;  // "alias/x" when the caller named it so.
};
enum class Naming { key_only, key_or_alias };

/// One use of a key, for the authoriser.
struct KeyUse {
    std::string operation;  // "Decrypt"
    EncryptionContext context;
    enum class Kind { management, cryptographic } kind = Kind::management;
};

/// One instance serves every thread; all state is in the request's transaction.
class Service final : public api::Api {
public:
    Service(store::KeyRing& ring, base::Random& random) : materials_(ring, random) {}
#include "api/kms_overrides.inc"

    const Materials& materials() const { return materials_; }

private:
    Result<FoundKey> find(wire::Request& request, const std::string& name, Naming naming);
    Result<FoundKey> find_by_alias(wire::Request& request, const std::string& name);
    Result<Key> make_aws_managed(wire::Request& request, const std::string& service);
    /// Finds a key by id or ARN, and asks whether the caller may manage it so.
    Result<Key> manage(wire::Request& request, const std::string& name,
                       const std::string& operation);
    Result<void> authorize(wire::Request& request, const FoundKey& found, const KeyUse& use);
    /// Finds a key for a cryptographic use: authorised, and in a state to be used.
    Result<Key> use(wire::Request& request, const std::string& name, const KeyUse& use);
    Result<std::string> encrypt_with(const Key& key, std::string_view plain,
                                     const EncryptionContext& context);
    struct Decrypted {
        Key key;
        std::string plain, material_id;
    };
    Result<Decrypted> decrypt_blob(wire::Request& request, const std::optional<std::string>& blob,
                                   const std::optional<std::string>& key_id, const KeyUse& use);

    Materials materials_;
};

void put_key(store::Tx& tx, const Key& key);
/// DisabledException or KMSInvalidStateException unless the key is enabled.
Result<void> must_be_enabled(const Key& key);
Result<void> must_not_be_pending(const Key& key);
/// Grants that let the caller do it although policies do not.
Result<bool> granted(wire::Request& request, const Key& key, const KeyUse& use);
std::string default_policy(const std::string& account);
std::string aws_managed_policy(const wire::Request& request, const std::string& service);
/// MalformedPolicyDocumentException unless the document reads and (unless bypassed) lets the caller
/// change it later.
enum class Lockout { checked, bypassed };
Result<void> check_policy(wire::Request& request, const Key& key, const std::string& document,
                          Lockout lockout);
Result<void> add_tags(Key& key, const std::vector<api::Tag>& tags);
api::KeyMetadata metadata_of(const Key& key);
Unexpected unsupported(std::string_view what);

}  // namespace stormglass::kms
