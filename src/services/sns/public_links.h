// What anybody may ask for without a signature: the links that confirmation messages and
// notifications carry, and the certificate that their signatures are checked with.
#pragma once

#include <functional>
#include <optional>

#include "base/clock.h"
#include "net/http_server.h"
#include "services/common/timeline.h"
#include "services/sns/signing.h"

namespace stormglass::sns {

/// Thread-safe.
class PublicLinks {
public:
    PublicLinks(store::Store& store, const base::Clock& clock, base::Random& random,
                services::Timeline& timeline, SigningKeys& keys, std::function<void()> wake)
        : store_(store),
          clock_(clock),
          random_(random),
          timeline_(timeline),
          keys_(keys),
          wake_(std::move(wake)) {}

    /// Nothing when the request is none of them.
    std::optional<net::Response> answer(const net::Request& request);

private:
    std::optional<net::Response> certificate(const std::string& path);
    net::Response confirm_link(const std::map<std::string, std::string>& query);
    net::Response unsubscribe_link(const std::map<std::string, std::string>& query);

    store::Store& store_;
    const base::Clock& clock_;
    base::Random& random_;
    services::Timeline& timeline_;
    SigningKeys& keys_;
    std::function<void()> wake_;
};

}  // namespace stormglass::sns
