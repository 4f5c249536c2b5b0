// The alarms of scaling policies: target tracking makes, replaces and removes its own, in the same
// transaction as the policy; those of other policies are the user's.
#pragma once

#include "services/autoscaling/records.h"
#include "services/autoscaling/service.h"

namespace stormglass::autoscaling {

/// AWS's pair: above the target for three minutes, well below it for fifteen. `before`: the policy
/// as it was, whose alarms stay if nothing that concerns them changed.
Result<void> put_alarms(wire::Request& request, const Peers& peers, base::Random& random,
                        Policy& policy, const std::optional<Policy>& before);
Result<void> delete_alarms(wire::Request& request, const Peers& peers, const Policy& policy);
/// Every alarm that has the policy as an action.
Result<wire::List<api::Alarm>> alarms_of(wire::Request& request, const Peers& peers,
                                         const Policy& policy);
/// The state of an alarm; empty: there is none of this name.
Result<std::string> alarm_state(wire::Request& request, const Peers& peers,
                                const std::string& name);
/// As activities and notifications tell of the alarm that set them off, in JSON; or empty.
Result<std::string> invoking_alarm(wire::Request& request, const Peers& peers,
                                   const std::string& name);

}  // namespace stormglass::autoscaling
