// Redirect actions: the Location that their placeholders make of a request.
#pragma once

#include <string>
#include <string_view>

#include "planes/lb/config.h"

namespace stormglass::lb {

struct RequestUrl {
    std::string_view protocol;  // "HTTP" or "HTTPS", of the listener.
    std::string_view host;      // Without port.
    int port = 80;              // Of the listener.
    std::string_view path;      // With its leading '/'.
    std::string_view query;     // Without '?'.
};

/// "https://example.com:443/path?query": AWS always names the port.
std::string redirect_location(const RedirectAction& action, const RequestUrl& request);

}  // namespace stormglass::lb
