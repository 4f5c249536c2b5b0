#include "services/sns/access.h"

#include "api/sns.h"

namespace stormglass::sns {
namespace {

Result<void> reworded(Result<void> outcome) {
    if (!outcome && outcome.error().code == "AccessDenied") {
        outcome.error().code = "AuthorizationError";
    }
    return outcome;
}

}  // namespace

Result<void> ask(wire::Request& request, const Topic& topic, const std::string& action,
                 ContextValues context) {
    return reworded(request.authorize({.action = "SNS:" + action,
                                       .resource = topic.arn,
                                       .context = std::move(context),
                                       .resource_policy = topic.policy,
                                       .mode = wire::PolicyMode::identity_or_resource,
                                       .resource_account = topic.account}));
}

Result<Topic> open_topic(wire::Request& request, std::string_view member, const std::string& arn,
                         const std::string& action, ContextValues context) {
    const Arn parts = TRY(parse_arn(member, arn));
    if (parts.region != request.region) {
        return api::invalid_parameter(fmt::format("Invalid parameter: {}", member));
    }
    auto topic = find_topic(request.tx(), parts);
    if (!topic) {
        Topic absent;
        absent.arn = arn;
        absent.account = parts.account;
        TRY(ask(request, absent, action, std::move(context)));
        return topic;
    }
    TRY(ask(request, *topic, action, std::move(context)));
    return topic;
}

}  // namespace stormglass::sns
