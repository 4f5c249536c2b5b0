#include "services/ssm/records.h"

#include "api/ssm.h"

namespace stormglass::ssm {

Named parse_name(const std::string& text) {
    std::string name = text;
    if (name.starts_with("arn:")) {
        const auto at = name.find(":parameter");
        if (at != std::string::npos) name = name.substr(at + std::string(":parameter").size());
        // The ARN of "x" is parameter/x, that of "/a/x" is parameter/a/x.
        if (name.starts_with('/') && name.find('/', 1) == std::string::npos) name.erase(0, 1);
    }
    const auto colon = name.find(':');
    if (colon == std::string::npos) return {name, {}};
    return {name.substr(0, colon), name.substr(colon + 1)};
}

std::string arn_of(const wire::Request& request, const std::string& name) {
    if (name.starts_with("/aws/service/")) {  // AWS's own: of no account.
        return fmt::format("arn:aws:ssm:{}::parameter{}", request.region, name);
    }
    return request.arn("ssm", "parameter" + (name.starts_with('/') ? name : "/" + name));
}

Result<void> authorize(wire::Request& request, const char* operation, const std::string& name) {
    return request.authorize({.action = std::string("ssm:") + operation,
                              .resource = arn_of(request, name), .context = {},
                              .resource_policy = {}, .mode = {}, .resource_account = {}});
}

Result<Parameter> find(wire::Request& request, const std::string& name) {
    auto found = TRY(parameters.get(request.tx(), {request.account, request.region, name}));
    if (!found) return api::parameter_not_found("");
    return *found;
}

void put(wire::Request& request, const Parameter& parameter) {
    parameters.put(request.tx(), {request.account, request.region, parameter.name}, parameter);
}

}  // namespace stormglass::ssm
