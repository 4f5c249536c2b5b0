// Keeps the network what the records say: VPCs applied when they changed or are damaged, removed
// when their record is gone; beside each, its resolver and metadata process.
#pragma once

#include <set>

#include "services/ec2/metadata_plan.h"
#include "services/ec2/observed.h"
#include "substrate/network.h"
#include "substrate/processes.h"
#include "substrate/realm.h"

namespace stormglass::ec2 {

/// Whether a launch waits until the VPC's services say that they took the configuration with the
/// instance in it. (Simulated processes say nothing.)
enum class ServicesGate { confirmed, open };

/// Used by the reconciler's thread alone.
class NetworkKeeper {
public:
    NetworkKeeper(substrate::Network& network, substrate::Processes& processes,
                  const substrate::Realm& realm, ServicesGate gate)
        : network_(network), processes_(processes), realm_(realm), gate_(gate) {}

    /// One VPC: its network, then its services. An error concerns this VPC alone.
    Result<void> keep(const RegionRecords& records, const Vpc& vpc,
                      const std::vector<services::DnsRecord>& names,
                      const IssuedCredentials& credentials);
    /// Removes what belongs to VPCs that are not in `known`.
    Result<void> sweep(const std::set<std::string>& known);

    /// Every interface seen plugged in and up during the last keep() of each VPC.
    std::set<std::string> plugged() const;
    /// The VPC's services have taken the newest configuration, as they say themselves.
    bool services_are_current(const std::string& vpc_id) const;

private:
    struct Kept {
        std::string fingerprint;   // Of what was applied last; empty: nothing since the start.
        std::string config;        // As written last.
        std::set<std::string> plugged;
    };

    Result<void> keep_network(Kept& kept, const substrate::VpcSpec& spec);
    Result<void> keep_services(Kept& kept, const std::string& vpc_id, const vpc::Config& config);
    std::string config_path(const std::string& vpc_id) const;
    std::string status_path(const std::string& vpc_id) const;

    substrate::Network& network_;
    substrate::Processes& processes_;
    const substrate::Realm& realm_;
    const ServicesGate gate_;
    std::map<std::string, Kept> kept_;
};

}  // namespace stormglass::ec2
