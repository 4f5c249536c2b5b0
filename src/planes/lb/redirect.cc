#include "planes/lb/redirect.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace stormglass::lb {
namespace {

/// One placeholder's value; a "#{" that opens no known name stays as it is.
bool expand_one(std::string_view name, const RequestUrl& request, std::string& out) {
    if (name == "protocol") {
        out += base::to_lower(request.protocol);
    } else if (name == "host") {
        out += request.host;
    } else if (name == "port") {
        out += fmt::format("{}", request.port);
    } else if (name == "path") {  // Without the leading '/', which the template brings.
        out += request.path.starts_with('/') ? request.path.substr(1) : request.path;
    } else if (name == "query") {
        out += request.query;
    } else {
        return false;
    }
    return true;
}

std::string expand(std::string_view text, const RequestUrl& request) {
    std::string out;
    while (!text.empty()) {
        const auto open = text.find("#{");
        out += text.substr(0, open);
        if (open == std::string_view::npos) break;
        text.remove_prefix(open);
        const auto close = text.find('}');
        const auto name =
            close == std::string_view::npos ? std::string_view() : text.substr(2, close - 2);
        const bool known = expand_one(name, request, out);
        if (!known) out += "#{";
        text.remove_prefix(known ? close + 1 : 2);
    }
    return out;
}

}  // namespace

std::string redirect_location(const RedirectAction& action, const RequestUrl& request) {
    const auto protocol = base::to_lower(expand(action.protocol, request));
    const auto query = expand(action.query, request);
    return fmt::format("{}://{}:{}{}{}{}", protocol, expand(action.host, request),
                       expand(action.port, request), expand(action.path, request),
                       query.empty() ? "" : "?", query);
}

}  // namespace stormglass::lb
