// TLS: AWS's security policies by name, the choice of certificate by SNI, and the client side
// towards targets (which, as on AWS, does not verify the target's certificate).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "planes/lb/config.h"
#include "planes/lb/stream.h"

namespace stormglass::lb {

using SslContextPointer = std::unique_ptr<SSL_CTX, SslDeleter>;

/// The server side of one HTTPS listener. Immutable once made; any thread may make sessions of it.
class TlsServer {
public:
    /// The first certificate is the default.
    static Result<std::unique_ptr<const TlsServer>> create(
        std::string_view policy_name, const std::vector<Certificate>& certificates);

    SslPointer new_session() const;
    /// ARN of the certificate that a finished handshake used.
    const std::string& chosen_certificate(SSL* ssl) const;

private:
    struct Entry {
        std::string arn;
        std::vector<std::string> names;  // DNS names, lower case, perhaps "*.x".
        int rank = 0;                    // Higher is better: ECDSA over RSA, then longer keys.
        SslContextPointer context;
    };
    TlsServer() = default;
    const Entry& best_match(std::string_view server_name) const;
    static int on_client_hello(SSL* ssl, int* alert, void* server);

    std::vector<Entry> entries_;
};

/// The client side, for targets and their health checks.
Result<SslContextPointer> make_client_context();

/// Whether ELBv2 has a policy of this name (those of FIPS and post-quantum kinds are mapped to
/// their plain counterpart; README says how).
bool known_ssl_policy(std::string_view name);

}  // namespace stormglass::lb
