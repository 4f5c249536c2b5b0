// Our certificate authority: signs the TLS certificates of everything inside the glass. Instances
// hold its certificate in their trust store; `stormglass ca` prints it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/tls.h"

namespace stormglass::net {

/// How the authority's private key is kept: sealed by whoever calls (store::KeyRing::wrap).
struct KeyWrapping {
    std::function<Result<std::string>(std::string_view secret)> wrap;
    std::function<Result<std::string>(std::string_view wrapped)> unwrap;
};

/// Thread-safe. Give it a clock that shows real time: clients judge validity by theirs.
class CertificateAuthority {
public:
    /// Reads FOLDER/ca.pem and FOLDER/ca.key.wrapped, or makes them (EC P-256, ten years).
    static Result<std::unique_ptr<CertificateAuthority>> open(const std::string& folder,
                                                              const KeyWrapping& wrapping,
                                                              const base::Clock& clock);
    /// Lives in memory only.
    static Result<std::unique_ptr<CertificateAuthority>> create(std::string_view common_name,
                                                                const base::Clock& clock);
    ~CertificateAuthority();

    /// The authority's own certificate, as PEM.
    const std::string& certificate() const;
    /// A certificate for these DNS names or IP addresses (wildcards as "*.example"), valid 397
    /// days,
    /// cached until it has 30 days left. The chain holds the leaf and the authority's certificate.
    Result<CertificateAndKey> issue(const std::vector<std::string>& names);
    /// As issue(), for a new RSA key of 2048 bits (what signs SNS's messages must be RSA); not
    /// cached.
    Result<CertificateAndKey> issue_rsa(const std::vector<std::string>& names);

private:
    struct State;
    explicit CertificateAuthority(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// A new EC P-256 private key, as PEM (PKCS #8).
Result<std::string> make_private_key();
/// A certificate that signs itself, for tests.
Result<CertificateAndKey> self_signed(const std::vector<std::string>& names,
                                      const base::Clock& clock);
/// Fails unless both parse and belong together.
Result<void> check_pair(const CertificateAndKey& pair);

}  // namespace stormglass::net
