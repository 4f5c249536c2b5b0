// Conditions of rules: from the API's form to the nodes', with AWS's checks, and back.
#pragma once

#include "api/elbv2.h"
#include "services/elbv2/records.h"

namespace stormglass::elbv2 {

Result<std::vector<lb::RuleCondition>> check_conditions(
    const wire::List<api::RuleCondition>& conditions);
wire::List<api::RuleCondition> view_conditions(const std::vector<lb::RuleCondition>& conditions);

}  // namespace stormglass::elbv2
