// Lifecycle hooks at work: beginning them at an instance, completing them, telling whom they name.
#pragma once

#include "services/autoscaling/records.h"
#include "services/autoscaling/service.h"

namespace stormglass::autoscaling {

/// 48 hours or a hundred heartbeats, whichever is less: an instance waits no longer.
base::Seconds global_timeout(const Hook& hook);

std::vector<HookWait>::iterator find_wait(Member& member, const std::string& hook);
/// CONTINUE ends this hook; ABANDON ends all of the transition's, and a launch with them.
void complete_wait(Member& member, const std::string& hook, std::string_view result);
/// A wait for every hook of the transition; the member's state becomes ":Wait".
Result<void> begin_waits(wire::Request& request, base::Random& random, Member& member,
                         std::string_view transition);
/// To the hook's SNS topic. Returns why it was refused; empty: sent, or nobody to send it to.
Result<std::string> tell_hook(wire::Request& request, const Peers& peers, const Hook& hook,
                              const Member& member);
Result<std::string> test_hook(wire::Request& request, const Peers& peers, const Group& group,
                              const Hook& hook);

}  // namespace stormglass::autoscaling
