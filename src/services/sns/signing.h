// The signature on every message that SNS sends: by an RSA key whose certificate our authority
// made, as anybody checks it by AWS's published recipe ("Verifying the signatures of Amazon SNS
// messages").
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "net/ca.h"
#include "services/sns/queue.h"
#include "store/store.h"

namespace stormglass::sns {

/// What is signed: names and values of a message, in AWS's order. `subscribe_url` of confirmations
/// only.
std::string string_to_sign(const Message& message, const std::string& text,
                           const std::string& subscribe_url);
/// Base64. `version` "1": SHA-1, "2": SHA-256; both RSA with PKCS #1 v1.5 padding.
Result<std::string> sign_text(const std::string& key_pem, const std::string& text,
                              const std::string& version);

struct SigningKey {
    std::string certificate, key;  // PEM.
    base::Time expires{};          // In real time.
};
STORMGLASS_JSON(SigningKey, certificate, key, expires)
/// Key: {"current"}.
inline constexpr store::Table<SigningKey> signing_keys{"sns/signing_key"};

/// Thread-safe. The key is made when it is first needed, and lies sealed in the store.
class SigningKeys {
public:
    /// `wall_clock`: certificates are judged by everybody's real time.
    SigningKeys(store::Store& store, net::CertificateAuthority& ca, const base::Clock& wall_clock)
        : store_(store), ca_(ca), wall_clock_(wall_clock) {}

    Result<SigningKey> current();
    /// "SimpleNotificationService-<digest>.pem"
    static std::string file_name(const SigningKey& key);

private:
    store::Store& store_;
    net::CertificateAuthority& ca_;
    const base::Clock& wall_clock_;
    std::mutex mutex_;
    std::optional<SigningKey> loaded_;
};

}  // namespace stormglass::sns
