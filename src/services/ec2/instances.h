// What the instance operations share: describing, states, profiles, volumes.
#pragma once

#include "api/iam.h"
#include "services/ec2/access.h"

namespace stormglass::ec2 {

namespace state {
inline constexpr std::string_view pending = "pending", running = "running",
                                  shutting_down = "shutting-down", terminated = "terminated",
                                  stopping = "stopping", stopped = "stopped";
}  // namespace state

/// AWS's number for a state's name: pending 0, running 16, ...
api::InstanceState state_of(const std::string& name);
api::InstanceStateChange change_of(const std::string& id, const std::string& before,
                                   const std::string& after);

Result<api::Instance> describe(wire::Request& request, const Instance& instance);
Result<api::Reservation> describe_reservation(wire::Request& request,
                                              const std::vector<Instance>& members);

/// An instance profile as named by ARN or name, and the role in it, which the caller must be
/// allowed to pass to EC2.
struct PassedProfile {
    std::string arn, id;
};
Result<PassedProfile> pass_profile(wire::Request& request, iam::api::Api& iam,
                                   const std::optional<std::string>& arn,
                                   const std::optional<std::string>& name);

/// Instances that are named; unknown ones are all named in one error, as AWS does.
Result<std::vector<Instance>> need_instances(wire::Request& request,
                                             const std::vector<std::string>& ids);

}  // namespace stormglass::ec2
