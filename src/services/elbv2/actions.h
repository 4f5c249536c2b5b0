// Actions of rules: from the API's form to the nodes', with AWS's checks, and back.
#pragma once

#include "api/elbv2.h"
#include "services/elbv2/records.h"

namespace stormglass::elbv2 {

struct CheckedAction {
    lb::Action action;
    int order = 0;
};

/// Exactly one of forward, redirect and fixed-response; its target groups exist, lie in the
/// balancer's VPC and belong to no other balancer.
Result<CheckedAction> check_actions(wire::Request& request, const LoadBalancer& balancer,
                                    const wire::List<api::Action>& actions);
wire::List<api::Action> view_actions(const Rule& rule);

}  // namespace stormglass::elbv2
