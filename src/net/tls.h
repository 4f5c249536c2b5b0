// Server-side TLS 1.2 and 1.3 with certificates chosen at run time by the name that the client asks
// for (SNI).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct ssl_ctx_st;

namespace stormglass::net {

/// PEM: the leaf certificate first, then the intermediates.
struct CertificateAndKey {
    std::string certificate_chain;
    std::string private_key;
};

/// Called at each handshake, on the connection's thread, with the lower-case name (empty without
/// SNI). Nothing: the handshake is refused with unrecognized_name.
using CertificateSource = std::function<std::optional<CertificateAndKey>(std::string_view name)>;

/// Shared by the connections of one listener; copies are the same context. Thread-safe.
class TlsContext {
public:
    static Result<TlsContext> create(CertificateSource source);
    ssl_ctx_st* native() const;

private:
    struct State;
    explicit TlsContext(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
};

}  // namespace stormglass::net
