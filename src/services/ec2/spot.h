// Spot instances: what RunInstances accepts of them, and how they are taken back. There is no market
// here, so nothing is interrupted unless somebody asks for it (FIS).
#pragma once

#include "services/common/instance_notices.h"
#include "services/common/timeline.h"
#include "services/ec2/access.h"

namespace stormglass::ec2 {

class SpotInterrupter final : public services::SpotInterruptions {
public:
    explicit SpotInterrupter(services::Timeline& timeline) : timeline_(timeline) {}
    Result<void> interrupt(wire::Request& request, const std::string& instance_id,
                           base::Seconds until) override;

private:
    services::Timeline& timeline_;
};

/// Marks the instance as Spot if the call asks for it.
Result<void> read_market(const api::RunInstancesInput& input, base::Random& random,
                         Instance& instance);
bool is_spot(const Instance& instance);
/// Words and code of an instance that EC2 took back.
void set_spot_reason(Instance& instance, base::Time now);

}  // namespace stormglass::ec2
