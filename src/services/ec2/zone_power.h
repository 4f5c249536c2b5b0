// What a zone's loss of power means for instances: they are gone at one instant, their records go on
// saying "running" with failed status checks (as EC2's do), and they boot when power is back.
#pragma once

#include "services/common/zone_health.h"
#include "services/ec2/access.h"
#include "substrate/instances.h"

namespace stormglass::ec2 {

class ZonePower final : public services::ZoneOccupant {
public:
    ZonePower(store::Store& store, substrate::Instances& machines)
        : store_(store), machines_(machines) {}

    Result<void> note_power_loss(store::Tx& tx, const std::string& zone) override;
    Result<void> cut_power(const std::string& zone) override;

private:
    store::Store& store_;
    substrate::Instances& machines_;
};

/// InsufficientInstanceCapacity, in AWS's words, while nothing can be launched in the zone.
Result<void> check_capacity(wire::Request& request, const std::string& zone,
                            const std::string& instance_type);

}  // namespace stormglass::ec2
