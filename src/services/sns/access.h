// Asking whether the caller may do something to a topic; the topic's policy has its say.
#pragma once

#include "services/sns/records.h"
#include "wire/request.h"

namespace stormglass::sns {

using ContextValues = std::map<std::string, std::vector<std::string>>;

/// `action` without prefix: "Publish". An AuthorizationError when refused, as SNS calls it.
Result<void> ask(wire::Request& request, const Topic& topic, const std::string& action,
                 ContextValues context = {});
/// Finds the topic and asks. Whether a topic exists is told only to callers who may ask.
Result<Topic> open_topic(wire::Request& request, std::string_view member, const std::string& arn,
                         const std::string& action, ContextValues context = {});

}  // namespace stormglass::sns
